import PipelineEngine
import PipelineModel
import PipelineStore

extension StoreConformance {
    /// A pipeline comes back as it was stored, and its live state as it was saved last.
    func checkPipelines() async throws {
        try require("an unknown pipeline", try await store.read { try $0.pipeline("website") == nil }, is: true)
        var row = try await insert("website")
        try await insert("other")
        let first = try await stored("website")
        try require("the stored id", first.id, is: row.id)
        try require("the stored version", first.version, is: 1)
        try require("the stored definition", first.definition, is: Sample.definition("website"))
        try require("the stored declaration", first.declaration, is: Sample.version(of: "website").declaration)
        try require("the stored state", first.state, is: Sample.state("website"))
        try require("the number of pipelines", try await store.read { try $0.pipelineCount() }, is: 2)

        row.state.nextSequence = 7
        row.state.updated = Sample.start.adding(seconds: 5)
        let saved = row
        try await store.write { try $0.saveState(of: saved) }
        try require("the saved state", try await stored("website").state, is: saved.state)
        try require("the state of another pipeline", try await stored("other").state, is: Sample.state("other"))
        let alone = try await store.read { try $0.state("website") }
        try require("the state alone", alone?.state, is: saved.state)
        try require("the id of the state alone", alone?.id, is: row.id)
        try require("the version of the state alone", alone?.version, is: 1)
        try require("an unknown state", try await store.read { try $0.state("webs") == nil }, is: true)
        if let cached = store.cachedPipeline("website") {
            try require("the state in memory", cached.state, is: saved.state)
        }
        let declaration = DeclarationRow(of: saved)
        try require("the declaration alone", try await store.read { try $0.declaration("website") }, is: declaration)
        try require("the declaration in memory", store.cachedDeclaration("website") ?? declaration, is: declaration)
        try require("an unknown declaration", try await store.read { try $0.declaration("webs") }, is: nil)
        let summary = try await store.read { try $0.pipelineSummaries(after: nil, limit: 10) }.last
        try require("the time of the last update", summary?.updated, is: saved.state.updated)
        try require("the time of creation", summary?.created, is: Sample.start)
    }

    /// Every version stays readable with its own secrets; the last one is current.
    func checkVersionsAndSecrets() async throws {
        let token = SecretReference(stage: "Build", action: "Compile", property: "Token")
        let password = SecretReference(stage: "Build", action: "Compile", property: "Password")
        let first = Sample.version(of: "website", secrets: [token: "one", password: "ü\u{0}\n"])
        let row = try await store.write { transaction in
            try transaction.insertPipeline(first, state: Sample.state("website"), pipelineType: "V1")
        }
        let second = Sample.version(of: "website", 2, mode: .queued)
        var state = row.state
        state.updated = Sample.start.adding(seconds: 9)
        state.nextSequence = 4
        let updated = state
        try await store.write { transaction in
            try transaction.insertVersion(
                second, pipelineType: "V2", state: updated, of: PipelineStateRow(of: row))
            let seen = try transaction.pipeline("website")
            try require("the version that an update has made", seen?.version, is: 2)
            try require("the declaration that an update has made", seen?.declaration, is: second.declaration)
        }
        let newest = try await store.read { try $0.declaration("website") }?.declaration
        try require("the current declaration alone", newest, is: second.declaration)
        try require(
            "the current declaration in memory", store.cachedDeclaration("website")?.declaration ?? second.declaration,
            is: second.declaration)
        let current = try await stored("website")
        try require("the current version", current.version, is: 2)
        try require("the current definition", current.definition, is: second.definition)
        try require("the state after an update", current.state, is: updated)
        try require("the id after an update", current.id, is: row.id)
        for expected in [first, second] {
            let version = try await store.read { try $0.version(expected.version, ofPipeline: row.id) }
            try require("the definition of a version", version?.definition, is: expected.definition)
            try require("the declaration of a version", version?.declaration, is: expected.declaration)
            try require("the secrets of version \(expected.version)", version?.secrets, is: expected.secrets)
        }
        let missing = try await store.read { reader in
            (try reader.version(3, ofPipeline: row.id), try reader.version(1, ofPipeline: row.id + 1))
        }
        try require(missing.0 == nil && missing.1 == nil, "a version is found that was never stored")
        let summary = try await store.read { try $0.pipelineSummaries(after: nil, limit: 10) }.first
        try require("the listed version", summary?.version, is: 2)
        try require("the listed type", summary?.pipelineType, is: "V2")
        try require("the listed mode", summary?.executionMode, is: .queued)
        try require("the listed time of the update", summary?.updated, is: updated.updated)
    }

