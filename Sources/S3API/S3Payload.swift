import AWSSigning
import ArtifactStorage
import NIOCore

/// The body of an authenticated request: unframed and held against everything that the request says of it. Bytes can
/// only be had through ``store(in:)`` and ``collect(limit:)``, which return once all of it is proven.
struct S3Payload {
    private let body: S3RequestBody
    private let mode: PayloadMode
    private let contentMD5: String?
    private let expectation: Checksums
    private var decoder: ChunkedPayloadDecoder?
    /// Bytes without the framing.
    let length: Int64?

    /// What the request says of the content's checksum.
    struct Checksums: Sendable {
        var algorithm: ChecksumAlgorithm?
        /// Base64; nil where a trailer has it.
        var value: String?
    }

    /// - Throws: what is wrong with the headers that describe the body.
    init(of request: AuthenticatedS3Request, body: S3RequestBody) throws(S3Error) {
        self.body = body
        mode = request.payloadMode
        contentMD5 = request.headers["content-md5"]
        let trailers = (request.headers["x-amz-trailer"] ?? "").split(separator: ",").map(Self.trimmed)
        // The checksum that completes an upload is that of the object.
        let isCompletion = request.operation == .completeMultipartUpload
        expectation = try Self.expectation(
            headers: isCompletion ? S3Headers([]) : request.headers, trailers: trailers)
        if mode.isChunked {
            guard let text = request.headers["x-amz-decoded-content-length"] else { throw .missingContentLength }
            guard let decoded = Int64(text), decoded >= 0 else {
                throw .invalidArgument("x-amz-decoded-content-length must be a number of bytes")
            }
            length = decoded
            decoder = ChunkedPayloadDecoder(
                mode: mode, seed: request.signature, decodedLength: decoded, trailers: trailers)
        } else {
            guard trailers.isEmpty else { throw .invalidRequest("x-amz-trailer needs an aws-chunked body") }
            length = body.declaredLength ?? (body.hasUnknownLength ? nil : 0)
        }
    }

    /// The algorithm that the content must be hashed with.
    var algorithm: ChecksumAlgorithm? { expectation.algorithm }

    /// Streams the body into an upload and finishes that.
    ///
    /// - Parameter limit: bytes at most.
    /// - Throws: and then nothing of it may be kept.
    func store(in upload: ObjectUpload, limit: Int64 = S3Limits.putSize) async throws -> ObjectContent {
        guard let length else { throw S3Error.missingContentLength }
        guard length <= limit else { throw S3Error.entityTooLarge(length, limit: limit) }
        let trailers = try await stream { try await upload.append($0) }
        let content = try await upload.finish()
        try check(
            sha256: content.sha256, md5: content.md5, checksum: algorithm.flatMap { content.checksums[$0] },
            trailers: trailers)
        return content
    }

    /// Reads a body that has no meaning, and holds it against the signature like any other: one that was put to a request
    /// on its way is refused.
    ///
    /// - Throws: `InvalidRequest` also where it is larger than ``S3Limits/drainedSize``.
    func prove() async throws {
        _ = try await collect(
            limit: Int(S3Limits.drainedSize), otherwise: .invalidRequest("This request takes no body."))
    }

    /// The whole of a small body.
    ///
    /// - Throws: `MalformedXML` where it is larger than ``S3Limits/documentSize``.
    func collect() async throws -> ByteBuffer {
        try await collect(limit: S3Limits.documentSize, otherwise: .malformedXML)
    }

    private func collect(limit: Int, otherwise tooLarge: S3Error) async throws -> ByteBuffer {
        guard (length ?? 0) <= limit else { throw tooLarge }
        var collected = ByteBuffer()
        let trailers = try await stream { bytes in
            guard collected.readableBytes + bytes.readableBytes <= limit else { throw tooLarge }
            var bytes = bytes
            collected.writeBuffer(&bytes)
        }
        let digest = { (algorithm: ChecksumAlgorithm) -> [UInt8] in
            var digest = ChecksumDigest(algorithm)
            collected.withUnsafeReadableBytes { digest.update($0) }
            return digest.bytes
        }
        try check(sha256: digest(.sha256), md5: digest(.md5), checksum: algorithm.map(digest), trailers: trailers)
        return collected
    }

    /// - Returns: the trailers.
    private func stream(_ take: (ByteBuffer) async throws -> Void) async throws -> [String: String] {
        var decoder = decoder
        while let bytes = try await body.next() {
            guard decoder != nil else {
                try await take(bytes)
                continue
            }
            let ranges = try bytes.withUnsafeReadableBytes { try decoder?.feed($0) ?? [] }
            for range in ranges {
                if let piece = bytes.getSlice(at: bytes.readerIndex + range.lowerBound, length: range.count) {
                    try await take(piece)
                }
            }
        }
        return try decoder?.finish() ?? [:]
    }

    /// What the request says nothing of is not computed.
    private func check(
        sha256: @autoclosure () -> [UInt8], md5: @autoclosure () -> [UInt8], checksum: [UInt8]?,
        trailers: [String: String]
    ) throws(S3Error) {
        if case .hash(let expected) = mode, expected != Hexadecimal.encode(sha256()) { throw .contentHashMismatch }
        if let contentMD5 {
            guard Self.isDigest(contentMD5) else { throw .invalidDigest }
            guard contentMD5 == Base64.encode(md5()) else { throw .badContentMD5 }
        }
        if let algorithm, let checksum {
            guard let expected = expectation.value ?? trailers[algorithm.headerName],
                expected == Base64.encode(checksum)
            else { throw .badChecksum(algorithm) }
        }
    }

    /// Whether this may be the base64 of an MD5: 22 characters and two signs of equality.
    private static func isDigest(_ text: String) -> Bool {
        text.utf8.count == 24 && text.hasSuffix("==")
    }

    private static func expectation(headers: S3Headers, trailers: [String]) throws(S3Error) -> Checksums {
        let algorithms = ChecksumAlgorithm.allCases.filter { $0 != .md5 }
        let inHeaders = algorithms.filter { headers[$0.headerName] != nil }
        var inTrailers: [ChecksumAlgorithm] = []
        for trailer in trailers {
            guard let algorithm = ChecksumAlgorithm(headerName: trailer), algorithm != .md5 else {
                throw .invalidRequest("The value specified in the x-amz-trailer header is not supported")
            }
            inTrailers.append(algorithm)
        }
        guard inHeaders.count + inTrailers.count <= 1 else {
            throw .invalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
        }
        let named = headers["x-amz-sdk-checksum-algorithm"]
        guard let algorithm = inHeaders.first ?? inTrailers.first else {
            if named != nil {
                throw .invalidRequest(
                    "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or "
                        + "x-amz-trailer headers were found."
                )
            }
            return Checksums()
        }
        if let named, named.uppercased() != algorithm.rawValue {
            throw .invalidRequest("Value for x-amz-sdk-checksum-algorithm header is invalid.")
        }
        return Checksums(algorithm: algorithm, value: headers[algorithm.headerName])
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()).lowercased()
    }
}
