import AWSProtocol
import AWSSigning
import ActionProviders
import CodePipelineAPI
import CodePipelineWire
import Crypto
import NIOCore
import NIOPosix
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore
import Simulator
import Synchronization
import Testing

@Suite("Declarations that are checked before their transaction")
struct CheckedDeclarationTests {
    private let store = InterruptedStore()
    private let types = ActionTypeDirectory(
        catalogue: ActionTypeCatalogue(), clients: [:], customActionTimeout: 3600)

    private var operations: CodePipelineOperations {
        let signals = RuntimeSignals()
        let host = PipelineHost(
            store: store, actionTypes: types, jobs: JobBoard(signals: signals), signals: signals,
            settings: EngineSettings(), git: GitSettings(codeCommit: "file:///nowhere/{RepositoryName}"),
            now: { Timestamp(milliseconds: EdgeServer.now) }, ids: IDSource(seed: 1))
        return CodePipelineOperations(
            host: host, jobCredentials: JobCredentials(key: [UInt8](repeating: 7, count: 32)),
            accountID: EdgeServer.accountID, region: "us-east-1", limits: .init(),
            audit: AuditTrail(append: { _ in }, appendSoon: { _ in }, flush: { true }), ensureBuckets: { _, _ in })
    }

    private func call(_ operation: CodePipelineOperation, _ body: [UInt8]) async throws -> String {
        var head = AWSSigning.HTTPRequestHead(method: "POST", path: "/", headers: [("Host", "localhost")])
        let hash = Hexadecimal.encode(SHA256.hash(data: body))
        RequestSigner(service: .codepipeline, region: "us-east-1", credentials: EdgeServer.root)
            .sign(&head, bodyHash: hash, now: EdgeServer.now)
        let caller = try Authenticator(region: "us-east-1", directory: EdgeServer.directory)
            .authenticate(head, body: body, now: EdgeServer.now)
        let request = APIRequest(
            operation: operation, caller: caller, input: try #require(JSONReader.parse(body).object), body: body,
            requestID: "1",
            origin: RequestOrigin(
                region: "us-east-1", isSecureTransport: false, sourceAddress: nil, userAgent: nil,
                receivedAt: EdgeServer.now))
        switch operations.answer(request, on: MultiThreadedEventLoopGroup.singleton.any()) {
        case .now(let result): return String(decoding: try result.get(), as: UTF8.self)
        case .later(let future): return String(decoding: try await future.get(), as: UTF8.self)
        case .waiting: preconditionFailure("Invalid state: neither operation waits")
        }
    }

    private let id = ActionTypeID(category: "Build", owner: "Custom", provider: "Checker")

    private func declaration(_ name: String = "web", note: String = "a") -> PipelineDeclaration {
        PipelineDeclaration(
            name: name, roleArn: "arn:aws:iam::111111111111:role/p",
            artifactStore: ArtifactStore(type: "S3", location: "artifacts"),
            stages: [
                StageDeclaration(
                    name: "Source",
                    actions: [
                        ActionDeclaration(
                            name: "Fetch",
                            actionTypeId: ActionTypeId(category: "Source", owner: "AWS", provider: "S3", version: "1"),
                            configuration: ["S3Bucket": "code", "S3ObjectKey": "app.zip"],
                            outputArtifacts: [OutputArtifact(name: "App")])
                    ]),
                StageDeclaration(
                    name: "Build",
                    actions: [
                        ActionDeclaration(name: "Check", actionTypeId: id.wire, configuration: ["Note": note])
                    ]),
            ])
    }

    private func create(_ declaration: PipelineDeclaration) async throws -> String {
        try await call(.createPipeline, encodeDocument(CreatePipelineInput(pipeline: declaration)))
    }

    private func update(_ declaration: PipelineDeclaration) async throws -> String {
        try await call(.updatePipeline, encodeDocument(UpdatePipelineInput(pipeline: declaration)))
    }

    private func register(isDeleted: Bool = false) {
        types.put(
            CustomActionTypeRow(
                type: PipelineModel.ActionType(
                    id: id, properties: [.init(name: "Note", required: false)], inputs: .init(0, 1),
                    outputs: .init(0, 1)),
                isDeleted: isDeleted))
    }

    @Test("A custom type that goes between the check and the transaction is refused, in new pipelines and updates")
    func typeRemoved() async throws {
        let gone = AWSServiceError(
            "InvalidActionDeclarationException",
            "ActionType (Category: 'Build', Provider: 'Checker', Owner: 'Custom', Version: '1') in action 'Check' "
                + "is not available in region 'US_EAST_1'")
        register()
        store.interrupt { register(isDeleted: true) }
        await #expect(throws: gone) { try await create(declaration()) }
        register()
        _ = try await create(declaration())
        store.interrupt { register(isDeleted: true) }
        await #expect(throws: gone) { try await update(declaration(note: "b")) }
        #expect(store.cachedPipeline("web")?.version == 1)
    }

    @Test("A custom type that comes between the check and the transaction is taken")
    func typeAdded() async throws {
        store.interrupt { register() }
        #expect(try await create(declaration()).contains(#""version":1"#))
    }

    @Test("An update that another one overtakes is the version behind it, in its reply and in the store")
    func overtaken() async throws {
        register()
        _ = try await create(declaration())
        store.interrupt { [store, declaration] in
            store.write({ transaction in
                guard let row = try transaction.pipeline("web") else { return }
                var definition = row.definition
                definition.version = 2
                try transaction.insertVersion(
                    PipelineVersionRow(
                        version: 2, declaration: encodeDocument(declaration("web", "b")), definition: definition,
                        secrets: [:]),
                    pipelineType: "V1", state: row.state, of: PipelineStateRow(of: row))
            }) { _ in }
        }
        let reply = try await update(declaration(note: "c"))
        let row = try #require(store.cachedPipeline("web"))
        #expect(row.version == 3)
        #expect(row.definition.version == 3)
        let stored = try decodeDocument(PipelineDeclaration.self, from: row.declaration)
        #expect(stored.version == 3)
        #expect(stored.stages[1].actions[0].configuration == ["Note": "c"])
        #expect(reply == #"{"pipeline":"# + String(decoding: row.declaration, as: UTF8.self) + "}")
    }

    @Test("What is wrong with the declaration of a pipeline that is not there is told after that")
    func missingPipeline() async throws {
        let missing = AWSServiceError(
            "PipelineNotFoundException",
            "The account with id '111111111111' does not include a pipeline with the name 'web'")
        await #expect(throws: missing) { try await update(declaration()) }
    }
}

/// A store in memory in which something happens between a call and its transaction.
private final class InterruptedStore: PipelineStore {
    private let inner = MemoryStore()
    private let interruption = Mutex<(@Sendable () -> Void)?>(nil)

    /// What happens before the next write.
    func interrupt(_ body: @escaping @Sendable () -> Void) {
        interruption.withLock { $0 = body }
    }

    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any PipelineTransaction) throws -> Value,
        completion: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) {
        let interruption = interruption.withLock { interruption in
            defer { interruption = nil }
            return interruption
        }
        interruption?()
        inner.write(body, completion: completion)
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any PipelineReader) throws -> Value,
        completion: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) {
        inner.read(body, completion: completion)
    }

    func cachedPipeline(_ name: String) -> PipelineRow? { inner.cachedPipeline(name) }

    func cachedDeclaration(_ name: String) -> DeclarationRow? { inner.cachedDeclaration(name) }
}
