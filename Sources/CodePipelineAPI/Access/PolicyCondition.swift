/// One condition of a policy statement: an operator, a key, and values of which one must fit.
///
/// Keys are compared without regard to case, as IAM does. A negated operator holds where the request has no such key; the
/// others don't.
package struct PolicyCondition: Sendable, Equatable {
    /// The keys that exist here. AWS has more; a policy that names one of those is refused, because it would never hold
    /// (or always).
    package enum Key: String, CaseIterable, Sendable {
        case userName = "aws:username"
        case principalArn = "aws:PrincipalArn"
        case principalAccount = "aws:PrincipalAccount"
        case principalType = "aws:PrincipalType"
        case sourceIP = "aws:SourceIp"
        case secureTransport = "aws:SecureTransport"
        case currentTime = "aws:CurrentTime"
        case epochTime = "aws:EpochTime"
        case requestedRegion = "aws:RequestedRegion"
        case userAgent = "aws:UserAgent"
    }

    package enum Operator: String, CaseIterable, Sendable {
        case stringEquals = "StringEquals"
        case stringNotEquals = "StringNotEquals"
        case stringLike = "StringLike"
        case stringNotLike = "StringNotLike"
        case bool = "Bool"
        case ipAddress = "IpAddress"
        case notIPAddress = "NotIpAddress"
        case dateLessThan = "DateLessThan"
        case dateGreaterThan = "DateGreaterThan"

        /// The keys whose values it can compare.
        package var keys: [Key] {
            switch self {
            case .stringEquals, .stringNotEquals, .stringLike, .stringNotLike:
                [.userName, .principalArn, .principalAccount, .principalType, .requestedRegion, .userAgent]
            case .bool: [.secureTransport]
            case .ipAddress, .notIPAddress: [.sourceIP]
            case .dateLessThan, .dateGreaterThan: [.currentTime, .epochTime]
            }
        }
    }

    /// Why a condition can't be evaluated, in words that follow the condition's name.
    package struct Problem: Error, Equatable {
        package let text: String
    }

    /// The values, ready to be compared.
    private enum Values: Equatable {
        case equal([String])
        case like([WildcardPattern])
        case bool([Bool])
        case addresses([IPAddressRange])
        case before([Int64])
        case after([Int64])
    }

    package let key: Key
    private let values: Values
    private let isNegated: Bool

    /// - Parameters:
    ///   - key: as the policy writes it.
    ///   - values: at least one.
    package init(_ operation: Operator, key name: String, values: [String]) throws(Problem) {
        guard let key = Key.allCases.first(where: { $0.rawValue.lowercased() == name.lowercased() }) else {
            throw Problem(
                text: "is not a key that exists here; \(operation.rawValue) takes "
                    + operation.keys.map(\.rawValue).joined(separator: ", "))
        }
        guard operation.keys.contains(key) else {
            let fitting = Operator.allCases.filter { $0.keys.contains(key) }.map(\.rawValue)
            throw Problem(text: "can't be compared with \(operation.rawValue); use \(fitting.joined(separator: ", "))")
        }
        guard !values.isEmpty else { throw Problem(text: "has no value") }
        self.key = key
        isNegated = [.stringNotEquals, .stringNotLike, .notIPAddress].contains(operation)
        self.values = try Self.values(values, of: operation)
    }

    private static func values(_ texts: [String], of operation: Operator) throws(Problem) -> Values {
        switch operation {
        case .stringEquals, .stringNotEquals: .equal(texts)
        case .stringLike, .stringNotLike: .like(texts.map { WildcardPattern($0) })
        case .bool: .bool(try parsed(texts, as: "true or false") { Bool($0.lowercased()) })
        case .ipAddress, .notIPAddress:
            .addresses(try parsed(texts, as: "an address or a range, as 203.0.113.0/24", IPAddressRange.init))
        case .dateLessThan: .before(try dates(texts))
        case .dateGreaterThan: .after(try dates(texts))
        }
    }

    private static func dates(_ texts: [String]) throws(Problem) -> [Int64] {
        try parsed(texts, as: "a date, as 2026-01-31T12:00:00Z", PolicyDate.milliseconds)
    }

    private static func parsed<Value>(
        _ texts: [String], as form: String, _ parse: (String) -> Value?
    ) throws(Problem) -> [Value] {
        var values: [Value] = []
        for text in texts {
            guard let value = parse(text) else { throw Problem(text: "has '\(text)', which is not \(form)") }
            values.append(value)
        }
        return values
    }

    /// Whether the request meets it.
    package func holds(for request: AccessRequest) -> Bool {
        guard let fits = fits(request) else { return isNegated }
        return fits != isNegated
    }

    /// Whether one of the values fits; nil where the request has no such key.
    private func fits(_ request: AccessRequest) -> Bool? {
        switch values {
        case .equal(let texts): Self.text(of: key, in: request).map { text in texts.contains { $0 == text } }
        case .like(let patterns): Self.text(of: key, in: request).map { text in patterns.contains { $0.matches(text) } }
        case .bool(let values): values.contains(request.origin.isSecureTransport)
        case .addresses(let ranges):
            request.origin.sourceAddress.map { address in ranges.contains { $0.contains(address) } }
        case .before(let dates): dates.contains { request.origin.receivedAt < $0 }
        case .after(let dates): dates.contains { request.origin.receivedAt > $0 }
        }
    }

    private static func text(of key: Key, in request: AccessRequest) -> String? {
        switch key {
        case .userName: request.userName
        case .principalArn: request.principalArn
        case .principalAccount: request.accountID
        case .principalType: request.userName == nil ? "Account" : "User"
        case .requestedRegion: request.origin.region
        case .userAgent: request.origin.userAgent
        case .sourceIP, .secureTransport, .currentTime, .epochTime: nil
        }
    }
}
