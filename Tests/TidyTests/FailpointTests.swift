import Testing

/// Every commit and every effect outside the database has its failpoint, and every failpoint its crash test.
@Suite struct FailpointTests {
    /// Calls after which something is on disk or out of the house, and what stands between the pairs of them.
    static let effects = [
        "observer.commit()", "fdatasync(", "check(rename(", "rename(from,", "index.put(", "index.delete(",
        "index.completeUpload(",
        "publisher.publish(", "removeFiles(of:", "copy(to: copy.path",
    ]

    /// Files with such a call that need no failpoint, and why.
    static let without: [String: String] = [
        // It publishes and commits as a put does, and `committed` stands behind both.
        "Sources/ArtifactStorage/ObjectStore+Multipart.swift": "index.completeUpload(",
        // The redo log, whose file it is, has `redoWritten` in front of it and `commitAfter` behind it.
        "Sources/PipelineStoreSQLite/BlockFile.swift": "fdatasync(",
    ]

    static var cases: [(name: String, text: String)] {
        guard let file = SourceTree.sources.first(where: { $0.path == "Sources/Failpoints/Failpoint.swift" }) else {
            return []
        }
        return file.text.matches(of: /case (\w+) = "([a-z.-]+)"/).map { (String($0.output.1), String($0.output.2)) }
    }

    @Test("Each failpoint is reached at one place")
    func reached() {
        #expect(Self.cases.count > 10)
        for (name, _) in Self.cases {
            let places = SourceTree.sources.filter { $0.target != "Failpoints" }.flatMap { file in
                file.code.filter { $0.contains("Failpoint.\(name).") }
            }
            #expect(places.count == 1, "Failpoint.\(name) is reached at \(places.count) places")
        }
    }

    @Test("A file that commits or does what can't be undone has a failpoint beside it")
    func covered() {
        for file in SourceTree.sources where !LayeringTests.tools.contains(file.target) {
            for effect in Self.effects where file.code.contains(where: { $0.contains(effect) }) {
                if Self.without[file.path] == effect { continue }
                #expect(
                    file.text.contains("Failpoint."),
                    "\(file.path) calls \(effect) and has no failpoint: add one, and its crash test")
            }
        }
        for effect in Self.effects {
            let stands = SourceTree.sources.contains { $0.code.contains { $0.contains(effect) } }
            #expect(stands, "\(effect) stands nowhere")
        }
    }

    @Test("The crash tests know a way to each failpoint")
    func tested() {
        let tests = SourceTree.files.first { $0.path == "Tests/ClientTests/failpoints.py" }?.text ?? ""
        for (_, text) in Self.cases {
            #expect(tests.contains("\"\(text)\""), "Tests/ClientTests/failpoints.py has no way to \(text)")
        }
    }
}
