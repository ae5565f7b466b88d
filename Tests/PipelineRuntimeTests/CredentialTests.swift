import Foundation
import PipelineModel
import PipelineRuntime
import Testing

@Suite("Who may have which job")
struct CredentialTests {
    private let credentials = JobCredentials(key: [UInt8](repeating: 1, count: 32))
    private let job = "5f1b2c3d-0000-4000-8000-000000000000"

    @Test("A job's credentials are the same whenever they are derived, and name their job")
    func derivation() {
        let issued = credentials.credentials(ofJob: job)
        #expect(JobCredentials(key: [UInt8](repeating: 1, count: 32)).credentials(ofJob: job) == issued)
        #expect(credentials.job(accessKeyID: issued.accessKeyID, sessionToken: issued.sessionToken) == job)
        #expect(issued.accessKeyID.hasPrefix("ASIA") && issued.accessKeyID.count == 20)
        #expect(issued.accessKeyID.utf8.allSatisfy { (0x41...0x5A).contains($0) || (0x32...0x37).contains($0) })
        #expect(issued.secretAccessKey.count == 40)
    }

    @Test("No two jobs and no two installations share anything")
    func distinct() {
        let issued = credentials.credentials(ofJob: job)
        let otherJob = credentials.credentials(ofJob: "6" + job.dropFirst())
        let otherKey = JobCredentials(key: [UInt8](repeating: 2, count: 32)).credentials(ofJob: job)
        for other in [otherJob, otherKey] {
            #expect(other.accessKeyID != issued.accessKeyID)
            #expect(other.secretAccessKey != issued.secretAccessKey)
            #expect(other.sessionToken != issued.sessionToken)
        }
    }

    @Test("Forged tokens name no job")
    func forged() throws {
        let issued = credentials.credentials(ofJob: job)
        let other = credentials.credentials(ofJob: "6" + job.dropFirst())
        let foreign = JobCredentials(key: [UInt8](repeating: 2, count: 32)).credentials(ofJob: job)
        func token(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
        let inside = String(decoding: try #require(Data(base64Encoded: issued.sessionToken)), as: UTF8.self)
        let code = try #require(inside.split(separator: "/").last)
        let tokens = [
            "", "x", "=", token(""), token("penstock-job"), token("penstock-job/\(job)/"),
            token("penstock-job/\(job)/\(code.dropLast())"), token("penstock-job/\(job)/\(code.dropLast())a"),
            token("penstock-job/6\(job.dropFirst())/\(code)"), token("penstock-job/\(job)/\(code)/"),
            token("other/\(job)/\(code)"), issued.sessionToken + "\n", foreign.sessionToken, other.sessionToken,
        ]
        for forged in tokens {
            #expect(credentials.job(accessKeyID: issued.accessKeyID, sessionToken: forged) == nil, "\(forged)")
        }
        for forged in ["", "ASIA", other.accessKeyID, foreign.accessKeyID, issued.accessKeyID.lowercased()] {
            #expect(credentials.job(accessKeyID: forged, sessionToken: issued.sessionToken) == nil, "\(forged)")
        }
    }

    @Test(
        "A client serves the pipelines that one of its globs matches as a whole",
        arguments: [
            ("*", "", true), ("*", "web", true), ("web", "web", true), ("web", "webs", false), ("web", "we", false),
            ("web*", "web", true), ("web*", "website", true), ("web*", "my-web", false), ("*web", "my-web", true),
            ("w?b", "web", true), ("w?b", "wb", false), ("?", "", false), ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXbYcZ", false), ("a*b*c", "abbbcbc", true), ("*a*", "bab", true), ("**", "x", true),
            ("a.c", "abc", false), ("[a]", "a", false), ("Web", "web", false), ("", "web", false),
            ("*-prod", "web-prod-prod", true), ("*?", "x", true), ("*??", "x", false),
        ])
    func globs(glob: String, name: String, serves: Bool) {
        let client = ThirdPartyClient(clientID: "c", clientToken: "t", pipelines: ["other-pipeline", glob])
        #expect(client.serves(pipeline: name) == serves)
    }

    @Test("A glob made to take long does not")
    func costlyGlob() {
        let client = ThirdPartyClient(
            clientID: "c", clientToken: "t", pipelines: [String(repeating: "*a", count: 50) + "b"])
        #expect(!client.serves(pipeline: String(repeating: "a", count: 100)))
    }

    @Test("A client without globs serves nothing; its token is taken as a whole")
    func token() {
        let client = ThirdPartyClient(clientID: "c", clientToken: "token", pipelines: [])
        #expect(!client.serves(pipeline: "web"))
        #expect(client.accepts("token"))
        for wrong in ["", "toke", "tokens", "Token", "tokem"] { #expect(!client.accepts(wrong), "\(wrong)") }
    }
}
