import AWSSigning
import Crypto

/// Requests of one API operation, each signed afresh with Signature Version 4.
///
/// What all requests of a second have in common is hashed once: the head of the canonical request, the head of the string
/// to sign, and both pads of the key. A request then costs four short hashes, so that the client is not what is
/// measured.
final class APICall {
    private let operation: String
    private let authority: String
    private let credentials: SigningCredentials
    private let region: String
    /// Lines that are sent and not signed, each with its line end.
    private let unsignedHeaders: String

    private var second: Int64 = -1
    private let head = ByteBuffer()
    private var canonical = SHA256()
    private var inner = SHA256()
    private var outer = SHA256()
    private let scratch = ByteBuffer(capacity: 128)

    /// - Parameter waitSeconds: asks the server to hold an empty poll so long.
    init(
        _ operation: String, endpoint: Endpoint, credentials: SigningCredentials, region: String = "us-east-1",
        waitSeconds: Int = 0
    ) {
        self.operation = operation
        authority = endpoint.authority
        self.credentials = credentials
        self.region = region
        unsignedHeaders = waitSeconds > 0 ? "X-Penstock-Wait: \(waitSeconds)\r\n" : ""
    }

    /// Writes the request with this body.
    func write(body: UnsafeRawBufferPointer, to output: ByteBuffer, at epochSeconds: Int64) {
        if epochSeconds != second { prepare(epochSeconds) }
        output.clear()
        output.append(head.bytes)
        sign(body, to: output)
        output.append("\r\nContent-Length: ")
        output.append(decimal: body.count)
        output.append("\r\n\r\n")
        output.append(body)
    }

    private func sign(_ body: UnsafeRawBufferPointer, to output: ByteBuffer) {
        var bodyHash = SHA256()
        bodyHash.update(bufferPointer: body)
        var request = canonical
        request.update(bufferPointer: hexadecimal(bodyHash))
        var key = inner
        key.update(bufferPointer: hexadecimal(request))
        var signature = outer
        key.finalize().withUnsafeBytes { signature.update(bufferPointer: $0) }
        output.append(hexadecimal(signature))
    }

    /// The digest in 64 digits; valid until the next call.
    private func hexadecimal(_ hash: SHA256) -> UnsafeRawBufferPointer {
        scratch.clear()
        hash.finalize().withUnsafeBytes { scratch.append(hexadecimal: $0) }
        return scratch.bytes
    }

    private func prepare(_ epochSeconds: Int64) {
        second = epochSeconds
        let date = SigningDate(milliseconds: epochSeconds * 1000)
        let scope = SigningScope(date: date.day, region: region, service: "codepipeline")
        let target = "CodePipeline_20150709.\(operation)"
        let names = "content-type;host;x-amz-date;x-amz-target"
        let contentType = "application/x-amz-json-1.1"
        canonical = SHA256()
        canonical.update(
            data: Array(
                """
                POST
                /

                content-type:\(contentType)
                host:\(authority)
                x-amz-date:\(date.basic)
                x-amz-target:\(target)

                \(names)

                """.utf8))
        let key = scope.signingKey(secretAccessKey: credentials.secretAccessKey).bytes
        let padded = key + Array(repeating: 0, count: 64 - key.count)
        inner = SHA256()
        inner.update(data: padded.map { $0 ^ 0x36 })
        inner.update(data: Array("\(SigningScope.algorithm)\n\(date.basic)\n\(scope.text)\n".utf8))
        outer = SHA256()
        outer.update(data: padded.map { $0 ^ 0x5c })
        head.clear()
        head.append(
            "POST / HTTP/1.1\r\nHost: \(authority)\r\nContent-Type: \(contentType)\r\nX-Amz-Target: \(target)\r\n"
                + "X-Amz-Date: \(date.basic)\r\n\(unsignedHeaders)Authorization: \(SigningScope.algorithm) "
                + "Credential=\(credentials.accessKeyID)/\(scope.text), SignedHeaders=\(names), Signature=")
    }
}
