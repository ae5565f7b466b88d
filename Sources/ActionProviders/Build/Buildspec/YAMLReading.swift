/// Reads typed values out of a tree; errors name line and key.
struct YAMLMap {
    let path: String
    let line: Int
    private let pairs: [(key: String, line: Int, value: YAMLTree)]
    private let known: Set<String>

    /// - Parameters:
    ///   - path: how errors call this map; empty for the file itself.
    ///   - known: its keys; others are collected by ``unknownKeys``. Nil: the keys are the user's own.
    init(_ tree: YAMLTree, path: String, known: Set<String>? = nil) throws(BuildspecError) {
        self.path = path
        line = tree.line
        switch tree.content {
        case .map(let pairs): self.pairs = pairs
        case .nothing: pairs = []
        case .text, .list:
            throw BuildspecError("\(path.isEmpty ? "the file" : path) must be a map of keys to values", line: tree.line)
        }
        self.known = known ?? Set(pairs.map(\.key))
    }

    var keys: [String] { pairs.map(\.key) }

    /// Notes on keys that a buildspec does not have here.
    var unknownKeys: [String] {
        pairs.filter { !known.contains($0.key) }
            .map { "line \($0.line): \(name($0.key)) is not a key that buildspecs have; it has no effect" }
    }

    /// The first key that a buildspec does not have here.
    var firstUnknown: (key: String, line: Int)? {
        pairs.first { !known.contains($0.key) }.map { ($0.key, $0.line) }
    }

    func name(_ key: String) -> String {
        let shown = EntryPath.shown(key)
        return path.isEmpty ? shown : "\(path).\(shown)"
    }

    subscript(_ key: String) -> YAMLTree? {
        pairs.first { $0.key == key }?.value
    }

    func text(_ key: String) throws(BuildspecError) -> String? {
        guard let tree = self[key] else { return nil }
        return try Self.text(tree, name: name(key))
    }

    static func text(_ tree: YAMLTree, name: String) throws(BuildspecError) -> String? {
        switch tree.content {
        case .text(let text): return text
        case .nothing: return nil
        case .list, .map: throw BuildspecError("\(name) must be text", line: tree.line)
        }
    }

    /// `yes`, `no`, `true`, `false`.
    func flag(_ key: String) throws(BuildspecError) -> Bool? {
        guard let text = try text(key) else { return nil }
        switch text.lowercased() {
        case "yes", "true", "on": return true
        case "no", "false", "off": return false
        default:
            throw BuildspecError(
                "\(name(key)) must be yes or no, not '\(EntryPath.shown(text))'", line: self[key]?.line)
        }
    }

    /// A list of texts; absent and empty are the same.
    ///
    /// - Parameter takesOne: whether a text alone is a list of one, as CodeBuild takes file patterns.
    func texts(_ key: String, takesOne: Bool = false) throws(BuildspecError) -> [String] {
        guard let tree = self[key] else { return [] }
        switch tree.content {
        case .nothing: return []
        case .list(let items):
            var texts: [String] = []
            for (index, item) in items.enumerated() {
                switch item.content {
                case .text(let text): texts.append(text)
                case .nothing: texts.append("")
                case .list, .map:
                    throw BuildspecError(
                        "\(name(key))[\(index)] must be text; quote it if it has a colon followed by a space",
                        line: item.line)
                }
            }
            return texts
        case .text(let text) where takesOne:
            return [text]
        case .text, .map:
            throw BuildspecError("\(name(key)) must be a list (lines that begin with '- ')", line: tree.line)
        }
    }

    func map(_ key: String, known: Set<String>? = nil) throws(BuildspecError) -> YAMLMap? {
        guard let tree = self[key] else { return nil }
        return try YAMLMap(tree, path: name(key), known: known)
    }
}
