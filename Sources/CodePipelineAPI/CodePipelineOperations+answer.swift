import AWSProtocol
import AWSSigning
import CodePipelineWire
import Crypto
package import NIOCore
import PipelineRuntime
import PipelineStore

extension CodePipelineOperations {
    /// Answers a call: who may (row 13 of semantics-core 1.5), its types and constraints (14, 15), then its own rules.
    package func answer(_ request: APIRequest, on eventLoop: any EventLoop) -> APIReply {
        do {
            try authorize(request)
            switch try reply(to: request) {
            case .body(let body):
                return .now(.success(body))
            case .nothingToDo(let body):
                guard !request.isFirstTry, let call = Self.name(of: request) else { return .now(.success(body)) }
                let promise = eventLoop.makePromise(of: [UInt8].self)
                host.store.read({ try $0.reply(toCall: call) ?? body }) {
                    promise.completeWith($0.mapError(Self.apiError))
                }
                return .later(promise.futureResult)
            case .read(let body):
                let promise = eventLoop.makePromise(of: [UInt8].self)
                host.store.read(body) { promise.completeWith($0.mapError(Self.apiError)) }
                return .later(promise.futureResult)
            case .write(let body):
                let promise = eventLoop.makePromise(of: [UInt8].self)
                change(request, promise: promise, repeatable(body, of: request))
                return .later(promise.futureResult)
            case .wait(let poll):
                let wait = JobWait(
                    recording(poll, of: request), seconds: request.waitSeconds ?? 0, store: host.store,
                    jobs: host.jobs, now: host.now, call: Self.name(of: request), recorded: audit.flush, on: eventLoop)
                return .waiting(wait.begin(isFirstTry: request.isFirstTry), end: { wait.end() })
            }
        } catch let error as AWSServiceError {
            auditRefusal(of: request, error)
            return .now(.failure(error))
        } catch {
            return .later(eventLoop.makeFailedFuture(error))
        }
    }

    /// A call that an SDK sends again gets the first one's reply, also after a crash in between (Settled 10).
    private func repeatable(
        _ body: @escaping @Sendable (any PipelineTransaction) throws -> [UInt8], of request: APIRequest
    ) -> @Sendable (any PipelineTransaction) throws -> [UInt8] {
        guard let call = Self.name(of: request) else { return body }
        let now = host.now
        return { transaction in
            if let known = try transaction.reply(toCall: call) { return known }
            let reply = try body(transaction)
            try transaction.saveReply(reply, toCall: call, at: now())
            return reply
        }
    }

    /// What all tries of one call share and no other call has; nil where the client does not number its calls.
    private static func name(of request: APIRequest) -> String? {
        guard let invocation = request.invocationID else { return nil }
        var hash = SHA256()
        hash.update(data: Array("\(request.caller.accessKeyID)\n\(request.operation.rawValue)\n\(invocation)\n".utf8))
        hash.update(data: request.body)
        return Hexadecimal.encode(hash.finalize())
    }

    /// The store's trouble as callers see it; errors of operations pass as they are.
    static func apiError(_ error: any Error) -> any Error {
        guard let error = error as? StoreError else { return error }
        return switch error {
        case .full:
            AWSServiceError(
                "ServiceUnavailableException",
                "No space is left on the server's disk: nothing was changed. Free some space and try again.",
                httpStatus: 503)
        case .closed, .overloaded:
            AWSServiceError(
                "ServiceUnavailableException", "The server is stopping or overloaded. Try again.", httpStatus: 503)
        case .undecipherable(let reason):
            AWSServiceError("InternalFailure", "\(reason). Nothing was changed.", httpStatus: 500)
        case .failed, .newerSchema:
            error
        }
    }

