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

    @Test("Every test that a table names in its column 'test' is there")
    func testsAreThere() throws {
        let tests = NamedTests(SourceTree.files)
        var named = 0
        for table in DocumentTable.tables(in: try Self.text("docs/compatibility.md")) {
            guard let column = table.header.firstIndex(of: "test") else { continue }
            for row in table.rows {
                guard row.count == table.header.count else {
                    Issue.record("docs/compatibility.md: \(row) has not the \(table.header.count) columns of its table")
                    continue
                }
                named += 1
                if let problem = tests.problem(with: row[column]) {
                    Issue.record("docs/compatibility.md: '\(row[0])' with \(row[column]): \(problem)")
                }
            }
        }
        #expect(named > 20)
    }

    @Test("A test that is not there is noticed: a text, a file, a function, a case")
    func missingTestsAreNoticed() {
        let tests = NamedTests([
            SourceTree.File(path: "Tests/ATests/One.swift", text: "@Test(\"It holds; always\") func one() {}"),
            SourceTree.File(
                path: "Tests/ClientTests/test_a.py", text: "CASES = {\"3.1-two\": 1}\ndef test_one(case):\n"),
        ])
        let client = "ClientTests/test_a.py"
        let good = ["\"It holds; always\"", client, "\(client)::test_one[3.1-two]; \"It holds; always\"; \(client)"]
        for cell in good { #expect(tests.problem(with: cell) == nil) }
        let bad = [
            "", "none", "\"It holds\"", "ATests/Two.swift", "\(client)::test_two", "\(client)::test_one[3.1-three]",
            "\"It holds; always\" and more", "\(client)::test_one; \(client)::test_two",
        ]
        for cell in bad { #expect(tests.problem(with: cell) != nil, "\(cell)") }
    }

    @Test("The tables of a document are read with their columns")
    func tablesAreRead() {
        let tables = DocumentTable.tables(in: "a\n| b | |\n|---|---|\n| c | d |\n| e|\n\n| f |\n|---|\n")
        #expect(tables.map(\.header) == [["b", ""], ["f"]])
        #expect(tables.map(\.rows) == [[["c", "d"], ["e"]], []])
    }
}
