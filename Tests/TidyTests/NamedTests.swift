/// The tests that a document can name.
struct NamedTests {
    /// Every text that stands between quotes in one line of a Swift test.
    private let texts: Set<Substring>
    /// The text of each file below `Tests`, by its path from there.
    private let files: [String: String]

    /// - Parameter tree: the tree's files, of which those below `Tests` count.
    init(_ tree: [SourceTree.File]) {
        let tests = tree.filter { $0.path.hasPrefix("Tests/") }
        files = Dictionary(uniqueKeysWithValues: tests.map { (String($0.path.dropFirst("Tests/".count)), $0.text) })
        texts = Set(tests.filter(\.isSwift).flatMap(\.lines).flatMap { $0.split(separator: "\"") })
    }

    /// What is wrong with a cell that names tests; nil where all of them are there.
    ///
    /// - Parameter cell: texts of Swift tests in quotes, files below `Tests`, and client tests as
    ///   `file::function[id]`, separated by semicolons.
    func problem(with cell: String) -> String? {
        let form = /"(?<text>[^"]+)"|(?<file>(?:\w+\/)+[\w.]+)(?<names>(?:::\w+)*)(?:\[(?<id>[^\]]+)\])?/
        let references = cell.matches(of: form)
        guard !references.isEmpty else { return "it names no test" }
        guard cell.replacing(form, with: "").allSatisfy({ $0 == ";" || $0 == " " }) else {
            return "it holds something else"
        }
        for reference in references {
            if let text = reference.output.text {
                if !texts.contains(text) { return "no Swift test says \"\(text)\"" }
                continue
            }
            guard let file = reference.output.file, let text = files[String(file)] else {
                return "Tests/\(reference.output.file ?? "") is not there"
            }
            for name in (reference.output.names ?? "").split(separator: "::")
            where !text.contains("def \(name)(") && !text.contains("class \(name)") {
                return "Tests/\(file) has no \(name)"
            }
            if let id = reference.output.id, !text.contains("\"\(id)\"") {
                return "Tests/\(file) has no case \"\(id)\""
            }
        }
        return nil
    }
}
