/// A path as the system tells one from another: by its bytes.
///
/// As texts, two spellings of a letter (`ü` in one code point, and in two) are equal in Swift, and are two files; and
/// Swift sees no `/` where a combining mark follows it, and the system does.
struct PathBytes: Hashable, Comparable, Sendable {
    private let bytes: [UInt8]

    init(_ path: String) {
        bytes = Array(path.utf8)
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    static func < (one: PathBytes, other: PathBytes) -> Bool {
        one.bytes.lexicographicallyPrecedes(other.bytes)
    }

    /// Whether a path stands before another one in the order of their bytes.
    static func areInOrder(_ one: String, _ other: String) -> Bool {
        one.utf8.lexicographicallyPrecedes(other.utf8)
    }

    /// The names of a path, without the empty ones.
    static func names(of path: String) -> [String] {
        path.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
    }

    static func isAbsolute(_ path: String) -> Bool {
        path.utf8.first == UInt8(ascii: "/")
    }
}
