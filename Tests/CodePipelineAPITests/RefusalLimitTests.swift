import CodePipelineAPI
import Testing

@Suite("Lines of refused calls")
struct RefusalLimitTests {
    private func line(_ key: String, _ text: String = "x") -> AuditLine {
        AuditLine(
            bytes: Array("\(text)\n".utf8), callerArn: "arn:aws:iam::111111111111:user/\(key)", accessKeyID: key,
            receivedAt: 0)
    }

    private func admit(_ limit: inout RefusalLimit, _ key: String, at second: Int64) -> String {
        String(decoding: limit.admit(line(key), at: second), as: UTF8.self)
    }

    @Test("An access key leaves so many lines a second; the others are counted in one line once it is over")
    func bounded() {
        var limit = RefusalLimit()
        for _ in 0..<RefusalLimit.maximumLines { #expect(admit(&limit, "a", at: 5) == "x\n") }
        #expect(!limit.hasLeftOut)
        for _ in 0..<3 { #expect(admit(&limit, "a", at: 5) == "") }
        #expect(limit.hasLeftOut)
        #expect(admit(&limit, "b", at: 5) == "x\n", "another key has its own lines")
        #expect(
            admit(&limit, "a", at: 6)
                == #"{"time":"1970-01-01T00:00:00.000Z","caller":"arn:aws:iam::111111111111:user/a","#
                + #""accessKeyId":"a","refusedCallsLeftOut":3}"# + "\nx\n")
        #expect(!limit.hasLeftOut)
    }

    @Test("What was left out is told although no other call is refused, and once")
    func toldLater() {
        var limit = RefusalLimit()
        for _ in 0...RefusalLimit.maximumLines { _ = limit.admit(line("a"), at: 5) }
        #expect(limit.endSeconds(before: 5).isEmpty, "the second is not over")
        let told = String(decoding: limit.endSeconds(before: 6), as: UTF8.self)
        #expect(told.hasSuffix(#""refusedCallsLeftOut":1}"# + "\n"))
        #expect(limit.endSeconds(before: 7).isEmpty)
    }
}
