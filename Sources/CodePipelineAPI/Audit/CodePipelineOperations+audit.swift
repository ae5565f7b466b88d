package import AWSProtocol
import CodePipelineWire
import NIOCore
import PipelineRuntime
import PipelineStore

extension CodePipelineOperation {
    /// Whether it changes something: the access levels of the service authorization reference. A poll hands out jobs.
    var isChange: Bool {
        !rawValue.hasPrefix("Get") && !rawValue.hasPrefix("List")
    }
}

extension CodePipelineOperations {
    /// Puts a refusal in the audit log, if the operation changes something.
    package func auditRefusal(of request: APIRequest, _ error: AWSServiceError) {
        guard request.operation.isChange else { return }
        audit.appendSoon(auditEntry(of: request).line(result: error.code))
    }

    /// Runs a change, and answers once it is on disk and its line is in the audit log: one write for all changes of a
    /// commit, made by the first of their callers to be told.
    func change(
        _ request: APIRequest, promise: EventLoopPromise<[UInt8]>,
        _ body: @escaping @Sendable (any PipelineTransaction) throws -> [UInt8]
    ) {
        let entry = auditEntry(of: request)
        // Made here and not in the transaction, for which others wait.
        let line = entry.line(result: AuditEntry.changed)
        let audit = audit
        host.store.write({ transaction in
            // With nothing to write this is no system call; after a failure it tries again.
            guard audit.flush() else { throw AuditTrail.unavailable }
            let reply = try body(transaction)
            transaction.onCommit { audit.append(line) }
            return reply
        }) { result in
            switch result {
            case .success(let reply):
                guard audit.flush() else { return promise.fail(AuditTrail.unrecorded) }
                promise.succeed(reply)
            case .failure(let error):
                let error = Self.apiError(error)
                // Not flushed here: a store that takes no more work says so on the caller's event loop.
                audit.appendSoon(entry.line(result: (error as? AWSServiceError)?.code ?? "InternalFailure"))
                promise.fail(error)
            }
        }
    }

    /// The poll, which leaves its line with the commit that hands jobs over to it.
    func recording(_ poll: JobWait.Poll, of request: APIRequest) -> JobWait.Poll {
        let line = auditEntry(of: request).line(result: AuditEntry.changed)
        var recording = poll
        recording.reply = { [audit] jobs, transaction in
            guard audit.flush() else { throw AuditTrail.unavailable }
            let reply = try poll.reply(jobs, transaction)
            transaction.onCommit { audit.append(line) }
            return reply
        }
        return recording
    }

    private func auditEntry(of request: APIRequest) -> AuditEntry {
        var resource = resources(of: request)[0]
        let jobID = request.input["jobId"]?.string
        if let jobID, let place = host.jobs.liveJob(jobID)?.place {
            resource = actionArn(place.pipeline, place.stage, place.action)
        }
        return AuditEntry(
            service: "codepipeline", operation: request.operation.rawValue, resource: resource, jobID: jobID,
            callerArn: request.caller.identity.arn, accessKeyID: request.caller.accessKeyID,
            requestID: request.requestID, origin: request.origin)
    }
}
