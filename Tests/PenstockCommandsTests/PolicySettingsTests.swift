import CodePipelineAPI
import PenstockCommands
import SystemPackage
import Testing

@Suite("Policies in the configuration file")
struct PolicySettingsTests {
    /// Loads a file with one user, alice, who has these policies.
    private func policies(_ text: String) throws -> [PolicyDocument] {
        try withTemporaryDirectory { directory in
            let path = directory.appending("penstock.yaml")
            let file = try FileDescriptor.open(path, .writeOnly, options: [.create], permissions: .ownerReadWrite)
            try file.closeAfter {
                _ = try file.writeAll(
                    Array(
                        """
                        users:
                        - {name: alice, accessKeyId: K, secretAccessKey: secretsecret, policies: [\(text)]}
                        """.utf8))
            }
            var flags = ServeSettings()
            flags.configurationFile = path.string
            let configuration = try ServerConfiguration.load(
                flags: flags, environment: ["HOME": "/home/me"], workingDirectory: "/work")
            return configuration.users[0].policies
        }
    }

    private func failure(_ text: String) throws -> String {
        do {
            _ = try policies(text)
            Issue.record("The policy was taken")
            return ""
        } catch let failure as CommandFailure {
            #expect(failure.status == .usage)
            return failure.message
        }
    }

    private let head = "Version: \"2012-10-17\""

    @Test("Statements are read with all they may have, one in a list's place too")
    func whole() throws {
        let statement = """
            {Sid: one, Effect: Allow, Action: "codepipeline:*", Resource: ["arn:aws:codepipeline:*:*:web"],
             Condition: {IpAddress: {"aws:SourceIp": [10.0.0.0/8, "::1"]}, Bool: {"AWS:securetransport": true},
                         DateLessThan: {"aws:CurrentTime": 2030-01-01T00:00:00Z}}}
            """
        let conditions = [
            try PolicyCondition(.ipAddress, key: "aws:SourceIp", values: ["10.0.0.0/8", "::1"]),
            try PolicyCondition(.bool, key: "aws:SecureTransport", values: ["true"]),
            try PolicyCondition(.dateLessThan, key: "aws:CurrentTime", values: ["2030-01-01T00:00:00Z"]),
        ]
        let expected = PolicyDocument(statements: [
            .init(
                effect: .allow, actions: ["codepipeline:*"], resources: ["arn:aws:codepipeline:*:*:web"],
                conditions: conditions)
        ])
        #expect(try policies("{\(head), Id: p, Statement: [\(statement)]}") == [expected])
        #expect(try policies("{\(head), Statement: \(statement)}") == [expected])
    }

    @Test(
        "Whatever would not be evaluated in full is one line that names user, policy, statement and thing",
        arguments: [
            ("NotAction: \"*\", Resource: \"*\"", "Statement[2].NotAction is not evaluated by this version"),
            ("Principal: \"*\", Action: \"*\", Resource: \"*\"", "Statement[2].Principal is not evaluated"),
            ("Action: \"*\", NotResource: \"*\"", "Statement[2].NotResource is not evaluated"),
            ("Action: \"Get*\", Resource: \"*\"", "Action has 'Get*', which is neither"),
            ("Action: \"codepipeline:Gett\", Resource: \"*\"", "Action has 'codepipeline:Gett', which is no action"),
            ("Action: \"sns:Publish\", Resource: \"*\"", "Action has 'sns:Publish', which names a service"),
            ("Action: [], Resource: \"*\"", "Action has no action"),
            ("Action: \"*\", Resource: web", "Resource has 'web', which is neither * nor an ARN"),
            ("Action: \"*\", Resource: \"arn:aws:s3:::\"", "Resource has 'arn:aws:s3:::', which is neither"),
            ("Action: \"*\", Resource: \"arn:aws:sns:*:*:*\"", "whose service is not here"),
            ("Action: \"*\", Resource: \"arn:aws:s3:::${aws:username}/*\"", "policy variables are not evaluated"),
            ("Action: \"*\"", "lacks the key Resource"),
            ("Action: \"*\", Resource: \"*\", Conditions: {}", "Conditions is not a known key"),
            (
                "Action: \"*\", Resource: \"*\", Condition: {StringEqualsIfExists: {\"aws:username\": a}}",
                "Condition.StringEqualsIfExists is not an operator of this version"
            ),
            (
                "Action: \"*\", Resource: \"*\", Condition: {StringEquals: {\"aws:ResourceTag/team\": a}}",
                "Condition.StringEquals.aws:ResourceTag/team is not a key that exists here"
            ),
            (
                "Action: \"*\", Resource: \"*\", Condition: {StringEquals: {\"aws:username\": \"${aws:username}\"}}",
                "policy variables are not evaluated"
            ),
            (
                "Action: \"*\", Resource: \"*\", Condition: {IpAddress: {\"aws:SourceIp\": here}}",
                "Condition.IpAddress.aws:SourceIp has 'here', which is not an address"
            ),
            ("Action: \"*\", Resource: \"*\", Condition: []", "Condition must be a mapping"),
        ])
    func refused(_ statement: String, _ message: String) throws {
        let good = "{Effect: Allow, Action: \"*\", Resource: \"*\"}"
        let document = "{\(head), Statement: [\(good), {Effect: Allow, \(statement)}]}"
        let line = try failure("{\(head), Statement: []}, \(document)")
        #expect(line.contains(message))
        #expect(line.contains("users[1].policies[2].Statement[2]"))
        #expect(line.hasSuffix("(user alice, policy 2, statement 2)"))
        #expect(!line.contains("\n"))
    }

    @Test(
        "A document without the version that is evaluated here is refused",
        arguments: [
            ("{Statement: []}", "lacks the key Version"),
            ("{Version: \"2008-10-17\", Statement: []}", "Version must be"),
            ("{Version: \"2012-10-17\"}", "lacks the key Statement"),
            ("{Version: \"2012-10-17\", Statement: [], Rules: []}", "Rules is not a known key"),
        ])
    func documents(_ document: String, _ message: String) throws {
        let line = try failure(document)
        #expect(line.contains(message))
        #expect(line.hasSuffix("(user alice, policy 1)"))
    }

    @Test("An effect is Allow or Deny, as IAM writes them")
    func effects() throws {
        for effect in ["Maybe", "allow", "DENY"] {
            let line = try failure("{\(head), Statement: [{Effect: \(effect), Action: \"*\", Resource: \"*\"}]}")
            #expect(line.contains("Effect must be one of Allow, Deny"))
        }
    }
}