    private func reply(to request: APIRequest) throws -> OperationReply {
        let call = Call(callerArn: request.caller.identity.arn)
        func input<Input: WireInput>(_ type: Input.Type) throws -> Input {
            try decodeInput(type, from: request.input)
        }
        return switch request.operation {
        case .createPipeline: try createPipeline(checked(input(CreatePipelineInput.self), request), call)
        case .updatePipeline: try updatePipeline(checked(input(UpdatePipelineInput.self), request), call)
        case .getPipeline: try getPipeline(input(GetPipelineInput.self))
        case .deletePipeline: try deletePipeline(input(DeletePipelineInput.self))
        case .listPipelines: try listPipelines(input(ListPipelinesInput.self))
        case .getPipelineState: try getPipelineState(input(GetPipelineStateInput.self))
        case .getPipelineExecution: try getPipelineExecution(input(GetPipelineExecutionInput.self))
        case .startPipelineExecution: try startPipelineExecution(input(StartPipelineExecutionInput.self), call)
        case .retryStageExecution: try retryStageExecution(input(RetryStageExecutionInput.self))
        case .enableStageTransition: try enableStageTransition(input(EnableStageTransitionInput.self), call)
        case .disableStageTransition: try disableStageTransition(input(DisableStageTransitionInput.self), call)
        case .putActionRevision: try putActionRevision(input(PutActionRevisionInput.self))
        case .putApprovalResult: try putApprovalResult(input(PutApprovalResultInput.self), call)
        case .listActionTypes: try listActionTypes(input(ListActionTypesInput.self))
        case .createCustomActionType: try createCustomActionType(input(CreateCustomActionTypeInput.self))
        case .deleteCustomActionType: try deleteCustomActionType(input(DeleteCustomActionTypeInput.self))
        case .pollForJobs: try pollForJobs(input(PollForJobsInput.self), wait: request.waitSeconds)
        case .acknowledgeJob: try acknowledgeJob(input(AcknowledgeJobInput.self))
        case .getJobDetails: try getJobDetails(input(GetJobDetailsInput.self))
        case .putJobSuccessResult: try putJobSuccessResult(input(PutJobSuccessResultInput.self))
        case .putJobFailureResult: try putJobFailureResult(input(PutJobFailureResultInput.self))
        case .pollForThirdPartyJobs:
            try pollForThirdPartyJobs(input(PollForThirdPartyJobsInput.self), wait: request.waitSeconds)
        case .acknowledgeThirdPartyJob: try acknowledgeThirdPartyJob(input(AcknowledgeThirdPartyJobInput.self))
        case .getThirdPartyJobDetails: try getThirdPartyJobDetails(input(GetThirdPartyJobDetailsInput.self))
        case .putThirdPartyJobSuccessResult:
            try putThirdPartyJobSuccessResult(input(PutThirdPartyJobSuccessResultInput.self))
        case .putThirdPartyJobFailureResult:
            try putThirdPartyJobFailureResult(input(PutThirdPartyJobFailureResultInput.self))
        default:
            try notServed(request)
        }
    }

    /// An operation of today's API that this version does not have: checked like the others, then refused in words.
    private func notServed(_ request: APIRequest) throws -> OperationReply {
        _ = try validateInput(of: request.operation, body: request.body)
        throw AWSServiceError(
            "UnknownOperationException", "\(request.operation.rawValue) is not served by this version of Penstock")
    }

    private func checked<Input: DeclaresPipeline>(_ input: Input, _ request: APIRequest) throws -> Input {
        guard request.caller.identity.policies != nil else { return input }
        for role in input.pipeline.roles { try request.caller.identity.authorizePassRole(role, from: request.origin) }
        return input
    }
}

/// An input that brings a declaration, with roles in it.
private protocol DeclaresPipeline {
    var pipeline: PipelineDeclaration { get }
}

extension CreatePipelineInput: DeclaresPipeline {}
extension UpdatePipelineInput: DeclaresPipeline {}

extension PipelineDeclaration {
    fileprivate var roles: Set<String> {
        Set([roleArn] + stages.flatMap { $0.actions.compactMap(\.roleArn) })
    }
}
