import AWSProtocol
import AWSSigning

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
    /// - Parameter result: `ok`, or the type of the error that the caller was sent.
    package func line(result: String) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 512)
        writer.beginObject()
        writer.name("time")
        writer.string(Self.time(origin.receivedAt))
        writer.name("service")
        writer.string("\(service)")
        writer.name("operation")
        writer.string(operation)
        writer.name("resource")
        writer.string(Self.cut(resource))
        if let jobID {
            writer.name("jobId")
            writer.string(Self.cut(jobID))
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
            writer.string(Self.cut(userAgent))
        }
        writer.name("requestId")
        writer.string(requestID)
        writer.name("result")
        writer.string(result)
        writer.endObject()
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    private static func cut(_ text: String) -> String {
        guard text.utf8.count > maximumTextBytes else { return text }
        return String(decoding: text.utf8.prefix(maximumTextBytes), as: UTF8.self)
    }

    /// `2026-11-22T02:00:00.123Z`.
    private static func time(_ milliseconds: Int64) -> String {
        let date = Array(SigningDate(milliseconds: milliseconds).basic.utf8)
        let thousandths = Int(((milliseconds % 1000) + 1000) % 1000)
        var text: [UInt8] = []
        text.reserveCapacity(24)
        for (place, byte) in date.dropLast().enumerated() {
            if place == 4 || place == 6 { text.append(UInt8(ascii: "-")) }
            if place == 11 || place == 13 { text.append(UInt8(ascii: ":")) }
            text.append(byte)
        }
        text.append(UInt8(ascii: "."))
        for divisor in [100, 10, 1] { text.append(UInt8(ascii: "0") + UInt8(thousandths / divisor % 10)) }
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }
}
