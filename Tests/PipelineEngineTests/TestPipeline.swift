import PipelineEngine
import PipelineModel
import Simulator
import Testing

/// One pipeline with its rows, a clock that tests set, and workers that do as they are told.
struct TestPipeline {
    static let caller = "arn:aws:iam::111111111111:user/alice"

    var machine: PipelineMachine
    var now = Timestamp(milliseconds: 1_700_000_000_000)
    var ids = IDSource(seed: 1)
    private(set) var executions: [String: ExecutionRecord] = [:]
    private(set) var attempts: [AttemptRecord] = []
    private(set) var jobs: [String: CopyOnWrite<JobRecord>] = [:]
    private(set) var timers: [Timer] = []

    init(
        _ stages: [StageDefinition], name: String = "website", mode: ExecutionMode = .superseded,
        types: @escaping @Sendable (ActionTypeID) -> ActionTypeFacts? = { _ in ActionTypeFacts(timeout: 3600) }
    ) {
        let definition = PipelineDefinition(
            name: name, version: 1, roleArn: "arn:aws:iam::111111111111:role/pipeline",
            artifactStore: ArtifactStoreDefinition(bucket: "artifacts", encryptionKeyID: "key-1"),
            executionMode: mode, stages: stages)
        machine = PipelineMachine(
            state: PipelineState(name: name, created: now), definition: definition, settings: EngineSettings(),
            actionTypes: types)
    }

    /// Applies a command and keeps its rows; a refused one must leave the state as it was.
    @discardableResult mutating func apply(_ command: Command) throws(EngineError) -> PipelineMachine.Outcome {
        let before = machine.state
        let outcome: PipelineMachine.Outcome
        do {
            outcome = try machine.apply(command, at: now, ids: &ids)
        } catch {
            #expect(machine.state == before, "A refused command changed the state")
            throw error
        }
        for decision in outcome.decisions { keep(decision) }
        return outcome
    }

    private mutating func keep(_ decision: Decision) {
        switch decision {
        case .execution(let record): executions[record.id] = record
        case .attempt(let record): attempts.append(record)
        case .job(let record): jobs[record.id] = record
        case .setTimer(let timer):
            timers.removeAll { $0.kind == timer.kind && $0.subject == timer.subject }
            timers.append(timer)
        case .cancelTimer(let kind, let subject): timers.removeAll { $0.kind == kind && $0.subject == subject }
        case .approvalOpened: break
        }
    }

    @discardableResult mutating func create() throws -> String {
        try executionID(apply(.create(by: Self.caller)))
    }

    @discardableResult mutating func start() throws -> String {
        try executionID(apply(.start(trigger: ExecutionTrigger(type: "StartPipelineExecution"))))
    }

    private func executionID(_ outcome: PipelineMachine.Outcome) throws -> String {
        guard case .execution(let id, _) = outcome.reply else { throw Unexpected.reply(outcome.reply) }
        return id
    }

    enum Unexpected: Error { case reply(PipelineMachine.Reply) }

    /// The next version with these stages.
    mutating func update(_ stages: [StageDefinition]? = nil) throws {
        machine.definition.version += 1
        if let stages { machine.definition.stages = stages }
        try apply(.update)
    }

    mutating func setTransition(
        _ stage: String, _ direction: TransitionDirection = .inbound, enabled: Bool
    ) throws {
        try apply(
            .setTransition(
                stage: stage, direction: direction, enabled: enabled, reason: enabled ? nil : "Freeze",
                by: Self.caller))
    }

    mutating func answer(
        _ stage: String, _ action: String, token: String, approved: Bool = true, summary: String = ""
    ) throws {
        try apply(
            .putApprovalResult(
                stage: stage, action: action, token: token, approved: approved, summary: summary, by: Self.caller))
    }

    // MARK: What is there

    func stage(_ name: String) throws -> CopyOnWrite<StageState> {
        try #require(machine.state.stages[name])
    }

    func attempt(_ stage: String, _ action: String) throws -> CopyOnWrite<ActionAttempt> {
        try #require(machine.state.stages[stage]?.actions[action]?.latest)
    }

    func token(_ stage: String, _ action: String) throws -> String {
        try #require(try attempt(stage, action).approvalToken)
    }

    /// The row of the job that an action waits for.
    func job(_ stage: String, _ action: String) throws -> CopyOnWrite<JobRecord> {
        let id = try #require(try attempt(stage, action).jobID)
        return try #require(jobs[id])
    }

    func status(_ execution: String) -> ExecutionStatus? {
        executions[execution]?.status
    }

    func timer(_ kind: Timer.Kind) throws -> Timer {
        try #require(timers.first { $0.kind == kind })
    }

    // MARK: Workers

    /// Takes the job of an action to in progress.
    @discardableResult mutating func work(_ stage: String, _ action: String) throws -> CopyOnWrite<JobRecord> {
        let job = try job(stage, action)
        guard case .job(let record) = try apply(.dispatchJob(id: job.id)).reply else { return job }
        try apply(.acknowledgeJob(id: job.id, nonce: record.nonce))
        return record
    }

    mutating func succeed(_ stage: String, _ action: String, _ success: JobSuccess = JobSuccess()) throws {
        let job = try work(stage, action)
        try apply(.jobSucceeded(id: job.id, success))
    }

    mutating func fail(_ stage: String, _ action: String) throws {
        let job = try work(stage, action)
        try apply(.jobFailed(id: job.id, JobFailure(type: "JobFailed", message: "It broke")))
    }

    /// Lets time pass to a timer's deadline and fires it.
    mutating func fire(_ kind: Timer.Kind) throws {
        let timer = try timer(kind)
        now = max(now, timer.due)
        try apply(.fireTimer(timer))
    }
}

extension StageDefinition {
    init(_ name: String, _ actions: ActionDefinition...) {
        self.init(name: name, actions: actions)
    }
}

extension ActionDefinition {
    static func source(_ name: String = "Checkout", output: String = "Code") -> ActionDefinition {
        ActionDefinition(
            name: name, typeID: ActionTypeID(category: "Source", owner: "Custom", provider: "Repository"),
            outputArtifacts: [output])
    }

    static func build(
        _ name: String = "Compile", runOrder: Int = 1, inputs: [String] = [], outputs: [String] = [],
        configuration: [String: String] = [:]
    ) -> ActionDefinition {
        ActionDefinition(
            name: name, typeID: ActionTypeID(category: "Build", owner: "Custom", provider: "Jenkins"),
            runOrder: runOrder, configuration: configuration, inputArtifacts: inputs, outputArtifacts: outputs)
    }

    static func approval(_ name: String = "Review", configuration: [String: String] = [:]) -> ActionDefinition {
        ActionDefinition(
            name: name, typeID: ActionTypeID(category: "Approval", owner: "AWS", provider: "Manual"),
            configuration: configuration)
    }
}

/// Source, build and deployment, one action each.
let threeStages = [
    StageDefinition("Source", .source()), StageDefinition("Build", .build(inputs: ["Code"], outputs: ["App"])),
    StageDefinition("Deploy", .build("Ship", inputs: ["App"])),
]
