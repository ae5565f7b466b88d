import PipelineEngine
import PipelineModel
import PipelineStore

extension StoreConformance {
    /// A custom type saved again replaces its row; a deleted one stays known.
    func checkCustomActionTypes() async throws {
        func type(_ provider: String, version: String = "1") -> ActionType {
            ActionType(
                id: ActionTypeID(category: "Build", owner: "Custom", provider: provider, version: version),
                properties: [.init(name: "Project", required: true, key: true, queryable: true)],
                inputs: .init(0, 1), outputs: .init(0, 5))
        }
        let rows = [
            CustomActionTypeRow(type: type("Jenkins"), isDeleted: false),
            CustomActionTypeRow(type: type("Jenkins", version: "2"), isDeleted: false),
            CustomActionTypeRow(type: type("Buildkite"), isDeleted: false),
        ]
        try await store.write { transaction in
            for row in rows { try transaction.save(row) }
        }
        let all = try await store.read { try $0.customActionTypes() }
        try require("the custom action types", Set(all.map(\.type)), is: Set(rows.map(\.type)))
        let deleted = CustomActionTypeRow(type: type("Jenkins"), isDeleted: true)
        try await store.write { try $0.save(deleted) }
        let after = try await store.read { try $0.customActionTypes() }
        try require("the number of types after a deletion", after.count, is: 3)
        try require("the deleted types", after.filter(\.isDeleted), is: [deleted])
    }

    /// Source rows are replaced as a whole, and are found by their object.
    func checkSources() async throws {
        let website = try await insert("website")
        let search = try await insert("search")
        func source(_ pipeline: String, _ action: String, key: String?, polled: Bool) -> SourceRow {
            SourceRow(
                pipeline: pipeline, stage: "Source", action: action, bucket: key.map { _ in "src" }, key: key,
                isPolled: polled)
        }
        let object = source("website", "Archive", key: "app.zip", polled: false)
        let repository = source("website", "Checkout", key: nil, polled: true)
        let other = source("search", "Archive", key: "app.zip", polled: true)
        try await store.write { transaction in
            try transaction.replaceSources(ofPipeline: website.id, with: [object, repository])
            try transaction.replaceSources(ofPipeline: search.id, with: [other])
        }
        try await store.read { reader in
            let found = try reader.sources(ofObject: "src", key: "app.zip").sorted { $0.pipeline < $1.pipeline }
            try require("the sources of an object", found, is: [other, object])
            try require("the sources of another key", try reader.sources(ofObject: "src", key: "app"), is: [])
            try require("the sources of another bucket", try reader.sources(ofObject: "s", key: "app.zip"), is: [])
            try require("the polled pipelines", try reader.polledPipelines(), is: ["search", "website"])
        }
        let moved = source("website", "Archive", key: "next.zip", polled: false)
        try await store.write { try $0.replaceSources(ofPipeline: website.id, with: [moved]) }
        try await store.read { reader in
            try require(
                "the sources of the former key", try reader.sources(ofObject: "src", key: "app.zip"), is: [other])
            try require("the sources of the new key", try reader.sources(ofObject: "src", key: "next.zip"), is: [moved])
            try require("the polled pipelines after an update", try reader.polledPipelines(), is: ["search"])
        }
    }

    /// One mark an action, which the next one replaces.
    func checkSourceMarks() async throws {
        let website = try await insert("website")
        let search = try await insert("search")
        func mark(_ action: String, _ revision: String, watch: String = "git:a#main") -> SourceMark {
            SourceMark(stage: "Source", action: action, watch: watch, revision: revision)
        }
        let first = [mark("One", "r1"), mark("Two", "r1")]
        try await store.write { transaction in
            for mark in first { try transaction.save(mark, ofPipeline: website.id) }
        }
        try await store.read { reader in
            let marks = try reader.sourceMarks(ofPipeline: website.id).sorted { $0.action < $1.action }
            try require("the marks", marks, is: first)
            try require("the marks of another pipeline", try reader.sourceMarks(ofPipeline: search.id), is: [])
        }
        let next = mark("One", "r2", watch: "git:a#next")
        try await store.write { try $0.save(next, ofPipeline: website.id) }
        let marks = try await store.read { try $0.sourceMarks(ofPipeline: website.id) }.sorted { $0.action < $1.action }
        try require("the marks after a change", marks, is: [next, first[1]])
    }

    /// A call's reply is known until it is removed for its age, at most so many at a time.
    func checkReplies() async throws {
        let reply = Array(#"{"pipelineExecutionId":"e1"}"#.utf8)
        try await store.write { transaction in
            for age in 1...5 {
                try transaction.saveReply(
                    reply + [UInt8(age)], toCall: "c\(age)", at: Sample.start.adding(seconds: Int64(age)))
            }
        }
        try require("the reply", try await store.read { try $0.reply(toCall: "c2") }, is: reply + [2])
        try require("the reply to an unknown call", try await store.read { try $0.reply(toCall: "c9") }, is: nil)
        let steps = try await store.write { transaction in
            let oldest = Sample.start.adding(seconds: 4)
            return try (0..<3).map { _ in try transaction.removeReplies(before: oldest, limit: 2) }
        }
        try require("the replies removed in each step", steps, is: [2, 1, 0])
        try await store.read { reader in
            let left = try (1...5).filter { try reader.reply(toCall: "c\($0)") != nil }
            try require("the replies that are left", left, is: [4, 5])
        }
    }

    /// A token names the execution that it started, within its pipeline.
    func checkStartTokens() async throws {
        let website = try await insert("website")
        let search = try await insert("search")
        try await store.write { transaction in
            try transaction.saveStartToken("t", execution: "e1", ofPipeline: website.id)
            try transaction.saveStartToken("t", execution: "e2", ofPipeline: search.id)
        }
        try await store.read { reader in
            try require("a token", try reader.execution(startedWith: "t", ofPipeline: website.id), is: "e1")
            try require(
                "another pipeline's token", try reader.execution(startedWith: "t", ofPipeline: search.id), is: "e2")
            try require("an unknown token", try reader.execution(startedWith: "u", ofPipeline: search.id), is: nil)
        }
    }
}
