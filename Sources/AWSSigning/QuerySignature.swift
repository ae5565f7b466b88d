/// The parameters of a query string that say how a request is signed, decoded.
struct QuerySignature {
    /// Their names; case matters. The order is that of Settled 3.
    enum Name: String, CaseIterable {
        case algorithm = "X-Amz-Algorithm"
        case credential = "X-Amz-Credential"
        case date = "X-Amz-Date"
        case signedHeaders = "X-Amz-SignedHeaders"
        case signature = "X-Amz-Signature"
        case securityToken = "X-Amz-Security-Token"
        case expires = "X-Amz-Expires"
    }

    private var values: [Name: String] = [:]
    /// The first parameter that stands twice.
    private(set) var duplicate: Name?

    init(query: String) {
        if query.isEmpty { return }
        for pair in query.utf8.split(separator: UInt8(ascii: "&")) {
            let separator = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            let text = PercentEncoding.decodeQueryComponent(pair[..<separator])
            guard let name = Name(rawValue: text) else { continue }
            if values[name] != nil, duplicate == nil { duplicate = name }
            let value = separator == pair.endIndex ? pair[separator...] : pair[pair.index(after: separator)...]
            values[name] = PercentEncoding.decodeQueryComponent(value)
        }
    }

    subscript(name: Name) -> String? {
        values[name]
    }

    /// Whether the query string claims to carry a signature. Any of these parameters is enough, so that a request which
    /// leaves one out is refused and not taken for one without a signature.
    var isPresent: Bool {
        self[.algorithm] != nil || self[.credential] != nil || self[.signature] != nil
    }

    /// The names that are needed and absent or empty, in the order of Settled 3.
    func missing(expiresRequired: Bool) -> [Name] {
        Name.allCases.filter { name in
            if name == .securityToken || (name == .expires && !expiresRequired) { return false }
            return self[name]?.isEmpty ?? true
        }
    }
}
