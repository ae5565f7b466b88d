import CodePipelineAPI
import Testing

@Suite("Conditions of policies")
struct PolicyConditionTests {
    typealias Operator = PolicyCondition.Operator

    private func holds(
        _ operation: Operator, _ key: String, _ values: [String], from origin: RequestOrigin = .sample
    ) throws -> Bool {
        try PolicyCondition(operation, key: key, values: values).holds(for: .sample(from: origin))
    }

    @Test(
        "Each operator compares as IAM does",
        arguments: [
            (.stringEquals, "aws:username", ["alice"], true), (.stringEquals, "aws:username", ["Alice"], false),
            (.stringEquals, "aws:username", ["ali*"], false), (.stringEquals, "aws:username", ["bob", "alice"], true),
            (.stringNotEquals, "aws:username", ["bob", "alice"], false),
            (.stringNotEquals, "aws:username", ["bob"], true),
            (.stringLike, "aws:PrincipalArn", ["arn:aws:iam::*:user/ali?e"], true),
            (.stringLike, "aws:PrincipalArn", ["arn:aws:iam::*:user/bob"], false),
            (.stringNotLike, "aws:UserAgent", ["*Boto3*", "*Python*"], false),
            (.stringNotLike, "aws:UserAgent", ["*Boto3*"], true),
            (.stringEquals, "aws:PrincipalAccount", ["111111111111"], true),
            (.stringEquals, "aws:PrincipalType", ["User"], true),
            (.stringEquals, "aws:RequestedRegion", ["eu-central-1", "us-east-1"], true),
            (.bool, "aws:SecureTransport", ["false"], true), (.bool, "aws:SecureTransport", ["True"], false),
            (.bool, "aws:SecureTransport", ["true", "false"], true),
            (.ipAddress, "aws:SourceIp", ["192.0.2.0/24"], true), (.ipAddress, "aws:SourceIp", ["192.0.2.7"], true),
            (.ipAddress, "aws:SourceIp", ["192.0.2.0/29"], true), (.ipAddress, "aws:SourceIp", ["192.0.2.0/30"], false),
            (.ipAddress, "aws:SourceIp", ["192.0.3.0/24", "0.0.0.0/0"], true),
            (.ipAddress, "aws:SourceIp", ["2001:db8::/32", "::/0"], false),
            (.notIPAddress, "aws:SourceIp", ["192.0.2.0/24"], false),
            (.notIPAddress, "aws:SourceIp", ["10.0.0.0/8"], true),
            (.dateLessThan, "aws:CurrentTime", ["2026-11-22T02:00:00Z"], false),
            (.dateLessThan, "aws:CurrentTime", ["2026-11-22T02:00:01Z"], true),
            (.dateLessThan, "aws:CurrentTime", ["2026-11-22T03:00:00.5+01:00"], true),
            (.dateLessThan, "aws:CurrentTime", ["2026-11-22T03:00:00+01:00"], false),
            (.dateLessThan, "aws:EpochTime", ["1795312801"], true),
            (.dateGreaterThan, "aws:EpochTime", ["1795312800"], false),
            (.dateGreaterThan, "aws:CurrentTime", ["2026-11-22"], true),
            (.dateGreaterThan, "aws:CurrentTime", ["2026-11-21T21:00-05:00"], false),
        ] as [(Operator, String, [String], Bool)])
    func operators(_ operation: Operator, _ key: String, _ values: [String], _ expected: Bool) throws {
        #expect(try holds(operation, key, values) == expected)
        #expect(try holds(operation, key.uppercased(), values) == expected)
    }

    @Test("A key that the request lacks fails a condition, and meets a negated one")
    func absentKeys() throws {
        var origin = RequestOrigin.sample
        origin.sourceAddress = nil
        origin.userAgent = nil
        #expect(try !holds(.ipAddress, "aws:SourceIp", ["0.0.0.0/0"], from: origin))
        #expect(try holds(.notIPAddress, "aws:SourceIp", ["0.0.0.0/0"], from: origin))
        #expect(try !holds(.stringLike, "aws:UserAgent", ["*"], from: origin))
        #expect(try holds(.stringNotLike, "aws:UserAgent", ["*"], from: origin))
    }

