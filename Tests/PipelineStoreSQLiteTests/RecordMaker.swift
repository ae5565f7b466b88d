import PipelineEngine
import PipelineModel
import PipelineStore
import PipelineStoreSQLite
import TestSupport

/// Records with everything in them, from a seed.
struct RecordMaker {
    var random: SeededGenerator

    init(seed: Int) {
        random = SeededGenerator(seed: UInt64(seed))
    }

    private static let texts = [
        "", "a", "Build", "\"quoted\" \\ back", "line\nbreak\t\u{1}", "é 🚀", String(repeating: "long ", count: 60),
    ]

    mutating func number(below bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }
    mutating func flag() -> Bool { number(below: 2) == 0 }
    mutating func text() -> String { Self.texts[number(below: Self.texts.count)] }
    mutating func instant() -> Timestamp { Timestamp(milliseconds: Int64(number(below: 2_000_000_000)) - 1_000) }
    mutating func maybe<Value>(_ make: (inout RecordMaker) -> Value) -> Value? { flag() ? make(&self) : nil }
    mutating func list<Value>(_ make: (inout RecordMaker) -> Value) -> [Value] {
        (0..<number(below: 3)).map { _ in make(&self) }
    }
    mutating func map<Value>(_ make: (inout RecordMaker) -> Value) -> [String: Value] {
        Dictionary(list { ($0.text(), make(&$0)) }, uniquingKeysWith: { first, _ in first })
    }
    mutating func map<Value>(_ make: (inout RecordMaker) -> Value) -> SmallDictionary<Value> {
        list { ($0.text(), make(&$0)) }.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }

    mutating func location() -> ArtifactLocation {
        ArtifactLocation(name: text(), bucket: text(), key: text(), revision: maybe { $0.text() })
    }

    mutating func typeID() -> ActionTypeID {
        ActionTypeID(category: text(), owner: text(), provider: text(), version: text())
    }

    mutating func action() -> ActionDefinition {
        var action = ActionDefinition(
            name: text(), typeID: typeID(), runOrder: number(below: 999) + 1, configuration: map { $0.text() },
            inputArtifacts: list { $0.text() }, outputArtifacts: list { $0.text() }, roleArn: maybe { $0.text() },
            region: maybe { $0.text() }, namespace: maybe { $0.text() }, timeoutInMinutes: maybe { $0.number(below: 9) }
        )
        action.unservedReason = maybe { $0.text() }
        action.hasTrigger = flag()
        return action
    }

    mutating func stageDefinition() -> StageDefinition {
        StageDefinition(name: text(), actions: list { $0.action() })
    }

    mutating func definition() -> PipelineDefinition {
        PipelineDefinition(
            name: text(), version: number(below: 9) + 1, roleArn: text(),
            artifactStore: ArtifactStoreDefinition(bucket: text(), encryptionKeyID: maybe { $0.text() }),
            executionMode: flag() ? .superseded : .queued, stages: list { $0.stageDefinition() })
    }

    mutating func currentRevision() -> JobSuccess.CurrentRevision {
        JobSuccess.CurrentRevision(
            revision: text(), changeIdentifier: text(), created: maybe { $0.instant() }, summary: maybe { $0.text() },
            url: maybe { $0.text() })
    }

    mutating func attempt() -> ActionAttempt {
        var attempt = ActionAttempt(
            actionExecutionID: text(), executionID: text(), startedAt: instant(), configuration: map { $0.text() },
            inputs: list { $0.location() }, outputs: list { $0.location() })
        attempt.status = flag() ? .failed : .abandoned
        attempt.lastStatusChange = instant()
        attempt.summary = maybe { $0.text() }
        attempt.lastUpdatedBy = maybe { $0.text() }
        attempt.externalExecutionID = maybe { $0.text() }
        attempt.externalExecutionUrl = maybe { $0.text() }
        attempt.percentComplete = maybe { $0.number(below: 101) }
        attempt.error = maybe { ActionError(code: $0.text(), message: $0.text()) }
        attempt.approvalToken = maybe { $0.text() }
        attempt.approvalExpires = maybe { $0.instant() }
        attempt.jobID = maybe { $0.text() }
        attempt.currentRevision = maybe { $0.currentRevision() }
        return attempt
    }

    mutating func revision() -> ActionRevision {
        ActionRevision(revisionID: text(), revisionChangeID: text(), created: instant(), url: maybe { $0.text() })
    }

    mutating func sourceRevision() -> SourceRevision {
        SourceRevision(
            name: text(), actionName: text(), revisionID: text(), revisionChangeIdentifier: maybe { $0.text() },
            summary: maybe { $0.text() }, created: maybe { $0.instant() }, url: maybe { $0.text() })
    }

    mutating func trigger() -> ExecutionTrigger { ExecutionTrigger(type: text(), detail: maybe { $0.text() }) }

