import Yams

/// A value of the configuration file together with the place where it stands, read strictly: each error names the
/// file, the line and the key's whole path.
struct ConfigurationNode {
    private let node: Node
    /// For example `codeBuild.projects.web.memoryMiB`; empty for the document itself.
    let path: String
    private let file: String

    /// The largest configuration file that is read, in bytes.
    static let maximumFileBytes = 1024 * 1024

    /// The document's top; nil for an empty document.
    ///
    /// - Parameter file: the name for error messages.
    static func document(_ text: String, file: String) throws(CommandFailure) -> ConfigurationNode? {
        do {
            guard let node = try Yams.compose(yaml: text) else { return nil }
            let top = ConfigurationNode(node: node, path: "", file: file)
            return top.isNull ? nil : top
        } catch let error as YamlError {
            throw .usage("\(file)\(describe(error))")
        } catch {
            throw .usage("\(file) is not a YAML document: \(error)")
        }
    }

    private init(node: Node, path: String, file: String) {
        self.node = node
        self.path = path
        self.file = file
    }

    /// The error's own description quotes the file's lines, which may hold secrets.
    private static func describe(_ error: YamlError) -> String {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            ":\(mark.line): \(problem)"
        case .duplicatedKeysInMapping(let keys, _):
            ": these keys stand more than once in one mapping: \(keys.map(\.description).joined(separator: ", "))"
        default: " is not a YAML document in UTF-8"
        }
    }

    /// What a key without a value, `null` or `~` is: as if the key were absent.
    private var isNull: Bool {
        guard case .scalar(let scalar) = node, scalar.style == .plain else { return false }
        return ["", "~", "null"].contains(scalar.string)
    }

    /// A failure that names this value.
    func failure(_ problem: String) -> CommandFailure {
        let line = node.mark.map { ":\($0.line)" } ?? ""
        return .usage("\(file)\(line): \(path.isEmpty ? "the file" : path) \(problem)")
    }

    // MARK: Mappings and lists

    /// The members of a mapping whose keys are all known.
    struct Members {
        fileprivate let owner: ConfigurationNode
        fileprivate var nodes: [String: ConfigurationNode] = [:]

        subscript(key: String) -> ConfigurationNode? { nodes[key] }

        func required(_ key: String) throws(CommandFailure) -> ConfigurationNode {
            guard let node = nodes[key] else { throw owner.failure("lacks the key \(key)") }
            return node
        }
    }

    /// Reads a mapping; a key that is not among the known ones is an error.
    func members(_ known: Set<String>) throws(CommandFailure) -> Members {
        var members = Members(owner: self)
        for entry in try entries() {
            guard known.contains(entry.key) else {
                throw entry.value.failure("is not a known key; known here: \(known.sorted().joined(separator: ", "))")
            }
            if !entry.value.isNull { members.nodes[entry.key] = entry.value }
        }
        return members
    }

    /// Reads a mapping whose keys are names of the user's.
    func entries() throws(CommandFailure) -> [(key: String, value: ConfigurationNode)] {
        guard case .mapping(let mapping) = node else { throw failure("must be a mapping of keys to values") }
        var entries: [(key: String, value: ConfigurationNode)] = []
        for (key, value) in mapping {
            guard case .scalar(let scalar) = key else { throw failure("has a key that is no text") }
            let name = scalar.string
            entries.append(
                (name, ConfigurationNode(node: value, path: path.isEmpty ? name : "\(path).\(name)", file: file)))
        }
        return entries
    }

    func list() throws(CommandFailure) -> [ConfigurationNode] {
        guard case .sequence(let sequence) = node else { throw failure("must be a list") }
        return sequence.enumerated().map {
            ConfigurationNode(node: $0.element, path: "\(path)[\($0.offset + 1)]", file: file)
        }
    }

    /// A list, or one mapping in a list's place (as IAM policies allow).
    func listOrOne() throws(CommandFailure) -> [ConfigurationNode] {
        if case .mapping = node { return [self] }
        return try list()
    }

    /// A list of texts, or one text in a list's place (as IAM policies allow).
    func textOrList() throws(CommandFailure) -> [String] {
        if case .scalar = node { return [try text()] }
        return try texts()
    }

    func texts() throws(CommandFailure) -> [String] {
        var texts: [String] = []
        for element in try list() { texts.append(try element.text()) }
        return texts
    }

    // MARK: Scalars

    /// A text of at least one character.
    func text() throws(CommandFailure) -> String {
        let text = try anyText()
        guard !text.isEmpty else { throw failure("must not be empty") }
        return text
    }

    /// A text, which may be empty.
    func anyText() throws(CommandFailure) -> String {
        guard case .scalar(let scalar) = node else { throw failure("must be a text") }
        return scalar.string
    }

    func bool() throws(CommandFailure) -> Bool {
        switch try plain() {
        case "true": return true
        case "false": return false
        default: throw failure("must be true or false")
        }
    }

    func integer(_ range: ClosedRange<Int>) throws(CommandFailure) -> Int {
        guard let text = try plain(), let value = Int(text), range.contains(value) else {
            throw failure("must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// A duration in whole seconds, up to 100 years.
    func seconds(atLeast minimum: Int = 1) throws(CommandFailure) -> Int64 {
        Int64(try integer(minimum...3_153_600_000))
    }

    func oneOf<Choice: RawRepresentable & CaseIterable>(
        _ type: Choice.Type
    ) throws(CommandFailure) -> Choice where Choice.RawValue == String {
        guard let choice = Choice(rawValue: try text()) else {
            throw failure("must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    /// The text of an unquoted scalar.
    private func plain() throws(CommandFailure) -> String? {
        guard case .scalar(let scalar) = node, scalar.style == .plain else { return nil }
        return scalar.string
    }
}
