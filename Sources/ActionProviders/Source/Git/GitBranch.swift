/// The name of a branch, checked: it can stand in a refspec and never be taken for an option.
package struct GitBranch: Hashable, Sendable, CustomStringConvertible {
    /// Without `refs/heads/`.
    package let name: String

    /// Takes what `git check-ref-format --branch` takes, up to ``GitLimits/branchBytesMax`` bytes, and no more.
    package init(_ name: String) throws(GitError) {
        if let reason = Self.defect(of: name) {
            throw GitError(
                .invalidBranch,
                "The branch name '\(name.shown(charactersMax: 100))' \(reason). Correct it in the source action.")
        }
        self.name = name
    }

    package var description: String { name }

    /// The full name of the ref.
    package var ref: String { "refs/heads/\(name)" }

    /// What is wrong with a name, as the end of a sentence; nil if nothing is.
    private static func defect(of name: String) -> String? {
        if name.isEmpty { return "is empty" }
        if name.utf8.count > GitLimits.branchBytesMax { return "is longer than \(GitLimits.branchBytesMax) bytes" }
        if name.hasPrefix("-") { return "begins with '-'" }
        if name == "@" || name == "HEAD" { return "is not a branch" }
        if name.unicodeScalars.contains(where: { $0.value < 0x21 || $0.value == 0x7F }) {
            return "holds a space or a control character"
        }
        if let character = name.first(where: { "~^:?*[\\".contains($0) }) { return "holds '\(character)'" }
        if name.contains("..") || name.contains("@{") || name.contains("//") {
            return "holds '..', '@{' or '//'"
        }
        if name.hasSuffix(".") || name.hasPrefix("/") || name.hasSuffix("/") {
            return "ends with '.' or '/', or begins with '/'"
        }
        if name.split(separator: "/").contains(where: { $0.hasPrefix(".") || $0.hasSuffix(".lock") }) {
            return "has a part that begins with '.' or ends with '.lock'"
        }
        return nil
    }
}
