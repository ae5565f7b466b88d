import AWSSigning

/// Where the port records requests that change something, or that wanted to.
package struct S3Audit: Sendable {
    /// Whether records can be written; asked before anything is changed.
    package var isWritable: @Sendable () -> Bool
    /// Takes a request that was served, before its reply is sent. False where the record could not be written.
    package var served: @Sendable (S3AuditRecord) -> Bool
    /// Takes a request that was refused, with the error's code.
    package var refused: @Sendable (S3AuditRecord, _ code: String) -> Void

    package init(
        isWritable: @escaping @Sendable () -> Bool, served: @escaping @Sendable (S3AuditRecord) -> Bool,
        refused: @escaping @Sendable (S3AuditRecord, _ code: String) -> Void
    ) {
        self.isWritable = isWritable
        self.served = served
        self.refused = refused
    }

    /// Serves a request and records how it ended; nil is a request that changes nothing.
    func recording(
        _ record: S3AuditRecord?, _ serve: () async throws -> S3Response
    ) async throws -> S3Response {
        guard let record else { return try await serve() }
        guard await runningElsewhere({ isWritable() }) else { throw S3Error.auditUnavailable }
        return try await recorded(record, serve)
    }

    /// A result that is still to come is recorded when it has come.
    private func recorded(_ record: S3AuditRecord, _ serve: () async throws -> S3Response) async throws -> S3Response {
        var response: S3Response
        do {
            response = try await serve()
        } catch {
            refused(record, S3Error.from(error).error.code)
            throw error
        }
        if case .pending(let work) = response.body {
            response.body = .pending { try await recorded(record, work) }
            return response
        }
        guard await runningElsewhere({ served(record) }) else { throw S3Error.unrecorded }
        return response
    }
}

/// One request, for the audit log.
package struct S3AuditRecord: Sendable {
    package var operation: String
    /// The ARN of the bucket or object.
    package var resource: String
    package var accessKeyID: String
    package var access: S3Principal.Access
    package var requestID: String
    package var origin: S3RequestOrigin

    /// What shows a change to others. Parts of an upload are not seen before it is completed.
    private static let changes: Set<S3Operation> = [
        .createBucket, .deleteBucket, .putBucketVersioning, .deleteObjects, .putObject, .deleteObject, .copyObject,
        .createMultipartUpload, .completeMultipartUpload, .abortMultipartUpload,
    ]

    /// Nil where the operation changes nothing.
    init?(_ operation: S3Operation, of request: S3Request, by principal: S3Principal) {
        guard Self.changes.contains(operation) else { return nil }
        self.operation = operation.rawValue
        resource = S3Permission.arn(request.target.bucket ?? "*", request.target.key)
        accessKeyID = principal.credentials.accessKeyID
        access = principal.access
        requestID = request.id
        origin = S3RequestOrigin(sourceAddress: request.sourceAddress, userAgent: request.headers["user-agent"])
    }
}
