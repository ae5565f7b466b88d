import AWSProtocol
import AWSSigning
import ArgumentParser
import CodePipelineWire
import Crypto
import Foundation
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore
import PipelineStoreSQLite

/// `micro`: one hot piece of the server again and again, for a tool that counts instructions.
struct MicroPieces: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "micro", abstract: "Runs one hot piece so many times; callgrind counts what it takes.")

    /// The pieces.
    enum Piece: String, CaseIterable, ExpressibleByArgument {
        /// The reference: SHA-256 of 1 KiB.
        case reference
        /// The check of a signature, the hash of the body counted in.
        case signature
        /// UpdatePipeline's body: parsed, its types and constraints checked, its rules checked.
        case declaration
        /// All commands of an execution of three stages.
        case engine
        /// The same commands as transactions of the store.
        case store
        /// CreatePipeline's transaction.
        case create
        /// UpdatePipeline's transaction, on more pipelines in turn than are in memory.
        case update
    }

    @Option(help: "The piece.")
    var piece: Piece

    @Option(help: "How often.")
    var iterations = 100

    func run() throws {
        let began = Clock.nanoseconds
        switch piece {
        case .reference: hash()
        case .signature: try verify()
        case .declaration: try compile()
        case .engine: try execute()
        case .store: try store()
        case .create: try update(of: iterations, 0)
        // After a round in which each ends what runs.
        case .update: try update(of: 600, 600 + iterations)
        }
        let nanoseconds = Double(Clock.nanoseconds - began) / Double(max(1, iterations))
        Report(
            "micro-\(piece.rawValue)",
            [("operations", .count(iterations)), ("ns_each", .number(nanoseconds)), ("errors", .count(0))]
        ).emit()
    }

    private func hash() {
        let block = [UInt8](repeating: 7, count: 1024)
        for _ in 0..<iterations { _ = SHA256.hash(data: block) }
    }

    private func verify() throws {
        let credentials = SigningCredentials(accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret")
        let body = Array(#"{"name":"catalogue-000001"}"#.utf8)
        var request = HTTPRequestHead(
            method: "POST", path: "/",
            headers: [
                ("Host", "127.0.0.1:8470"), ("Content-Type", "application/x-amz-json-1.1"),
                ("X-Amz-Target", "CodePipeline_20150709.GetPipeline"),
            ])
        let now: Int64 = 1_700_000_000_000
        RequestSigner(service: .codepipeline, region: "us-east-1", credentials: credentials)
            .sign(&request, bodyHash: Hexadecimal.encode(SHA256.hash(data: body)), now: now)
        let verifier = RequestVerifier(service: .codepipeline, region: "us-east-1")
        for _ in 0..<iterations {
            let claim = try verifier.claim(of: request, now: now)
            let hash = BodyHash.sha256(of: body)
            _ = try verifier.prove(claim, of: request, bodyHash: hash, credentials: credentials)
        }
    }

    private static var text: PipelineText {
        PipelineText(prefix: "catalogue-", provider: "Catalogue", configurationSize: 160)
    }

    private static func actionType(_ id: ActionTypeID) -> PipelineModel.ActionType {
        PipelineModel.ActionType(
            id: id, properties: [.init(name: "Parameters", required: false)], inputs: .init(0, 5), outputs: .init(0, 5))
    }

    private func compile() throws {
        let body = ByteBuffer()
        Self.text.write(1, revision: 1, to: body)
        let bytes = Array(body.bytes)
        let compiler = DefinitionCompiler(
            accountID: "111111111111", region: "us-east-1", actionType: { Self.actionType($0) })
        for version in 0..<iterations {
            let input = try decodeInput(UpdatePipelineInput.self, from: bytes)
            _ = try compiler.compile(input.pipeline, version: version + 1).get()
        }
    }

    private func definition() throws -> PipelineDefinition {
        let body = ByteBuffer()
        Self.text.write(1, revision: 1, to: body)
        let input = try decodeInput(UpdatePipelineInput.self, from: Array(body.bytes))
        let compiler = DefinitionCompiler(
            accountID: "111111111111", region: "us-east-1", actionType: { Self.actionType($0) })
        return try compiler.compile(input.pipeline, version: 1).get().definition
    }

    private static var ids: IDSource {
        let state = Counter()
        return IDSource(next: { state.next() })
    }

    private func execute() throws {
        var ids = Self.ids
        let now = Timestamp(milliseconds: 1_700_000_000_000)
        let definition = try definition()
        var machine = PipelineMachine(
            state: PipelineState(name: definition.name, created: now), definition: definition,
            settings: EngineSettings(), actionTypes: { _ in ActionTypeFacts(timeout: 3600) })
        _ = try machine.apply(.create(by: "micro"), at: now, ids: &ids)
        for _ in 0..<iterations {
            for stage in 0..<definition.stages.count {
                let id = try Self.liveJob(machine.state)
                guard case .job(let job) = try machine.apply(.dispatchJob(id: id), at: now, ids: &ids).reply else {
                    throw LoadError("no job was handed out")
                }
                _ = try machine.apply(.acknowledgeJob(id: id, nonce: job.nonce), at: now, ids: &ids)
                _ = try machine.apply(.jobSucceeded(id: id, Self.success(stage)), at: now, ids: &ids)
            }
            _ = try machine.apply(.start(trigger: Self.trigger), at: now, ids: &ids)
        }
    }

    private static let trigger = ExecutionTrigger(type: "StartPipelineExecution", detail: "micro")

    private static func success(_ stage: Int) -> JobSuccess {
        JobSuccess(currentRevision: stage == 0 ? .init(revision: "0123456789", changeIdentifier: "0123456789") : nil)
    }

    private static func liveJob(_ state: PipelineState) throws -> String {
        guard let id = state.latestExecutionID.flatMap({ state.executions[$0]?.run?.jobs.values.first?.id }) else {
            throw LoadError("the execution has no job")
        }
        return id
    }

    private func inStore(_ body: (InProcessEngine, PipelineDefinition) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "penstock-micro-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let engine = try InProcessEngine(
            path: folder.appending(path: "penstock.db").path, key: Array(repeating: 7, count: 32))
        let definition = try definition()
        for stage in definition.stages {
            for action in stage.actions {
                engine.host.actionTypes.put(
                    CustomActionTypeRow(type: Self.actionType(action.typeID), isDeleted: false))
            }
        }
        try body(engine, definition)
        engine.database.close()
    }

    private static func version(_ number: Int, of definition: PipelineDefinition) -> PipelineVersionRow {
        var definition = definition
        definition.version = number
        return PipelineVersionRow(
            version: number, declaration: definition.document(), definition: definition, secrets: [:])
    }

    private func store() throws {
        try inStore { engine, definition in
            let name = definition.name
            try engine.write { transaction in
                try engine.host.create(
                    Self.version(1, of: definition), pipelineType: "V1", by: "micro", in: transaction)
            }
            func apply(_ command: PipelineEngine.Command) throws -> PipelineMachine.Reply {
                try engine.write { try engine.apply(command, to: name, in: $0) }
            }
            for _ in 0..<iterations {
                for stage in 0..<definition.stages.count {
                    guard let state = engine.store.cachedPipeline(name)?.state else {
                        throw LoadError("the pipeline is not in memory")
                    }
                    let id = try Self.liveJob(state)
                    guard case .job(let job) = try apply(.dispatchJob(id: id)) else {
                        throw LoadError("no job was handed out")
                    }
                    _ = try apply(.acknowledgeJob(id: id, nonce: job.nonce))
                    _ = try apply(.jobSucceeded(id: id, Self.success(stage)))
                }
                _ = try apply(.start(trigger: Self.trigger))
            }
        }
    }

    /// Creates so many pipelines, then updates them in turn.
    private func update(of count: Int, _ updates: Int) throws {
        try inStore { engine, definition in
            for number in 0..<count + updates {
                var definition = definition
                definition.name = "catalogue-\(number % count)"
                let version = Self.version(1 + number / count, of: definition)
                try engine.write { transaction in
                    if version.version == 1 {
                        return try engine.host.create(version, pipelineType: "V1", by: "micro", in: transaction)
                    }
                    guard let row = try transaction.currentVersion(version.definition.name) else {
                        throw LoadError("\(version.definition.name) was not created")
                    }
                    try engine.host.update(row, to: version, pipelineType: "V1", in: transaction)
                }
            }
        }
    }
}
