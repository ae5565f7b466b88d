import AWSSigning
import ArtifactStorage
import NIOCore

extension S3Service {
    /// Makes the parts named one object.
    func completeMultipartUpload(_ request: AuthenticatedS3Request, _ payload: S3Payload) async throws -> S3Response {
        let upload = try await upload(of: request)
        let condition = try S3Preconditions.put(request.headers)
        let expected = try Self.expectation(of: request, upload: upload)
        let parts = try Self.parts(in: try await payload.collect())
        try await checkBeforeBody(request, condition: condition)
        try await request.confirmAuthority()
        let announced = try await announceVersion(in: request.bucket)
        let headers = announced.headers + ObjectHeaders.encryption(upload.attributes)
        // Joining the parts takes as long as copying them.
        let work = { @Sendable () async throws -> S3Response in
            let outcome = try await store.completeUpload(
                upload, parts: parts, expecting: expected, condition: condition, versionID: announced.id)
            let version = outcome.object.version
            return S3Response.result(
                "CompleteMultipartUploadResult",
                headers: ObjectHeaders.versionID(outcome.object) + ObjectHeaders.encryption(version.attributes)
            ) { xml in
                xml.element("Location", request.target.path)
                xml.element("Bucket", version.bucket)
                xml.element("Key", version.key)
                xml.element("ETag", version.etag)
                Self.write(checksums: version.checksums, to: &xml)
            }
        }
        return S3Response(headers: headers, body: .pending(work))
    }

    /// An id for a version that is about to be put, and the header that announces it before it is there. Should the
    /// bucket begin or cease to keep versions meanwhile, the header is that of before.
    func announceVersion(in bucket: String) async throws -> (id: String, headers: [(name: String, value: String)]) {
        let id = RandomID.urlSafe(length: 32)
        switch try await store.index.bucket(bucket).versioning {
        case .off: return (id, [])
        case .enabled: return (id, [("x-amz-version-id", id)])
        case .suspended: return (id, [("x-amz-version-id", "null")])
        }
    }

    static func parts(in body: ByteBuffer) throws(S3Error) -> [CompletedPart] {
        let document = try S3Document.parse(body, root: "CompleteMultipartUpload")
        var parts: [CompletedPart] = []
        for part in document.all("Part") {
            guard let number = part["PartNumber"].flatMap({ Int($0.text) }), let etag = part["ETag"]?.text,
                MultipartUpload.partNumbers.contains(number)
            else { throw .malformedXML }
            var checksums: [String: String] = [:]
            for algorithm in ChecksumAlgorithm.allCases {
                if let value = part["Checksum\(algorithm.rawValue)"]?.text { checksums[algorithm.rawValue] = value }
            }
            parts.append(CompletedPart(number: number, etag: etag, checksums: checksums))
        }
        guard !parts.isEmpty, parts.count <= MultipartUpload.partNumbers.upperBound else { throw .malformedXML }
        return parts
    }

    /// What the request says that the object must be.
    private static func expectation(
        of request: AuthenticatedS3Request, upload: MultipartUpload
    ) throws(S3Error) -> CompletionExpectation {
        var expected = CompletionExpectation()
        if let text = request.headers["x-amz-mp-object-size"] {
            guard let size = Int64(text), size >= 0 else {
                throw .invalidArgument("x-amz-mp-object-size must be a number of bytes")
            }
            expected.size = size
        }
        let type = upload.isFullObjectChecksum ? "FULL_OBJECT" : "COMPOSITE"
        if let given = request.headers["x-amz-checksum-type"], given.uppercased() != type {
            throw .invalidRequest(
                "The upload was created using the \(type) checksum mode. The complete request must use the same "
                    + "checksum mode."
            )
        }
        for algorithm in ChecksumAlgorithm.allCases where algorithm != .md5 {
            guard let checksum = request.headers[algorithm.headerName] else { continue }
            guard algorithm.rawValue == upload.checksumAlgorithm else {
                throw .checksumTypeMismatch(expected: upload.checksumAlgorithm, actual: algorithm)
            }
            expected.checksum = checksum
        }
        return expected
    }
}
