import Yams

/// A YAML file as a tree of text, lists and maps, within limits; aliases are followed, tags and merge keys refused.
struct YAMLTree {
    enum Content {
        case text(String)
        /// Nothing, or `null`.
        case nothing
        case list([YAMLTree])
        /// With the line of each key.
        case map([(key: String, line: Int, value: YAMLTree)])
    }

    /// Size of a file.
    static let maximumBytes = 1 << 20
    /// Values in a tree, those that an alias repeats counted each time.
    static let maximumNodes = 20_000
    /// Levels below the root.
    static let maximumDepth = 30
    /// Aliases in a file.
    static let maximumAliases = 20

    let content: Content
    /// Counted from 1.
    let line: Int

    init(parsing text: String) throws(BuildspecError) {
        guard text.utf8.count <= Self.maximumBytes else {
            throw BuildspecError("the file is larger than \(Self.maximumBytes) bytes")
        }
        // Yams hashes map keys with all that their aliases stand for: what nests aliases must not get that far.
        let aliases = Self.aliasLines(text)
        guard aliases.count <= Self.maximumAliases else {
            throw BuildspecError(
                "the file has more than \(Self.maximumAliases) aliases (*name)", line: aliases[Self.maximumAliases])
        }
        // The mark that some editors put before a text is no part of it.
        let text = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        let root: Node?
        do {
            root = try Parser(yaml: text).singleRoot()
        } catch let error as YamlError {
            throw Self.readable(error)
        } catch {
            throw BuildspecError("it is not YAML: \(error)")
        }
        guard let root else { throw BuildspecError("the file is empty") }
        var budget = Self.maximumNodes
        self = try Self(root, depth: 0, budget: &budget)
    }

    private init(_ node: Node, depth: Int, budget: inout Int) throws(BuildspecError) {
        let line = node.mark?.line ?? 1
        self.line = line
        budget -= 1
        guard budget > 0 else {
            throw BuildspecError(
                "there are more than \(Self.maximumNodes) values, aliases counted each time", line: line)
        }
        guard depth <= Self.maximumDepth else {
            throw BuildspecError("values are nested more than \(Self.maximumDepth) levels deep", line: line)
        }
        try Self.checkTag(node, line: line)
        switch node {
        case .scalar(let scalar):
            let isNull = scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
            content = isNull ? .nothing : .text(scalar.string)
        case .sequence(let sequence):
            var items: [YAMLTree] = []
            for item in sequence { items.append(try YAMLTree(item, depth: depth + 1, budget: &budget)) }
            content = .list(items)
        case .mapping(let mapping):
            var pairs: [(key: String, line: Int, value: YAMLTree)] = []
            for (key, value) in mapping {
                let keyLine = key.mark?.line ?? line
                guard case .scalar(let scalar) = key else { throw BuildspecError("a key must be text", line: keyLine) }
                guard scalar.string != "<<" else {
                    throw BuildspecError("merge keys (<<) are not served: write the keys out", line: keyLine)
                }
                try Self.checkTag(key, line: keyLine)
                let tree = try YAMLTree(value, depth: depth + 1, budget: &budget)
                pairs.append((scalar.string, keyLine, tree))
            }
            content = .map(pairs)
        case .alias:
            throw BuildspecError("the alias stands for nothing", line: line)
        }
    }

    private static func checkTag(_ node: Node, line: Int) throws(BuildspecError) {
        let written =
            switch node {
            case .scalar(let scalar): scalar.tag.rawValue
            case .sequence(let sequence): sequence.tag.rawValue
            case .mapping(let mapping): mapping.tag.rawValue
            case .alias: ""
            }
        guard
            written.isEmpty || written == "!" || written.hasPrefix("tag:yaml.org,2002:") && !written.contains("python")
        else {
            throw BuildspecError("tags such as '\(EntryPath.shown(written))' are not served", line: line)
        }
    }

    /// The line of each `*name` where `&name` is in the text as well: shell text in commands has stars of its own.
    private static func aliasLines(_ text: String) -> [Int] {
        var anchors: Set<Substring> = []
        var aliases: [(name: Substring, line: Int)] = []
        var line = 1
        var index = text.utf8.startIndex
        while index < text.utf8.endIndex {
            let byte = text.utf8[index]
            let next = text.utf8.index(after: index)
            index = next
            if byte == UInt8(ascii: "\n") { line += 1 }
            guard byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*") else { continue }
            while index < text.utf8.endIndex, isNameByte(text.utf8[index]) { index = text.utf8.index(after: index) }
            guard index > next else { continue }
            if byte == UInt8(ascii: "&") {
                anchors.insert(text[next..<index])
            } else {
                aliases.append((text[next..<index], line))
            }
        }
        return aliases.filter { anchors.contains($0.name) }.map(\.line)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private static func readable(_ error: YamlError) -> BuildspecError {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            BuildspecError("it is not YAML: \(problem)", line: mark.line)
        case .duplicatedKeysInMapping(let duplicates, let context):
            BuildspecError(
                "the key \(duplicates.map { "'\(EntryPath.shown($0))'" }.joined(separator: ", ")) is there twice",
                line: context.mark.line)
        case .reader(let problem, _, _, _): BuildspecError("it is not YAML: \(problem)")
        default: BuildspecError("it is not YAML")
        }
    }
}
