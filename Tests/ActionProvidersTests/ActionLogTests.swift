import ActionProviders
import Foundation
import SystemPackage
import Testing

@Suite struct ActionLogTests {
    private let id = "0a0a0a0a-1111-4222-8333-444444444444"

    @Test("Every form of a secret is masked, wherever the stream is split")
    func split() {
        let secret = "p4ss/w\"rd é+1"
        let base64 = ["", "x", "xy"].map { Data(($0 + secret).utf8).base64EncodedString() }
        let hex = secret.utf8.map { String(format: "%02x", $0) }.joined()
        let forms = [secret, hex, hex.uppercased(), "p4ss%2Fw%22rd%20%C3%A9%2B1", "p4ss/w\\\"rd é+1"]
        for form in forms + base64 {
            let bytes = Array("before \(form) after".utf8)
            for cut in 0...bytes.count {
                var masker = SecretMasker(secrets: [secret])
                let shown = masker.mask(bytes[..<cut]) + masker.mask(bytes[cut...]) + masker.flush()
                let text = String(decoding: shown, as: UTF8.self)
                #expect(text.contains("****"), "\(form) cut at \(cut): \(text)")
                #expect(!text.contains(form), "\(form) cut at \(cut)")
                #expect(text.hasPrefix("before ") && text.hasSuffix(" after"))
            }
        }
    }

    @Test("Secrets of several lines are masked by line; those that are too short are said to be shown")
    func lines() throws {
        let scratch = try ScratchFolder()
        let logs = ActionLogs(folder: scratch.path.appending("logs"))
        let log = try logs.open(actionExecutionID: id, secrets: ["first-line\nsecond-line\n", "abc"])
        log.write("a second-line, abc\n")
        log.finish()
        let text = String(decoding: try #require(try logs.read(actionExecutionID: id, offset: 0)), as: UTF8.self)
        #expect(text == "[1 of the action's secrets are too short or too plain to be masked]\na ****, abc\n")
    }

    @Test("A log is capped with a notice, read from offsets, and appended to when it is opened again")
    func capped() throws {
        let scratch = try ScratchFolder()
        let logs = ActionLogs(folder: scratch.path.appending("logs"), maximumBytes: 100)
        for text in ["first\n", String(repeating: "x", count: 200), "more"] {
            let log = try logs.open(actionExecutionID: id)
            log.write(text)
            log.finish()
        }
        let all = String(decoding: try #require(try logs.read(actionExecutionID: id, offset: 0)), as: UTF8.self)
        #expect(all.hasPrefix("first\nxxx"))
        #expect(all.contains("the log ends here"))
        #expect(try logs.read(actionExecutionID: id, offset: 2, limit: 3) == Array("rst".utf8))
        #expect(try logs.read(actionExecutionID: id, offset: 100_000) == [])
        #expect(try logs.read(actionExecutionID: "1" + id.dropFirst(), offset: 0) == nil)
        #expect(throws: ActionLogs.Failure.self) { try logs.read(actionExecutionID: "../../etc/passwd", offset: 0) }
    }

    @Test("Whoever follows sees every byte once, and the end")
    func follow() async throws {
        let scratch = try ScratchFolder()
        let logs = ActionLogs(folder: scratch.path.appending("logs"))
        let log = try logs.open(actionExecutionID: id)
        log.write("begin ")
        let reader = Task { [id] in
            var text: [UInt8] = []
            for try await bytes in logs.follow(actionExecutionID: id, offset: 2) { text += bytes }
            return String(decoding: text, as: UTF8.self)
        }
        for number in 0..<1000 {
            log.write("\(number) ")
            if number % 100 == 0 { await Task.yield() }
        }
        log.finish()
        #expect(try await reader.value == "gin " + (0..<1000).map { "\($0) " }.joined())
        #expect(log.lastLines.count == 1)
    }
}
