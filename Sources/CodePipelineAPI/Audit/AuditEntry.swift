import AWSProtocol

/// What the audit log keeps of one call that changes something, or that wanted to. Nothing in it is secret: no
/// signature, token, nonce, declaration or body.
package struct AuditEntry: Sendable {
    /// `codepipeline` or `s3`.
    package var service: StaticString
    package var operation: String
    /// The ARN that the call was checked against; that of the action where a worker speaks of its job.
    package var resource: String
    /// The job that a worker speaks of.
    package var jobID: String?
    package var callerArn: String
    package var accessKeyID: String
    package var requestID: String
    package var origin: RequestOrigin

    /// Texts that callers choose are cut here, in bytes.
    package static let maximumTextBytes = 1024
    /// Where nothing was changed, texts that callers make up are cut here.
    package static let maximumRefusedTextBytes = 128

    /// The result of a call that was not refused.
    package static let changed = "ok"

    package init(
        service: StaticString, operation: String, resource: String, jobID: String? = nil, callerArn: String,
        accessKeyID: String, requestID: String, origin: RequestOrigin
    ) {
        self.service = service
        self.operation = operation
        self.resource = resource
        self.jobID = jobID
        self.callerArn = callerArn
        self.accessKeyID = accessKeyID
        self.requestID = requestID
        self.origin = origin
    }

    /// The line of the log, with its end.
    ///
    /// - Parameter result: ``changed``, or the type of the error that the caller was sent.
    package func line(result: String) -> AuditLine {
        let textBytes = result == Self.changed ? Self.maximumTextBytes : Self.maximumRefusedTextBytes
        var writer = JSONWriter(reservingCapacity: 512)
        writer.beginObject()
        writer.name("time")
        writer.string(AuditLine.time(origin.receivedAt))
        writer.name("service")
        writer.string("\(service)")
        writer.name("operation")
        writer.string(operation)
        writer.name("resource")
        writer.string(Self.cut(resource, at: Self.maximumTextBytes))
        if let jobID {
            writer.name("jobId")
            writer.string(Self.cut(jobID, at: textBytes))
        }
        writer.name("caller")
        writer.string(callerArn)
        writer.name("accessKeyId")
        writer.string(accessKeyID)
        if let address = origin.sourceAddress {
            writer.name("sourceAddress")
            writer.string(address)
        }
        if let userAgent = origin.userAgent {
            writer.name("userAgent")
            writer.string(Self.cut(userAgent, at: textBytes))
        }
        writer.name("requestId")
        writer.string(requestID)
        writer.name("result")
        writer.string(result)
        writer.endObject()
        return AuditLine(
            bytes: writer.bytes + [UInt8(ascii: "\n")], callerArn: callerArn, accessKeyID: accessKeyID,
            receivedAt: origin.receivedAt)
    }

    private static func cut(_ text: String, at maximum: Int) -> String {
        guard text.utf8.count > maximum else { return text }
        return String(decoding: text.utf8.prefix(maximum), as: UTF8.self)
    }
}
