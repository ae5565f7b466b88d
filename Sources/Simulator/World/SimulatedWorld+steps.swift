import PipelineEngine
import PipelineModel
import PipelineStore
import TestSupport

/// One random thing that happens.
extension SimulatedWorld {
    /// Brings action types and pipelines to life.
    mutating func begin() async throws {
        for type in SimulatedTypes.custom { try await send(.createCustomActionType(type)) }
        for name in names { try await send(.createPipeline(name, seed: random.next())) }
    }

    /// Does one random thing.
    mutating func step() async throws {
        let name = random.element(of: names) ?? ""
        // Work, and answers to approvals.
        let isWork = isBrisk && random.chance(70)
        switch isWork ? random.int(15...123) : random.int(0...202) {
        case 0..<15: try await start(name)
        case 15..<70: try await stepOutsideWorker()
        case 70..<110: try await stepBuiltInWorker()
        case 110..<124: try await answerApproval()
        case 124..<136: try await toggleTransition(name)
        case 136..<139: try await send(.updatePipeline(name, seed: random.chance(60) ? random.next() : nil))
        case 139..<142: try await deleteAndCreate(name)
        case 142..<152: try await retry(name)
        case 152..<160: try await putRevision(name)
        case 160..<181: try await passTime()
        case 181..<184: try await fireAnyTimer()
        case 184..<187: try await toggleType()
        case 187..<189: try await cleanUp()
        case 189..<198: try await sendAgain()
        case 198..<201: try await cleanHistory()
        default: try await crash("crash between commands")
        }
        try await deliverNotifications()
        if historyPass != nil, random.chance(cleaningPace) { try await cleanHistory() }
    }

    private mutating func start(_ name: String) async throws {
        let token = random.chance(30) ? "token-\(random.int(1...3))" : nil
        try await send(.startPipelineExecution(name, token: token))
    }

    private mutating func deleteAndCreate(_ name: String) async throws {
        if random.chance(40) { try await send(.deletePipeline(name)) }
        // A name that is in use is refused.
        try await send(.createPipeline(name, seed: random.next()))
    }

    private mutating func answerApproval() async throws {
        let open = rows.look { $0.runningAttempts.filter { $0.attempt.approvalToken != nil } }
        if let record = random.element(of: open), let token = record.attempt.approvalToken, random.chance(80) {
            let action = random.chance(95) ? record.action : "A11"
            try await send(
                .putApprovalResult(
                    record.pipeline, stage: record.stage, action: action, token: token, approved: random.chance(75)))
        } else if let old = random.element(of: approvals) {
            try await send(
                .putApprovalResult(
                    old.pipeline, stage: old.stage, action: old.action, token: old.token, approved: random.chance(50)))
        }
    }

    private mutating func toggleTransition(_ name: String) async throws {
        if random.chance(20), try await enableAtLimit(name) { return }
        let stages = rows.look { $0.pipelines[name]?.row.definition.stages.map(\.name) ?? [] }
        guard let stage = random.element(of: stages) else { return }
        let enabled = random.chance(60)
        try await send(
            .setTransition(
                name, stage: stage, random.chance(70) ? .inbound : .outbound, enabled: enabled,
                reason: enabled ? nil : "Freeze"))
    }

    private mutating func retry(_ name: String) async throws {
        let stages = rows.look { $0.pipelines[name]?.row.state.stages ?? [:] }
        let entered = stages.filter { $0.value.latest != nil }.map(\.key)
        let failed = entered.filter { stages[$0]?.latest?.status == .failed }
        guard let stage = random.element(of: random.chance(80) ? failed : entered),
            let execution = stages[stage]?.latest?.executionID
        else { return }
        let others = random.chance(10) ? rows.look { $0.executions.keys.sorted() } : []
        let other = random.element(of: others)
        try await send(.retryStageExecution(name, stage: stage, execution: other ?? execution))
    }

    private mutating func putRevision(_ name: String) async throws {
        let first = rows.look { $0.pipelines[name]?.row.definition.stages.first }
        guard let stage = first, let action = random.element(of: stage.actions) else { return }
        let revision = ActionRevision(revisionID: "r\(random.int(1...30))", revisionChangeID: "c", created: now)
        try await send(.putActionRevision(name, stage: stage.name, action: action.name, revision))
    }

    private mutating func toggleType() async throws {
        guard let type = random.element(of: SimulatedTypes.custom) else { return }
        let exists = rows.look { $0.customTypes[type]?.isDeleted == false }
        if exists, random.chance(40) {
            try await send(.deleteCustomActionType(type))
        } else {
            try await send(.createCustomActionType(type))
        }
    }

    /// A client that has no reply sends its call again; or an SDK has sent one twice.
    private mutating func sendAgain() async throws {
        if !unanswered.isEmpty, random.chance(80) {
            let call = unanswered.remove(at: random.int(0...unanswered.count - 1))
            guard isInWindow(call) else { return }
            count("sent again")
            _ = try await send(call)
        } else if let (call, reply) = random.element(of: answered), isInWindow(call) {
            count("sent twice")
            let before = transactions
            let result = try await transact("#\(call.number) once more: \(call.operation.text)") { host, transaction in
                try SimulatedAPI(host: host).answer(call, in: transaction)
            }
            if case .success(let second) = result, second != reply, transactions == before + 1 {
                report(violation: "I3: call \(call.number) was answered \(reply), and then \(second)")
            }
            if case .failure(.refused(let refusal)) = result {
                report(violation: "I3: call \(call.number) was answered \(reply), and then refused: \(refusal)")
            }
        }
    }

    /// A call is dated when it is sent; within a quarter of an hour both ways it is taken.
    private func isInWindow(_ call: SimulatedCall) -> Bool {
        abs(now.milliseconds - call.sent.milliseconds) < 900_000
    }
}
