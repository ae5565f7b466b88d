import AWSProtocol
import CodePipelineWire
import Testing

private let unexpectedList = "Start of list found where not expected"
private let unexpectedObject = "Start of structure or map found where not expected."

/// The table of semantics-core 1.6: what is sent, and for which target.
@Suite("JSON of the wrong type")
struct TypeMessagesTests {
    private func expect(_ body: String, of operation: CodePipelineOperation, fails message: String?) {
        let expected = AWSServiceError("SerializationException", message)
        #expect(Requests.problem(of: operation, body) == expected, "\(body)")
    }

    @Test(
        "for an Integer",
        arguments: [
            (#""1""#, "STRING_VALUE can not be converted to an Integer"),
            ("true", "TRUE_VALUE can not be converted to an Integer"),
            ("false", "FALSE_VALUE can not be converted to an Integer"),
            ("[]", unexpectedList), ("{}", unexpectedObject),
            ("2147483648", "NUMBER_VALUE can not be converted to an Integer"),
            ("9223372036854775808", "NUMBER_VALUE can not be converted to an Integer"),
            ("1e999", "NUMBER_VALUE can not be converted to an Integer"),
        ])
    func integer(value: String, message: String) {
        expect(#"{"name":"web","version":\#(value)}"#, of: .getPipeline, fails: message)
    }

    @Test(
        "for a String, and for an enumeration alike",
        arguments: [
            ("1", "NUMBER_VALUE can not be converted to a String"),
            ("1.5", "NUMBER_VALUE can not be converted to a String"),
            ("true", "TRUE_VALUE can not be converted to a String"),
            ("false", "FALSE_VALUE can not be converted to a String"), ("[]", unexpectedList), ("{}", unexpectedObject),
        ])
    func string(value: String, message: String) {
        expect(#"{"name":\#(value)}"#, of: .getPipeline, fails: message)
        expect(#"{"actionOwnerFilter":\#(value)}"#, of: .listActionTypes, fails: message)
    }

    @Test(
        "for a list",
        arguments: [
            (#""a""#, "Expected list or null"), ("1", "Expected list or null"), ("true", "Expected list or null"),
            ("false", "Expected list or null"), ("{}", unexpectedObject),
        ])
    func list(value: String, message: String) {
        expect(#"{"resourceArn":"a","tagKeys":\#(value)}"#, of: .untagResource, fails: message)
    }

    @Test(
        "for a structure, and for a map alike",
        arguments: [
            (#""a""#, "Expected null"), ("1", "Expected null"), ("true", "Expected null"), ("false", "Expected null"),
            ("[]", unexpectedList),
        ])
    func structure(value: String, message: String) {
        expect(#"{"actionTypeId":\#(value)}"#, of: .pollForJobs, fails: message)
        expect(#"{"queryParam":\#(value)}"#, of: .pollForJobs, fails: message)
    }

    @Test(
        "for a Boolean",
        arguments: [
            (#""true""#, "STRING_VALUE can not be converted to an Boolean"),
            ("1", "NUMBER_VALUE can not be converted to an Boolean"), ("[]", unexpectedList), ("{}", unexpectedObject),
        ])
    func boolean(value: String, message: String) {
        let body = #"{"configurationProperties":[{"name":"k","required":\#(value)}]}"#
        expect(body, of: .createCustomActionType, fails: message)
    }

    @Test(
        "for a timestamp",
        arguments: [
            ("true", "TRUE_VALUE can not be converted to a Timestamp"),
            (#""noon""#, "STRING_VALUE can not be converted to a Timestamp"),
            ("1e999", "NUMBER_VALUE can not be converted to a Timestamp"), ("[]", unexpectedList),
            ("{}", unexpectedObject),
        ])
    func timestamp(value: String, message: String) {
        let body = #"{"currentRevision":{"created":\#(value)}}"#
        expect(body, of: .putJobSuccessResult, fails: message)
    }

    @Test("two frequent cases: a run order in quotes, and a configuration value without them")
    func frequent() {
        expect(
            #"{"pipeline":{"stages":[{"actions":[{"runOrder":"1"}]}]}}"#, of: .createPipeline,
            fails: "STRING_VALUE can not be converted to an Integer")
        expect(
            #"{"pipeline":{"stages":[{"actions":[{"configuration":{"PollForSourceChanges":false}}]}]}}"#,
            of: .createPipeline, fails: "FALSE_VALUE can not be converted to a String")
    }

    @Test("the first misfit of the document is told, and before any constraint")
    func documentOrder() {
        expect(
            #"{"version":"x","name":1}"#, of: .getPipeline, fails: "STRING_VALUE can not be converted to an Integer")
        expect(#"{"name":1,"version":"x"}"#, of: .getPipeline, fails: "NUMBER_VALUE can not be converted to a String")
        expect(
            #"{"name":"","version":"x"}"#, of: .getPipeline, fails: "STRING_VALUE can not be converted to an Integer")
    }

    @Test("a body that is no object: nothing at all, a scalar, junk; a list has a text of its own")
    func topLevel() {
        for body in ["", " ", "null", "1", "\"{}\"", "true", "{} x", "{", "\u{FEFF}{}"] {
            expect(body, of: .listPipelines, fails: nil)
        }
        expect("[]", of: .listPipelines, fails: unexpectedList)
        expect("[", of: .listPipelines, fails: nil)
    }

    @Test("a fraction for an Integer is cut off, timestamps come in three forms, nulls are absent")
    func accepted() throws {
        let version = try decodeInput(GetPipelineInput.self, from: Array(#"{"name":"web","version":2.9}"#.utf8))
        #expect(version == GetPipelineInput(name: "web", version: 2))
        for created in ["1446137312", "1446137312.000", #""2015-10-29T16:48:32Z""#] {
            let body = #"""
                {"jobId":"0a1b2c3d-1111-4222-8333-444455556666",
                 "currentRevision":{"revision":"r","changeIdentifier":"c","created":\#(created)}}
                """#
            let input = try decodeInput(PutJobSuccessResultInput.self, from: Array(body.utf8))
            #expect(input.currentRevision?.created == AWSTimestamp(milliseconds: 1_446_137_312_000))
        }
        let nulls = try decodeInput(
            UntagResourceInput.self,
            from: Array(#"{"resourceArn":"arn:aws:codepipeline:r:111111111111:p","tagKeys":[null,"a",null]}"#.utf8))
        #expect(nulls.tagKeys == ["a"])
    }
}