    /// A version that leaves the live state as it is: only when the pipeline was updated is new, for every way to read it.
    func checkRestingVersions() async throws {
        try require("an unknown version", try await store.read { try $0.currentVersion("website") == nil }, is: true)
        var row = try await insert("website")
        let unrest = try await store.read { try $0.currentVersion("website") }
        try require("the version of a new pipeline", unrest, is: CurrentVersionRow(of: row))
        row.state.nextSequence = 5
        let resting = row
        try await store.write { try $0.saveState(of: resting) }
        let outline = resting.definition.outline
        for number in 2...4 {
            let version = Sample.version(of: "website", number)
            let instant = Sample.start.adding(seconds: Int64(number))
            var expected = resting.state
            expected.updated = instant
            let state = expected
            let known = try await store.write { transaction in
                guard let current = try transaction.currentVersion("website") else {
                    throw ConformanceFailure("a stored pipeline has no version")
                }
                try transaction.insertVersion(version, pipelineType: "V\(number)", at: instant, of: current)
                try require("the version that was made", try transaction.currentVersion("website")?.version, is: number)
                try require("the state that was left", try transaction.state("website")?.state, is: state)
                try require("the version of the state", try transaction.state("website")?.version, is: number)
                // Of every second one nothing else is read before it is committed.
                if number.isMultiple(of: 2) {
                    let seen = try transaction.pipeline("website")
                    try require("the pipeline with that state", seen?.state, is: state)
                    try require("the pipeline with that version", seen?.definition, is: version.definition)
                    try require("the declaration of that version", seen?.declaration, is: version.declaration)
                }
                return current
            }
            try require("what an update finds", known.version, is: number - 1)
            try require("what an update finds of rest", known.restingOutline ?? outline, is: outline)
            try require("the instant of creation that it finds", known.created, is: Sample.start)
            try require("the state of version \(number)", try await stored("website").state, is: state)
            let definition = try await stored("website").definition
            try require("the definition of version \(number)", definition, is: version.definition)
            let declaration = try await store.read { try $0.declaration("website") }
            try require("the time of the declaration", declaration?.updated, is: instant)
            try require("the time of its creation", declaration?.created, is: Sample.start)
            let cached = store.cachedDeclaration("website") ?? declaration
            try require("the declaration in memory", cached, is: declaration)
            let summary = try await store.read { try $0.pipelineSummaries(after: nil, limit: 10) }.first
            try require("the listed time", summary?.updated, is: instant)
            try require("the listed type", summary?.pipelineType, is: "V\(number)")
        }
        // A command changes the state behind it.
        var changed = try await stored("website")
        changed.state.nextSequence = 9
        let last = changed
        try await store.write { try $0.saveState(of: last) }
        try require("the state of a command after it", try await stored("website").state, is: last.state)
        try require("the version of a command after it", try await stored("website").version, is: 4)
    }

    /// Names are listed in the order of their bytes; a page begins behind the last name of the one before.
    func checkNames() async throws {
        for name in ["b", "a-1", "A", "a.1", "a", "B", "a1"] { try await insert(name) }
        let expected = ["A", "B", "a", "a-1", "a.1", "a1", "b"]
        var listed: [String] = []
        var last: String?
        while true {
            let page = try await store.read { [last] in try $0.pipelineSummaries(after: last, limit: 3) }.map(\.name)
            try require(page.count <= 3, "a page of at most 3 has \(page.count) names")
            guard let end = page.last else { break }
            listed += page
            last = end
        }
        try require("the list of names", listed, is: expected)
        let behind = try await store.read { try $0.pipelineSummaries(after: "a0", limit: 10) }.map(\.name)
        try require("the list behind a name that does not exist", behind, is: ["a1", "b"])
    }

