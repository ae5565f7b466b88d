import AWSProtocol
import CodePipelineAPI
import Testing

@Suite("Lines of the audit log")
struct AuditEntryTests {
    private func entry(resource: String = "*", userAgent: String? = "worker/1") -> AuditEntry {
        var origin = RequestOrigin.sample
        origin.userAgent = userAgent
        return AuditEntry(
            service: "codepipeline", operation: "PutJobSuccessResult", resource: resource, jobID: "job-1",
            callerArn: "arn:aws:iam::111111111111:user/alice", accessKeyID: "KEY", requestID: "request-1",
            origin: origin)
    }

    @Test("A line is one JSON object with who, what, from where and how it ended")
    func line() throws {
        let line = entry().line(result: "ok").bytes
        #expect(
            String(decoding: line, as: UTF8.self)
                == #"{"time":"2026-11-22T02:00:00.000Z","service":"codepipeline","operation":"PutJobSuccessResult","#
                + #""resource":"*","jobId":"job-1","caller":"arn:aws:iam::111111111111:user/alice","#
                + #""accessKeyId":"KEY","sourceAddress":"192.0.2.7","userAgent":"worker/1","requestId":"request-1","#
                + #""result":"ok"}"# + "\n")
    }

    @Test("What a caller makes up can neither end a line nor make it long")
    func hostileTexts() throws {
        let hostile = "\u{2028}\n{\"result\":\"ok\"}\r\u{0}" + String(repeating: "é", count: 100_000)
        let line = entry(resource: hostile, userAgent: hostile).line(result: "AccessDeniedException").bytes
        #expect(line.filter { $0 == UInt8(ascii: "\n") }.count == 1)
        #expect(line.count < 8 * AuditEntry.maximumTextBytes)
        let read = try JSONReader.parse(Array(line.dropLast()))
        #expect(read["result"]?.string == "AccessDeniedException")
        #expect(read["resource"]?.string?.hasPrefix("\u{2028}\n{") == true)
    }

    @Test("Where nothing was changed, what a caller makes up is cut shorter")
    func refusedTexts() throws {
        let entry = entry(userAgent: String(repeating: "a", count: 1000))
        let refused = try JSONReader.parse(Array(entry.line(result: "AccessDeniedException").bytes.dropLast()))
        #expect(refused["userAgent"]?.string?.utf8.count == AuditEntry.maximumRefusedTextBytes)
        let changed = try JSONReader.parse(Array(entry.line(result: "ok").bytes.dropLast()))
        #expect(changed["userAgent"]?.string?.utf8.count == 1000)
    }

    @Test("What is not known is left out")
    func absent() throws {
        let read = try JSONReader.parse(Array(entry(userAgent: nil).line(result: "ok").bytes.dropLast()))
        #expect(read["userAgent"] == nil)
    }
}