    @Test("An IPv4 client is the same on a socket for both families")
    func mappedAddresses() throws {
        var origin = RequestOrigin.sample
        origin.sourceAddress = "::ffff:192.0.2.7"
        #expect(try holds(.ipAddress, "aws:SourceIp", ["192.0.2.0/24"], from: origin))
        origin.sourceAddress = "fe80::1%eth0"
        #expect(try holds(.ipAddress, "aws:SourceIp", ["fe80::/10"], from: origin))
    }

    @Test(
        "What can't be compared is refused, and said",
        arguments: [
            (.stringEquals, "aws:userid", ["x"], "is not a key that exists here; StringEquals takes aws:username"),
            (.bool, "aws:MultiFactorAuthPresent", ["true"], "is not a key that exists here"),
            (.stringEquals, "s3:prefix", ["x"], "is not a key that exists here"),
            (.stringEquals, "aws:SourceIp", ["10.0.0.1"], "can't be compared with StringEquals; use IpAddress"),
            (.ipAddress, "aws:username", ["10.0.0.1"], "can't be compared with IpAddress; use StringEquals"),
            (.bool, "aws:SecureTransport", ["yes"], "has 'yes', which is not true or false"),
            (.ipAddress, "aws:SourceIp", ["10.0.0.1/33"], "has '10.0.0.1/33', which is not an address"),
            (.ipAddress, "aws:SourceIp", ["10.0.0"], "has '10.0.0', which is not an address"),
            (.ipAddress, "aws:SourceIp", ["10.0.0.1/"], "has '10.0.0.1/', which is not an address"),
            (.ipAddress, "aws:SourceIp", ["10.0.0.1/8/8"], "has '10.0.0.1/8/8', which is not an address"),
            (.dateLessThan, "aws:CurrentTime", ["soon"], "has 'soon', which is not a date"),
            (.dateLessThan, "aws:CurrentTime", ["2026-02-30"], "has '2026-02-30', which is not a date"),
            (.dateLessThan, "aws:CurrentTime", ["2026-02-03T25:00:00Z"], "has '2026-02-03T25:00:00Z', which is not"),
            (.stringEquals, "aws:username", [], "has no value"),
        ] as [(Operator, String, [String], String)])
    func refused(_ operation: Operator, _ key: String, _ values: [String], _ text: String) {
        #expect {
            try PolicyCondition(operation, key: key, values: values)
        } throws: { error in
            (error as? PolicyCondition.Problem)?.text.hasPrefix(text) == true
        }
    }

    @Test("Every key can be compared by some operator")
    func keys() {
        for key in PolicyCondition.Key.allCases {
            #expect(Operator.allCases.contains { $0.keys.contains(key) })
        }
    }

    @Test("All conditions of a statement must hold")
    func all() throws {
        let alice = try PolicyCondition(.stringEquals, key: "aws:username", values: ["alice"])
        let inside = try PolicyCondition(.ipAddress, key: "aws:SourceIp", values: ["192.0.2.0/24"])
        let outside = try PolicyCondition(.ipAddress, key: "aws:SourceIp", values: ["10.0.0.0/8"])
        func decide(_ conditions: [PolicyCondition]) -> PolicyDocument.Decision {
            PolicyDocument.decide(
                [
                    PolicyDocument(statements: [
                        .init(effect: .allow, actions: ["*"], resources: ["*"], conditions: conditions)
                    ])
                ], .sample())
        }
        #expect(decide([alice, inside]) == .allowed)
        #expect(decide([alice, outside]) == .notAllowed)
        #expect(decide([outside, alice]) == .notAllowed)
    }
}
