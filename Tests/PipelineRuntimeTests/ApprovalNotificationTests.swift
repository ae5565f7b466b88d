import PipelineEngine
import PipelineModel
import PipelineRuntime
import Testing

@Suite("Approval notifications")
struct ApprovalNotificationTests {
    private func body(link: String?, comment: String?) throws -> String {
        let request = ApprovalRequest(
            pipeline: "web", executionID: "e", actionExecutionID: "a", stage: "Release", action: "Approve",
            token: "1a2b3c4d-0000-4000-8000-000000000000", expires: Timestamp(milliseconds: 1_467_922_959_999),
            notificationArn: "arn:aws:sns:us-east-1:111111111111:approvals", customData: comment,
            externalEntityLink: link)
        let notification = ApprovalNotification(
            request: request, region: "us-east-1", consoleLink: "http://127.0.0.1:8470/console/web",
            approvalReviewLink: "http://127.0.0.1:8470/console/web/Release/Approve")
        return String(decoding: try notification.body(), as: UTF8.self)
    }

    @Test("The document has the documented members, the time to the minute, and plain slashes")
    func document() throws {
        #expect(
            try body(link: "https://example.com/a", comment: "Look at \"it\"\n$(id)") == #"""
                {"approval":{"actionName":"Approve","approvalReviewLink":"http://127.0.0.1:8470/console/web/Release/Approve","customData":"Look at \"it\"\n$(id)","expires":"2016-07-07T20:22Z","externalEntityLink":"https://example.com/a","pipelineName":"web","stageName":"Release","token":"1a2b3c4d-0000-4000-8000-000000000000"},"consoleLink":"http://127.0.0.1:8470/console/web","region":"us-east-1"}
                """#)
    }

    @Test("A link or comment that the action doesn't have is null")
    func absentMembers() throws {
        let text = try body(link: nil, comment: nil)
        #expect(text.contains(#""externalEntityLink":null"#))
        #expect(text.contains(#""customData":null"#))
    }

    @Test(
        "Times are written in UTC, in any year",
        arguments: [
            (Int64(0), "1970-01-01T00:00:00Z"), (951_782_400_000, "2000-02-29T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"), (1_709_251_199_999, "2024-02-29T23:59:59Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00Z"), (253_402_300_799_000, "9999-12-31T23:59:59Z"),
            (253_402_300_800_000, "10000-01-01T00:00:00Z"),
        ])
    func times(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).iso8601() == text)
    }

    @Test("The ends of time have a text")
    func endsOfTime() {
        #expect(Timestamp(milliseconds: .max).iso8601().hasSuffix("Z"))
        #expect(Timestamp(milliseconds: .min).iso8601().hasPrefix("-"))
    }
}
