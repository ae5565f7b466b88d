import Foundation
import Testing

@Suite struct S3DocumentTests {
    static let attacks: [String] = [
        "", "not xml", "<Delete>", "<Other/>", "<Delete></Delete>",
        "<!DOCTYPE Delete><Delete><Object><Key>k</Key></Object></Delete>",
        "<!DOCTYPE d [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><Delete><Object><Key>&x;</Key></Object></Delete>",
        "<!DOCTYPE d SYSTEM \"http://127.0.0.1:1/x.dtd\"><Delete><Object><Key>k</Key></Object></Delete>",
        "<!DOCTYPE d [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><Delete><Object><Key>&b;</Key></Object></Delete>",
        "<Delete><Object><Key>&undefined;</Key></Object></Delete>",
        "<?xml version=\"1.0\" encoding=\"UTF-7\"?><Delete><Object><Key>k</Key></Object></Delete>",
        "<Delete><Object><Key>k</Key></Object></Delete><Delete/>",
        "<Delete><Object><Key>k</Key></Object></Delete>behind", "<Delete><Object><Key>k</Object></Key></Delete>",
        "<Delete><!-- <!ENTITY x \"\"> --><Object><Key>k</Key></Object></Delete>",
        String(repeating: "<Delete>", count: 100_000),
        "<Delete>" + String(repeating: "<Object>", count: 20) + String(repeating: "</Object>", count: 20) + "</Delete>",
        "<Delete>" + String(repeating: "<Object><Key>k</Key></Object>", count: 1001) + "</Delete>",
        "<Delete><Object><Key></Key></Object></Delete>", "<Delete><Object><Key>k\u{0}</Key></Object></Delete>",
    ]

    @Test("A document that is not what it should be deletes nothing")
    func attacks() async throws {
        try await S3TestServer.run { server in
            _ = try await server.send("PUT", "/bucket/k", body: [1])
            for attack in Self.attacks {
                let reply = try await server.send("POST", "/bucket", query: "delete=", body: Array(attack.utf8))
                #expect(reply.status == 400 && reply.element("Code") == "MalformedXML", "\(attack.prefix(80))")
            }
            let units = "<Delete><Object><Key>k</Key></Object></Delete>".utf16
            let utf16: [UInt8] = [0xFF, 0xFE] + units.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
            #expect(try await server.send("POST", "/bucket", query: "delete=", body: utf16).status == 400)
            #expect(try await server.send("GET", "/bucket/k").status == 200)
        }
    }

    @Test("Texts are taken and given back as they are: escapes, CDATA, comments")
    func texts() async throws {
        try await S3TestServer.run { server in
            for path in ["/bucket/a%3C%26%22b", "/bucket/c%5D%5D%3E", "/bucket/kept"] {
                _ = try await server.send("PUT", path, body: [1])
            }
            let document = """
                <?xml version="1.0" encoding="utf-8"?>
                <Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><!-- <x> -->
                <Object><Key>a&lt;&#38;&quot;b</Key></Object><Object><Key><![CDATA[c]]>]]&gt;</Key></Object></Delete>
                """
            let reply = try await server.send("POST", "/bucket", query: "delete=", body: Array(document.utf8))
            #expect(reply.elements("Key") == ["a&lt;&amp;&quot;b", "c]]&gt;"])
            #expect(try await server.send("GET", "/bucket").elements("Key") == ["kept"])
        }
    }
}
