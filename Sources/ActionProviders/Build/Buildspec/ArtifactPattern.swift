/// A pattern of `artifacts.files` or `exclude-paths`: `*` and `?` stand for what has no `/` in it, `[…]` for one of some
/// characters, `**` for any folders.
struct ArtifactPattern {
    private enum Part {
        /// `**`
        case anyFolders
        case name([Character])
    }

    private let parts: [Part]
    /// No special characters: a folder of this name stands for all that is in it.
    let isLiteral: Bool
    let text: String

    /// A leading `./` and a trailing `/` mean nothing.
    init(_ text: String) {
        self.text = text
        let names = text.split(separator: "/").filter { $0 != "." }
        parts = names.map { $0 == "**" ? .anyFolders : .name(Array($0)) }
        isLiteral = !text.contains { "*?[\\".contains($0) }
    }

    /// Whether a file's path, relative to the base folder, is meant.
    func matches(_ path: String) -> Bool {
        let names = path.split(separator: "/").map(Array.init)
        if match(parts[...], names[...]) { return true }
        // A literal folder: all that is below it.
        guard isLiteral, !parts.isEmpty, names.count > parts.count else { return false }
        return match(parts[...], names.prefix(parts.count))
    }

    /// Which rests of a path fit is worked out part by part, so that many `**` cost no more than one.
    private func match(_ parts: ArraySlice<Part>, _ names: ArraySlice<[Character]>) -> Bool {
        // reachable[i]: the parts so far can stand for the first i names.
        var reachable = [Bool](repeating: false, count: names.count + 1)
        reachable[0] = true
        for part in parts {
            var next = [Bool](repeating: false, count: names.count + 1)
            switch part {
            case .anyFolders:
                var isOpen = false
                for index in 0...names.count {
                    isOpen = isOpen || reachable[index]
                    next[index] = isOpen
                }
            case .name(let pattern):
                for index in 0..<names.count where reachable[index] {
                    next[index + 1] = Self.match(pattern, names[names.startIndex + index])
                }
            }
            reachable = next
        }
        return reachable[names.count]
    }

    /// One name, by the same method.
    private static func match(_ pattern: [Character], _ name: [Character]) -> Bool {
        var reachable = [Bool](repeating: false, count: name.count + 1)
        reachable[0] = true
        var index = 0
        while index < pattern.count {
            var next = [Bool](repeating: false, count: name.count + 1)
            if pattern[index] == "*" {
                var isOpen = false
                for position in 0...name.count {
                    isOpen = isOpen || reachable[position]
                    next[position] = isOpen
                }
                index += 1
            } else {
                let (length, fits) = single(pattern[index...])
                for position in 0..<name.count where reachable[position] { next[position + 1] = fits(name[position]) }
                index += length
            }
            reachable = next
        }
        return reachable[name.count]
    }

    /// What stands for one character at the front of a pattern, and how long it is.
    private static func single(_ pattern: ArraySlice<Character>) -> (length: Int, fits: (Character) -> Bool) {
        guard let first = pattern.first else { return (1, { _ in false }) }
        switch first {
        case "?": return (1, { _ in true })
        case "\\" where pattern.count > 1:
            let literal = pattern[pattern.startIndex + 1]
            return (2, { $0 == literal })
        case "[":
            var body = pattern.dropFirst()
            let isNegated = body.first == "!" || body.first == "^"
            if isNegated { body = body.dropFirst() }
            guard let end = body.dropFirst().firstIndex(of: "]") else { return (1, { $0 == "[" }) }
            let set = Array(body[..<end])
            return (end - pattern.startIndex + 1, { contains(set, $0) != isNegated })
        default: return (1, { $0 == first })
        }
    }

    private static func contains(_ set: [Character], _ character: Character) -> Bool {
        var index = 0
        while index < set.count {
            if index + 2 < set.count, set[index + 1] == "-" {
                if set[index] <= character, character <= set[index + 2] { return true }
                index += 3
            } else {
                if set[index] == character { return true }
                index += 1
            }
        }
        return false
    }
}
