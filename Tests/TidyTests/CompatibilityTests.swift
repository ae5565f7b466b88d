import Testing

/// `docs/compatibility.md` says what the code does.
@Suite struct CompatibilityTests {
    private static func text(_ path: String) throws -> String {
        try #require(SourceTree.files.first { $0.path == path }?.text, "\(path) is not there")
    }

    @Test("The table of operations lists all of the model, and as served those that are answered")
    func operationsAreListed() throws {
        let document = try Self.text("docs/compatibility.md")
        let cases = try Self.text("Sources/CodePipelineWire/Generated/CodePipelineOperation.swift")
            .matches(of: /case (\w+) = "(\w+)"/)
        let answer = try Self.text("Sources/CodePipelineAPI/CodePipelineOperations+answer.swift")
        #expect(cases.count == 44)
        for operation in cases {
            let isServed = answer.contains("case .\(operation.output.1):")
            let row = "| \(operation.output.2) | \(isServed ? "served" : "`UnknownOperationException`") |"
            #expect(document.contains(row), "docs/compatibility.md: make it \(row)")
        }
    }

    @Test("Every file with a guess about AWS is listed, and no other")
    func guessesAreListed() throws {
        let document = try Self.text("docs/compatibility.md")
        // Only the table of guesses has paths in its first column.
        let listed = Set(document.matches(of: /\n\| `([^`]+\.swift)` \|/).map { String($0.output.1) })
        let marked = SourceTree.sources.filter { $0.text.contains("Guess") || $0.text.contains("a guess there") }
            .map { String($0.path.dropFirst("Sources/".count)) }
        #expect(Set(marked).subtracting(listed) == [], "files with a guess that docs/compatibility.md does not list")
        #expect(listed.subtracting(marked) == [], "files in docs/compatibility.md that have no guess any more")
    }

    @Test("A test that the table names by its text is there")
    func testsAreThere() throws {
        let document = try Self.text("docs/compatibility.md")
        let tests = SourceTree.files.filter { $0.path.hasPrefix("Tests/") && $0.isSwift }
        let named = document.matches(of: /\| "([^"|]+)" \|\n/).map { String($0.output.1) }
        #expect(!named.isEmpty)
        for name in named {
            #expect(tests.contains { $0.text.contains("\"\(name)\"") }, "no test says: \(name)")
        }
        for match in document.matches(of: /\| ((?:\w+\/)+[\w.]+) \|\n/) {
            let path = "Tests/\(match.output.1)"
            #expect(SourceTree.files.contains { $0.path == path }, "\(path) is not there")
        }
    }
}
