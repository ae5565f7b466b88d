import AWSProtocol
import AWSSigning
import CodePipelineAPI
import Testing

@Suite("Policies")
struct PolicyTests {
    private let web = "arn:aws:codepipeline:us-east-1:111111111111:web"

    private func decide(
        _ statements: [PolicyDocument.Statement], _ action: String = "codepipeline:GetPipeline",
        on resource: String? = nil
    ) -> PolicyDocument.Decision {
        PolicyDocument.decide(
            statements.map { PolicyDocument(statements: [$0]) }, .sample(action, on: resource ?? web))
    }

    @Test("What no statement covers is not allowed")
    func nothing() {
        #expect(decide([]) == .notAllowed)
        #expect(decide([.init(effect: .allow, actions: ["codepipeline:List*"], resources: ["*"])]) == .notAllowed)
        #expect(decide([.init(effect: .deny, actions: ["codepipeline:List*"], resources: ["*"])]) == .notAllowed)
    }

    @Test("A deny wins over every allow, in whatever order and document they stand")
    func denyWins() {
        let allow = PolicyDocument.Statement(effect: .allow, actions: ["*"], resources: ["*"])
        let deny = PolicyDocument.Statement(effect: .deny, actions: ["codepipeline:Get*"], resources: [web])
        #expect(decide([allow]) == .allowed)
        #expect(decide([allow, deny]) == .denied)
        #expect(decide([deny, allow]) == .denied)
        #expect(decide([deny, allow], on: web + "2") == .allowed)
    }

