import AWSSigning
import Testing

@Suite("Canonical requests")
struct CanonicalRequestTests {
    private func lines(
        path: String = "/", query: String = "", headers: [(name: String, value: String)] = [], signed: [String] = [],
        style: CanonicalRequest.PathStyle = .once, isPresigned: Bool = false
    ) -> [String] {
        let request = HTTPRequestHead(method: "GET", path: path, query: query, headers: headers)
        let canonical = CanonicalRequest(
            request, signedHeaders: signed, bodyHash: "hash", path: style, isPresigned: isPresigned)
        return String(decoding: canonical.bytes, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    @Test(
        "S3 signs the path encoded once and otherwise as it stands",
        arguments: [
            ("", "/"), ("/", "/"), ("/b/k", "/b/k"), ("//b//k/", "//b//k/"), ("/b/./../k", "/b/./../k"),
            ("/b/a%20b", "/b/a%20b"), ("/b/a b", "/b/a%20b"), ("/b/%c3%a9", "/b/%C3%A9"), ("/b/é", "/b/%C3%A9"),
            ("/b/a%2Fb", "/b/a%2Fb"), ("/b/a%2fb", "/b/a%2Fb"), ("/b/%7Ek", "/b/~k"), ("/b/a+b", "/b/a%2Bb"),
            ("/b/a(1)", "/b/a%281%29"), ("/b/%2528", "/b/%2528"), ("/b/100%", "/b/100%"), ("/b/%zz", "/b/%zz"),
            ("/b/%2", "/b/%2"),
        ])
    func onceEncoded(path: String, expected: String) {
        #expect(lines(path: path)[1] == expected)
    }

    @Test(
        "Other services sign the path without empty and dot segments, encoded once more",
        arguments: [
            ("", "/"), ("/", "/"), ("//", "/"), ("/logs/a-1", "/logs/a-1"), ("/a//b/", "/a/b/"), ("/a/./b", "/a/b"),
            ("/a/../b", "/b"), ("/../..", "/"), ("/a/..", "/"), ("/a%20b", "/a%2520b"),
            ("/a/%2e%2e/b", "/a/%252e%252e/b"),
            ("/a b", "/a%20b"), ("/é", "/%C3%A9"),
        ])
    func twiceEncoded(path: String, expected: String) {
        #expect(lines(path: path, style: .twice(normalized: true))[1] == expected)
    }

    @Test(
        "The query is sorted by encoded name, then by encoded value",
        arguments: [
            ("", ""), ("a=1", "a=1"), ("acl", "acl="), ("b=2&a=1", "a=1&b=2"), ("a=2&a=10&a=1", "a=1&a=10&a=2"),
            ("a=", "a="), ("a==b", "a=%3Db"), ("a=b+c", "a=b%20c"), ("a=b%2Bc", "a=b%2Bc"), ("a=b%20c", "a=b%20c"),
            ("prefix=a/b", "prefix=a%2Fb"), ("prefix=a%2fb", "prefix=a%2Fb"), ("a=%zz&b=%", "a=%25zz&b=%25"),
            ("&&b=1&", "b=1"), ("a-b=1&a=2&a.c=3", "a=2&a-b=1&a.c=3"), ("A=1&a=2&%41=0", "A=0&A=1&a=2"),
            ("é=1&z=2", "%C3%A9=1&z=2"), ("a=1&a", "a=&a=1"), ("=x&a=1", "=x&a=1"), ("a=~-._", "a=~-._"),
        ])
    func query(query: String, expected: String) {
        #expect(lines(query: query)[2] == expected)
    }

    @Test("The signature is left out of a presigned query and of no other")
    func signatureParameter() {
        let query = "X-Amz-Signature=abc&X-Amz-Date=d&x-amz-signature=kept"
        #expect(lines(query: query, isPresigned: true)[2] == "X-Amz-Date=d&x-amz-signature=kept")
        #expect(lines(query: query)[2] == "X-Amz-Date=d&X-Amz-Signature=abc&x-amz-signature=kept")
        #expect(lines(query: "X-Amz%2DSignature=abc&a=1", isPresigned: true)[2] == "a=1")
    }

    @Test("Header values are trimmed and folded, and those of one name joined in order")
    func headers() {
        let headers = [
            (name: "B", value: "  two   words\t here "), (name: "a", value: "2"), (name: "A", value: " 1 "),
            (name: "Empty", value: " \t "), (name: "unsigned", value: "x"), (name: "Quoted", value: "\"a   b\""),
        ]
        let text = lines(headers: headers, signed: ["a", "b", "empty", "absent", "quoted"])
        #expect(
            text[3...] == [
                "a:2,1", "b:two words here", "empty:", "absent:", "quoted:\"a b\"", "", "a;b;empty;absent;quoted",
                "hash",
            ])
    }

    @Test(
        "A query value is decoded as the signature reads it",
        arguments: [("a+b", "a b"), ("a%2Bb", "a+b"), ("%zz", "%zz"), ("%", "%"), ("%C3%A9", "é"), ("", "")])
    func decoding(text: String, expected: String) {
        #expect(PercentEncoding.decodeQueryComponent(text.utf8) == expected)
    }
}