    /// A deleted pipeline is gone with its sources and marks; its name is free, its id never used again.
    func checkDeletion() async throws {
        let row = try await insert("website")
        let source = SourceRow(
            pipeline: "website", stage: "Source", action: "Fetch", bucket: "src", key: "app.zip", isPolled: true)
        try await store.write { transaction in
            try transaction.replaceSources(ofPipeline: row.id, with: [source])
            try transaction.save(
                SourceMark(stage: "Source", action: "Fetch", watch: "w", revision: "r"), ofPipeline: row.id)
        }
        try await store.write { transaction in
            try transaction.deletePipeline(row)
            let seen = try transaction.pipeline("website")
            try require(seen == nil, "a transaction still sees the pipeline that it has deleted")
        }
        try require(store.cachedPipeline("website") == nil, "a deleted pipeline is still in memory")
        try require(store.cachedDeclaration("website") == nil, "a deleted pipeline's declaration is still in memory")
        try await store.read { reader in
            try require(try reader.pipeline("website") == nil, "a deleted pipeline is still read")
            try require("the number of pipelines", try reader.pipelineCount(), is: 0)
            let sources = try reader.sources(ofObject: "src", key: "app.zip")
            try require("the sources of a deleted pipeline", sources, is: [])
            try require("the polled pipelines", try reader.polledPipelines(), is: [])
            try require("the marks of a deleted pipeline", try reader.sourceMarks(ofPipeline: row.id), is: [])
        }
        let next = try await insert("website")
        try require(next.id != row.id, "the id \(row.id) of a deleted pipeline is used again")
    }

    /// Rows of deleted pipelines go in steps; those of the others stay.
    func checkOrphans() async throws {
        let kept = try await insert("kept")
        let deleted = try await insert("website")
        for (row, prefix) in [(kept, "k"), (deleted, "d")] {
            try await store.write { transaction in
                for number in 1...3 {
                    let id = "\(prefix)\(number)"
                    try transaction.save(
                        Sample.execution(id, of: row.definition.name, sequence: number), pipelineID: row.id)
                    try transaction.save(Sample.attempt(id, execution: id), pipelineID: row.id)
                    let job = Sample.job(id, status: .abandoned, execution: id)
                    try transaction.save(JobRow(pipelineID: row.id, record: job))
                    try transaction.saveStartToken(id, execution: id, ofPipeline: row.id)
                }
            }
        }
        let none = try await store.write { try $0.removeOrphans(limit: 100) }
        try require("the number of orphans while all pipelines exist", none, is: 0)
        try await store.write { try $0.deletePipeline(deleted) }
        let history = try await store.read { try $0.execution("d1", ofPipeline: deleted.id) }
        try require(history != nil, "a deletion takes the history rows with it, which can be many")
        var steps: [Int] = []
        while steps.last != 0, steps.count < 20 {
            steps.append(try await store.write { try $0.removeOrphans(limit: 2) })
        }
        try require(steps.allSatisfy { $0 <= 2 }, "a step of at most 2 rows removes \(steps)")
        try require("the rows removed in all", steps.reduce(0, +), is: 13)
        try require("the last step", steps.last, is: 0)
        try await store.read { reader in
            for number in 1...3 {
                try require(
                    try reader.execution("d\(number)", ofPipeline: deleted.id) == nil, "an orphaned execution is left")
                try require(try reader.attempt("d\(number)") == nil, "an orphaned attempt is left")
                try require(try reader.job("d\(number)") == nil, "an orphaned job is left")
                let token = try reader.execution(startedWith: "d\(number)", ofPipeline: deleted.id)
                try require(token == nil, "an orphaned start token is left")
                try require(
                    try reader.execution("k\(number)", ofPipeline: kept.id) != nil,
                    "an execution that is no orphan is gone")
                try require(try reader.attempt("k\(number)") != nil, "an attempt that is no orphan is gone")
                try require(try reader.job("k\(number)") != nil, "a job that is no orphan is gone")
            }
            try require(try reader.version(1, ofPipeline: deleted.id) == nil, "an orphaned version is left")
            try require(try reader.version(1, ofPipeline: kept.id) != nil, "a version that is no orphan is gone")
        }
    }
}