    @Test("Actions are compared without regard to case, resources with it")
    func letterCase() {
        #expect(
            decide([.init(effect: .allow, actions: ["CodePipeline:getpipeline"], resources: [web])]) == .allowed)
        #expect(
            decide([.init(effect: .allow, actions: ["*"], resources: [web.uppercased()])]) == .notAllowed)
    }

    @Test(
        "Resource patterns are compared part by part",
        arguments: [
            ("arn:aws:codepipeline:*:*:web", true), ("arn:aws:codepipeline:us-east-?:111111111111:w*b", true),
            ("arn:aws:codepipeline:*:web", false), ("arn:*", false), ("*", true), ("arn:aws:codepipeline:*:*:*", true),
            ("arn:aws:codepipeline:us-east-1:111111111111:web/*", false), ("arn:aws:s3:*:*:*", false),
            ("arn:aws:codepipeline:us-east-1:111111111111:??b", true),
            ("arn:aws:codepipeline:us-east-1:111111111111:web?", false),
        ])
    func resources(_ pattern: String, _ covered: Bool) {
        let decision = decide([.init(effect: .allow, actions: ["codepipeline:*"], resources: [pattern])])
        #expect(decision == (covered ? .allowed : .notAllowed))
    }

    @Test("The resource type of action types may be written in both ways that AWS's pages have")
    func actionTypes() {
        let resource = "arn:aws:codepipeline:us-east-1:111111111111:actionType:Custom/Build/Tool/1"
        for type in ["actiontype", "actionType"] {
            let allow = PolicyDocument.Statement(
                effect: .allow, actions: ["*"], resources: ["arn:aws:codepipeline:*:*:\(type):Custom/*/Tool/?"])
            #expect(decide([allow], on: resource) == .allowed)
            #expect(decide([allow], on: resource + "0") == .notAllowed)
        }
    }

    @Test("What no resource is asked for is allowed on * alone")
    func withoutResource() {
        let arns = PolicyDocument.Statement(
            effect: .allow, actions: ["*"], resources: ["arn:aws:codepipeline:*:*:*", "arn:*:*:*:*:*"])
        #expect(decide([arns], "codepipeline:AcknowledgeJob", on: "*") == .notAllowed)
        let all = PolicyDocument.Statement(effect: .allow, actions: ["*"], resources: ["*"])
        #expect(decide([all], "codepipeline:AcknowledgeJob", on: "*") == .allowed)
    }

    @Test("A question mark is one character, of however many bytes")
    func characters() {
        #expect(WildcardPattern("a?c").matches("aéc"))
        #expect(WildcardPattern("*?c").matches("a日c"))
        #expect(!WildcardPattern("a??c").matches("aéc"))
    }

    @Test("A hostile pattern costs no more than its length times that of the text")
    func noBacktracking() {
        let pattern = WildcardPattern(String(repeating: "a*", count: 500) + "b")
        #expect(!pattern.matches(String(repeating: "a", count: 5000)))
        #expect(WildcardPattern("**a?c*").matches("xxabcd"))
        #expect(!WildcardPattern("a?").matches("a"))
        #expect(WildcardPattern("").matches(""))
    }

    @Test("The root may do everything; a user is refused with the documented words")
    func refusal() throws {
        try CallerIdentity.root(accountID: "111111111111").authorize("codepipeline:GetPipeline", on: web, from: .sample)
        let user = CallerIdentity.user("bob", accountID: "111111111111", policies: [])
        #expect(
            throws: AWSServiceError(
                "AccessDeniedException",
                "User: arn:aws:iam::111111111111:user/bob is not authorized to perform: codepipeline:GetPipeline on "
                    + "resource: arn:aws:codepipeline:us-east-1:111111111111:web because no identity-based policy "
                    + "allows the codepipeline:GetPipeline action")
        ) { try user.authorize("codepipeline:GetPipeline", on: web, from: .sample) }
        let denied = CallerIdentity.user(
            "bob", accountID: "111111111111",
            policies: [PolicyDocument(statements: [.init(effect: .deny, actions: ["*"], resources: ["*"])])])
        #expect(
            throws: AWSServiceError(
                "AccessDeniedException",
                "User: arn:aws:iam::111111111111:user/bob is not authorized to perform: codepipeline:GetPipeline on "
                    + "resource: \(web) with an explicit deny in an identity-based policy")
        ) { try denied.authorize("codepipeline:GetPipeline", on: web, from: .sample) }
    }

    @Test("Passing a role is checked only where a policy names it")
    func passRole() throws {
        func user(_ statements: PolicyDocument.Statement...) -> CallerIdentity {
            .user("bob", accountID: "111111111111", policies: [PolicyDocument(statements: statements)])
        }
        let role = "arn:aws:iam::111111111111:role/deploy"
        try user(.init(effect: .allow, actions: ["codepipeline:*"], resources: ["*"])).authorizePassRole(
            role, from: .sample)
        let one = user(
            .init(
                effect: .allow, actions: ["iam:Pass*"], resources: ["arn:aws:iam::111111111111:role/pipeline"]))
        try one.authorizePassRole("arn:aws:iam::111111111111:role/pipeline", from: .sample)
        #expect(throws: AWSServiceError.self) { try one.authorizePassRole(role, from: .sample) }
        #expect(throws: AWSServiceError.self) {
            try user(.init(effect: .deny, actions: ["iam:PassRole"], resources: ["*"])).authorizePassRole(
                role, from: .sample)
        }
    }
}

@Suite("Throttling")
struct RequestThrottleTests {
    @Test("A key has one second's worth of calls, and gets them back at its rate")
    func refill() throws {
        let throttle = RequestThrottle(requestsPerSecond: 4)
        for _ in 0..<4 { try throttle.admit(accessKeyID: "a", now: 0) }
        let refused = AWSServiceError("ThrottlingException", "Rate exceeded")
        #expect(throws: refused) { try throttle.admit(accessKeyID: "a", now: 0) }
        #expect(throws: refused) { try throttle.admit(accessKeyID: "a", now: 249_999_999) }
        try throttle.admit(accessKeyID: "a", now: 250_000_000)
        try throttle.admit(accessKeyID: "b", now: 250_000_000)
        #expect(throws: refused) { try throttle.admit(accessKeyID: "a", now: 250_000_001) }
        // A long rest gives one second's worth, not more.
        for _ in 0..<4 { try throttle.admit(accessKeyID: "a", now: 3_600_000_000_000) }
        #expect(throws: refused) { try throttle.admit(accessKeyID: "a", now: 3_600_000_000_000) }
    }
}

@Suite("Texts of signature errors")
struct SignatureErrorTextTests {
    private static let header =
        "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. "
        + "Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a "
        + "'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256"

