package import PipelineStore

/// What the protocols of ``PipelineStore`` promise, checked on a database. Each topic wants an empty store of its own.
package struct StoreConformance: Sendable {
    /// One promise, or a few that belong together.
    package enum Topic: String, CaseIterable, Sendable {
        case pipelines
        case versionsAndSecrets
        case restingVersions
        case names
        case deletion
        case orphans
        case executions
        case history
        case attempts
        case jobQueue
        case liveJobs
        case timers
        case outbox
        case customActionTypes
        case sources
        case sourceMarks
        case replies
        case startTokens
        case effects
        case refusals
        case troubleOfTheDatabase
        case laterCommandsOfAGroup
        case refusalsInAGroup
        case snapshots
        case survivalOfPipelines
        case survivalOfWork
        case survivalOfAGroup

        /// Those that open the store again, which may be done in several ways.
        package static let reopening: [Topic] = [.survivalOfPipelines, .survivalOfWork, .survivalOfAGroup]
    }

    let store: any PipelineStore
    private let reopen: @Sendable () async throws -> any PipelineStore

    /// - Parameters:
    ///   - store: an empty one.
    ///   - reopen: ends the store that is open, and gives what a new process finds in its place.
    package init(store: any PipelineStore, reopen: @escaping @Sendable () async throws -> any PipelineStore) {
        self.store = store
        self.reopen = reopen
    }

    /// The same store, opened again.
    func reopened() async throws -> StoreConformance {
        StoreConformance(store: try await reopen(), reopen: reopen)
    }

    /// Does what the topic is about and compares.
    ///
    /// - Throws: ``ConformanceFailure``, or what the store throws where it should not.
    package func check(_ topic: Topic) async throws {
        switch topic {
        case .pipelines: try await checkPipelines()
        case .versionsAndSecrets: try await checkVersionsAndSecrets()
        case .restingVersions: try await checkRestingVersions()
        case .names: try await checkNames()
        case .deletion: try await checkDeletion()
        case .orphans: try await checkOrphans()
        case .executions: try await checkExecutions()
        case .history: try await checkHistory()
        case .attempts: try await checkAttempts()
        case .jobQueue: try await checkJobQueue()
        case .liveJobs: try await checkLiveJobs()
        case .timers: try await checkTimers()
        case .outbox: try await checkOutbox()
        case .customActionTypes: try await checkCustomActionTypes()
        case .sources: try await checkSources()
        case .sourceMarks: try await checkSourceMarks()
        case .replies: try await checkReplies()
        case .startTokens: try await checkStartTokens()
        case .effects: try await checkEffects()
        case .refusals: try await checkRefusals()
        case .troubleOfTheDatabase: try await checkTrouble()
        case .laterCommandsOfAGroup: try await checkLaterCommandsOfAGroup()
        case .refusalsInAGroup: try await checkRefusalsInAGroup()
        case .snapshots: try await checkSnapshots()
        case .survivalOfPipelines: try await checkSurvivalOfPipelines()
        case .survivalOfWork: try await checkSurvivalOfWork()
        case .survivalOfAGroup: try await checkSurvivalOfAGroup()
        }
    }

    /// Stores a pipeline as CreatePipeline does, without an execution.
    @discardableResult func insert(_ name: String) async throws -> PipelineRow {
        try await store.write { transaction in
            try transaction.insertPipeline(Sample.version(of: name), state: Sample.state(name), pipelineType: "V1")
        }
    }

    /// What a reader sees of a pipeline that must be there.
    func stored(_ name: String) async throws -> PipelineRow {
        guard let row = try await store.read({ try $0.pipeline(name) }) else {
            throw ConformanceFailure("the pipeline \(name) is stored, but a reader does not find it")
        }
        return row
    }
}
