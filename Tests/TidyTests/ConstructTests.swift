import Testing

/// Words that have no place in `Sources`, and why.
@Suite struct ConstructTests {
    struct Ban: Sendable, CustomTestStringConvertible {
        let pattern: String
        /// One of these stands in every text that the pattern finds; looked for first, because patterns are slow.
        let words: [String]
        /// What to do instead.
        let instead: String
        /// Files, or folders that end with `/`, where it stands for a reason. Such a list may only become shorter.
        var exceptions: [String] = []
        /// Whether it is banned in comments and strings too.
        var isInComments = false
        var testDescription: String { pattern }
    }

    static let bans = [
        Ban(
            pattern: #"\bfatalError\("#, words: ["fatalError"],
            instead: "preconditionFailure(\"Invalid state: …\") for the impossible, else throw"),
        Ban(pattern: #"\btry!"#, words: ["try!"], instead: "throw, or make the failure impossible"),
        Ban(
            pattern: #"(^|[^.\w])print\("#, words: ["print("], instead: "the logger, or Output.line in commands",
            exceptions: ["Sources/WireGenerator/"]),
        Ban(pattern: #"\bDate\(\)"#, words: ["Date("], instead: "take the time as a parameter"),
        Ban(pattern: #"\bDate\.now\b"#, words: ["Date.now"], instead: "take the time as a parameter"),
        Ban(
            pattern: #"\bUUID\(\)"#, words: ["UUID("], instead: "take the id, or an IDSource, as a parameter",
            exceptions: ["Sources/TestSupport/"]),
        Ban(
            pattern: #"(^|[^.\w])Task(\.detached)?\s*(\{|\()"#, words: ["Task"],
            instead: "a task group or a Service: a task that nobody waits for is lost",
            exceptions: [
                // They have to end although the task that runs them was cancelled; both are awaited.
                "Sources/ActionProviders/Build/CodeBuildProvider.swift",
                "Sources/ActionProviders/Build/BuildRun.swift",
                // Kept by job, cancelled and awaited by the dispatcher.
                "Sources/PipelineRuntime/JobDispatcher.swift",
                // The tool's main thread, which waits for it.
                "Sources/LoadGenerator/Engine/EngineExecutions.swift",
            ]),
        Ban(pattern: #"@unchecked Sendable"#, words: ["@unchecked"], instead: "Mutex from Synchronization"),
        Ban(
            pattern: #"nonisolated\(unsafe\)"#, words: ["nonisolated("], instead: "Mutex from Synchronization",
            exceptions: [
                // An immutable handle of the C library, which says that it may be shared.
                "Sources/ActionProviders/Archive/UTF8Locale.swift"
            ]),
        Ban(
            pattern: #"\b(NSLock|NSRecursiveLock|pthread_mutex_t|DispatchSemaphore)\b"#,
            words: ["NSLock", "NSRecursiveLock", "pthread_mutex_t", "DispatchSemaphore"], instead: "Mutex, or async",
            exceptions: [
                // The writer is a thread of its own, and waits on it for work.
                "Sources/PipelineStoreSQLite/GroupCommitWriter.swift"
            ]),
        Ban(
            pattern: #"\bThread\.sleep\b|(^|[^.\w])u?sleep\("#, words: ["sleep"],
            instead: "Task.sleep, which does not hold a thread"),
        Ban(
            pattern: #"\b(TODO|FIXME|XXX|HACK)\b"#, words: ["TODO", "FIXME", "XXX", "HACK"],
            instead: "do it, or describe the limit in docs/compatibility.md",
            isInComments: true),
    ]

    static func matches(_ ban: Ban, in file: SourceTree.File) -> [Int] {
        guard ban.words.contains(where: file.text.contains) else { return [] }
        guard let pattern = try? Regex(ban.pattern) else {
            Issue.record("\(ban.pattern) is no pattern")
            return []
        }
        let lines = ban.isInComments ? file.lines.map(String.init) : file.code
        return lines.enumerated().compactMap { number, line in
            !line.isEmpty && line.contains(pattern) ? number + 1 : nil
        }
    }

    @Test("A banned construct does not stand in Sources", arguments: bans)
    func nothingBanned(ban: Ban) {
        for file in SourceTree.sources
        where !file.isGenerated && !ban.exceptions.contains(where: file.path.hasPrefix) {
            for line in Self.matches(ban, in: file) {
                Issue.record("\(file.path):\(line): '\(ban.pattern)'; instead: \(ban.instead)")
            }
        }
    }

    @Test("An exception that is no longer needed is taken out", arguments: bans)
    func exceptionsAreNeeded(ban: Ban) {
        for exception in ban.exceptions {
            let files = SourceTree.sources.filter { $0.path.hasPrefix(exception) }
            #expect(
                files.contains { !Self.matches(ban, in: $0).isEmpty },
                "\(exception) has no '\(ban.pattern)' any more: take it out of the list")
        }
    }

    @Test("A ban finds its construct, and not in strings and comments")
    func bansFind() {
        func file(_ text: String) -> SourceTree.File { SourceTree.File(path: "Sources/X/Y.swift", text: text) }
        let lines = [
            "fatalError(\"x\")", "try! f()", "print(1)", "let a = Date()", "let a = Date.now", "let a = UUID()",
            "Task { }", "final class A: @unchecked Sendable {}", "nonisolated(unsafe) var a = 1", "let a = NSLock()",
            "sleep(1)", "// TODO: it",
        ]
        #expect(lines.count == Self.bans.count)
        for (ban, line) in zip(Self.bans, lines) {
            #expect(Self.matches(ban, in: file(line)) == [1], "\(ban.pattern) does not find: \(line)")
        }
        for ban in Self.bans.dropLast() {
            #expect(Self.matches(ban, in: file("// print(try! Date()) Task { fatalError(")) == [])
            #expect(Self.matches(ban, in: file("let a = \"print(try! Date()) Task { fatalError(\"")) == [])
        }
        #expect(Self.matches(Self.bans[5], in: file(#"let a = "a\(UUID())b""#)) == [1])
        #expect(Self.matches(Self.bans[6], in: file("try await Task.sleep(for: a)")) == [])
    }
}