    @Test(
        "Each error has the name and text of the reference",
        arguments: [
            (.missingAuthentication, "MissingAuthenticationTokenException", "Missing Authentication Token"),
            (
                .incompleteHeader(
                    missing: ["Credential", "Signature", "SignedHeaders", "Date"], authorization: "AWS4-HMAC-SHA256"),
                "IncompleteSignatureException", header
            ),
            (
                .incompleteQuery(missing: ["X-Amz-Algorithm", "X-Amz-Date"]), "IncompleteSignatureException",
                "AWS query-string parameters must include 'X-Amz-Algorithm'. AWS query-string parameters must include "
                    + "'X-Amz-Date'. Re-examine the query-string parameters."
            ),
            (
                .ambiguousAuthentication, "InvalidSignatureException",
                "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
            ),
            (
                .duplicateHeader("x-amz-date"), "InvalidSignatureException",
                "Found more than one 'X-Amz-Date' HTTP header."
            ),
            (
                .invalidDate("201"), "IncompleteSignatureException",
                "Date must be in ISO-8601 'basic format'. Got '201'. See http://en.wikipedia.org/wiki/ISO_8601"
            ),
            (
                .expired(signed: "20140325T143453Z", earliest: "20140325T143751Z", now: "20140325T145251Z"),
                "InvalidSignatureException",
                "Signature expired: 20140325T143453Z is now earlier than 20140325T143751Z (20140325T145251Z - 15 min.)"
            ),
            (
                .notYetCurrent(signed: "20140325T153453Z", latest: "20140325T150751Z", now: "20140325T145251Z"),
                "InvalidSignatureException",
                "Signature not yet current: 20140325T153453Z is still later than 20140325T150751Z "
                    + "(20140325T145251Z + 15 min.)"
            ),
            (
                .urlExpired(expiresAt: "20140325T143453Z", now: "20140325T145251Z"), "InvalidSignatureException",
                "Signature expired: the URL was valid until 20140325T143453Z, and it is 20140325T145251Z now."
            ),
            (
                .invalidExpires("0"), "IncompleteSignatureException",
                "X-Amz-Expires must be a number of seconds from 1 to 604800. Got '0'."
            ),
            (
                .unsignedHeader("host"), "InvalidSignatureException",
                "'Host' must be a 'SignedHeader' in the AWS Authorization."
            ),
            (
                .unsignedHeader("x-amz-target"), "InvalidSignatureException",
                "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization."
            ),
            (
                .unsupportedAlgorithm("AWS4-HMAC-SHA25"), "IncompleteSignatureException",
                "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA25' (only AWS4-HMAC-SHA256 for now). "
            ),
            (
                .malformedCredential("a/b/c/d"), "IncompleteSignatureException",
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
                    + "got 'a/b/c/d'"
            ),
            (
                .wrongScope(
                    region: "c", service: "d", terminator: "e",
                    date: .init(scopeDate: "b", expected: "20130609", requestDate: "20130609T095204Z")),
                "InvalidSignatureException",
                "Credential should be scoped to a valid region, not 'c'. Credential should be scoped to correct service: "
                    + "'codepipeline'. Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. Date "
                    + "in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: 'b' != "
                    + "'20130609', from '20130609T095204Z'."
            ),
            (
                .unknownAccessKey, "UnrecognizedClientException",
                "The security token included in the request is invalid."
            ),
            (
                .signatureMismatch(canonicalRequest: "CANONICAL", stringToSign: "STRING"), "InvalidSignatureException",
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
                    + "Access Key and signing method. Consult the service documentation for details.\n\nThe Canonical "
                    + "String for this request should have been\n'CANONICAL'\n\nThe String-to-Sign should have been\n"
                    + "'STRING'\n"
            ),
            (
                .invalidSessionToken, "UnrecognizedClientException",
                "The security token included in the request is invalid"
            ),
        ] as [(SignatureError, String, String)])
    func texts(_ error: SignatureError, _ code: String, _ message: String) {
        #expect(error.serviceError == AWSServiceError(code, message, httpStatus: 400))
    }
}

@Suite("The Date header")
struct HTTPDateTests {
    @Test(
        "Dates are those of RFC 9110",
        arguments: [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
            (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"), (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        ] as [(Int64, String)])
    func format(_ second: Int64, _ text: String) {
        #expect(HTTPDate.format(second) == text)
    }
}
