import AWSSigning
import Testing

/// One change to a good request, and why the request must then be refused.
struct RequestMutation: Sendable, CustomTestStringConvertible {
    enum Expected: Sendable {
        case error(SignatureError)
        /// The texts of a mismatch are not compared.
        case mismatch
    }

    var name: String
    var expected: Expected
    var change: @Sendable (inout HTTPRequestHead) -> Void

    var testDescription: String { name }

    init(_ name: String, _ error: SignatureError, _ change: @escaping @Sendable (inout HTTPRequestHead) -> Void) {
        self.name = name
        self.expected = .error(error)
        self.change = change
    }

    init(mismatch name: String, _ change: @escaping @Sendable (inout HTTPRequestHead) -> Void) {
        self.name = name
        self.expected = .mismatch
        self.change = change
    }

    /// Applies the change and expects the refusal.
    func expectRefusal(
        of good: HTTPRequestHead, by verifier: RequestVerifier, key: SigningCredentials = SignedRequests.key,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        var request = good
        change(&request)
        do {
            try SignedRequests.check(request, verifier, key: key)
            Issue.record("\(name): was accepted", sourceLocation: sourceLocation)
        } catch {
            switch (expected, error) {
            case (.mismatch, .signatureMismatch): break
            case (.mismatch, _): Issue.record("\(name): \(error)", sourceLocation: sourceLocation)
            case (.error(let expected), _): #expect(error == expected, sourceLocation: sourceLocation)
            }
        }
    }
}
