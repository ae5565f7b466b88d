import AWSSigning

/// A request's headers by lower-case name; values of a name that stands more than once are joined with a comma.
struct S3Headers: Sendable {
    private var values: [String: String] = [:]

    init(_ headers: [(name: String, value: String)]) {
        for header in headers {
            let name = header.name.lowercased()
            values[name] = values[name].map { "\($0),\(header.value)" } ?? header.value
        }
    }

    /// By lower-case name.
    subscript(name: String) -> String? { values[name] }

    /// Names and values of those that begin so, in lower case and without the beginning.
    func all(prefixed prefix: String) -> [String: String] {
        var found: [String: String] = [:]
        for (name, value) in values where name.hasPrefix(prefix) { found[String(name.dropFirst(prefix.count))] = value }
        return found
    }
}