    mutating func job() -> JobState {
        var job = JobState(
            id: text(), availableAt: instant(), continuationToken: maybe { $0.text() }, createdAt: instant())
        job.status = flag() ? .dispatched : .inProgress
        job.dispatches = number(below: 5)
        job.acknowledgeBy = maybe { $0.instant() }
        return job
    }

    mutating func run() -> StageRun {
        var run = StageRun(stage: stageDefinition(), runOrder: number(below: 9))
        run.isRetry = flag()
        run.encryptionKeyID = maybe { $0.text() }
        run.attempts = map { CopyOnWrite($0.attempt()) }
        run.jobs = map { $0.job() }
        return run
    }

    mutating func execution() -> ExecutionState {
        var execution = ExecutionState(
            id: text(), sequence: number(below: 99), version: number(below: 9), trigger: trigger(), startedAt: instant()
        )
        execution.status = flag() ? .failed : .inProgress
        execution.statusSummary = maybe { $0.text() }
        execution.artifacts = map { $0.location() }
        execution.sourceRevisions = list { $0.sourceRevision() }
        execution.variables = map { $0.map { $0.text() } }
        execution.pinnedRevisions = map { $0.revision() }
        execution.run = maybe { CopyOnWrite($0.run()) }
        execution.isDoomed = flag()
        return execution
    }

    private mutating func transition() -> TransitionSwitch {
        var transition = TransitionSwitch()
        transition.enabled = flag()
        transition.disabledReason = maybe { $0.text() }
        transition.disabledSince = maybe { $0.instant() }
        transition.lastChangedAt = maybe { $0.instant() }
        transition.lastChangedBy = maybe { $0.text() }
        return transition
    }

    private mutating func actionState() -> ActionState {
        var action = ActionState()
        action.currentRevision = maybe { $0.revision() }
        action.latest = maybe { CopyOnWrite($0.attempt()) }
        action.usedRevisions = list { $0.text() }
        return action
    }

    private mutating func entry() -> StageEntry {
        var entry = StageEntry(executionID: text(), status: flag() ? .stopping : .succeeded)
        entry.manualRetries = maybe { $0.number(below: 4) }
        return entry
    }

    private mutating func waiting() -> WaitingExecution {
        var waiting = WaitingExecution(executionID: text(), since: instant())
        waiting.isExpired = flag()
        return waiting
    }

    mutating func stage() -> StageState {
        var stage = StageState()
        stage.inbound = transition()
        stage.outbound = transition()
        stage.occupant = maybe { $0.text() }
        stage.latest = maybe { $0.entry() }
        stage.waiting = list { $0.waiting() }
        stage.actions = map { $0.actionState() }
        return stage
    }

    mutating func state() -> PipelineState {
        var state = PipelineState(name: "website", created: Timestamp(milliseconds: 5))
        state.updated = instant()
        state.nextSequence = number(below: 99)
        state.latestExecutionID = maybe { $0.text() }
        state.stages = map { CopyOnWrite($0.stage()) }
        state.executions = map { CopyOnWrite($0.execution()) }
        return state
    }

    mutating func executionRecord() -> ExecutionRecord {
        ExecutionRecord(
            id: text(), pipeline: text(), sequence: number(below: 99), version: number(below: 9), status: .superseded,
            statusSummary: maybe { $0.text() }, trigger: trigger(), startedAt: instant(), updatedAt: instant(),
            sourceRevisions: list { $0.sourceRevision() })
    }

    mutating func attemptRecord() -> AttemptRecord {
        AttemptRecord(
            pipeline: text(), version: number(below: 9), stage: text(), action: text(),
            attempt: CopyOnWrite(attempt()))
    }

    mutating func jobRecord() -> JobRecord {
        JobRecord(
            id: text(), status: .timedOut, nonce: text(), pipeline: text(), version: number(below: 9),
            executionID: text(), actionExecutionID: text(), stage: text(), action: text(), typeID: typeID(),
            configuration: map { $0.text() }, inputs: list { $0.location() }, outputs: list { $0.location() },
            encryptionKeyID: maybe { $0.text() }, continuationToken: maybe { $0.text() },
            pinnedRevision: maybe { $0.revision() }, createdAt: instant(), availableAt: instant())
    }

    mutating func head() -> PipelineHead {
        PipelineHead(
            name: text(), version: number(below: 9), executionMode: flag() ? .parallel : .queued, pipelineType: text(),
            isNew: flag())
    }

    mutating func version() -> VersionRecord {
        VersionRecord(
            version: number(below: 9), declaration: definition().document(), definition: definition().document(),
            sealedSecrets: maybe { maker in
                (0..<maker.number(below: 70)).map { _ in UInt8(maker.number(below: 256)) }
            },
            created: instant())
    }

    mutating func source() -> SourceRow {
        SourceRow(
            pipeline: text(), stage: text(), action: text(), bucket: maybe { $0.text() }, key: maybe { $0.text() },
            isPolled: flag())
    }
}
