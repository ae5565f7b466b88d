import AWSSigning
import ArtifactStorage
import NIOCore

extension S3Service {
    /// Makes the parts named one object. A completion that is sent again is answered as the first one was, whose reply may
    /// have been lost.
    func completeMultipartUpload(_ request: AuthenticatedS3Request, _ payload: S3Payload) async throws -> S3Response {
        let upload: MultipartUpload
        do {
            upload = try await self.upload(of: request)
        } catch let error as ObjectStoreError {
            let repeated = try await repeatedCompletion(request) { try Self.parts(in: try await payload.collect()) }
            guard let repeated else { throw error }
            return repeated
        }
        let condition = try S3Preconditions.put(request.headers)
        let expected = try Self.expectation(of: request, upload: upload)
        let parts = try Self.parts(in: try await payload.collect())
        return try await completing(request, parts: parts) {
            try await checkBeforeBody(request, condition: condition)
            try await request.confirmAuthority()
            let announced = try await announceVersion(upload.versionID, in: request.bucket)
            // Joining the parts takes as long as copying them.
            let work = { @Sendable () async throws -> S3Response in
                try await completing(request, parts: parts) {
                    let outcome = try await store.completeUpload(
                        upload, parts: parts, expecting: expected, condition: condition)
                    return Self.completion(outcome.object, path: request.target.path)
                }
            }
            return S3Response(
                headers: announced + ObjectHeaders.encryption(upload.attributes), body: .pending(work))
        }
    }

    /// Does a part of the work. Where it fails because the same completion, sent before, has come to its end meanwhile,
    /// that one's result is this one's.
    private func completing(
        _ request: AuthenticatedS3Request, parts: [CompletedPart], _ work: () async throws -> S3Response
    ) async throws -> S3Response {
        do {
            return try await work()
        } catch let error as ObjectStoreError {
            guard let repeated = try? await repeatedCompletion(request, parts: { parts }) else { throw error }
            return repeated
        }
    }

    /// The reply to a completion that has been done before; nil where it has not, or not with these parts, or where it is
    /// not the sender's.
    private func repeatedCompletion(
        _ request: AuthenticatedS3Request, parts: () async throws -> [CompletedPart]
    ) async throws -> S3Response? {
        let object = try await store.completedObject(
            uploadID: request.target["uploadId"] ?? "", bucket: request.bucket, key: request.key)
        guard let object, let upload = object.version.attributes.completedUpload,
            S3Authorization.allows(uploadOf: upload.owner, access: request.principal.access),
            ObjectStore.compositeETag(of: try await parts().map(\.etag)) == object.version.etag
        else { return nil }
        return Self.completion(object, path: request.target.path)
    }

    private static func completion(_ object: IndexedObject, path: String) -> S3Response {
        let version = object.version
        return S3Response.result(
            "CompleteMultipartUploadResult",
            headers: ObjectHeaders.versionID(object) + ObjectHeaders.encryption(version.attributes)
        ) { xml in
            xml.element("Location", path)
            xml.element("Bucket", version.bucket)
            xml.element("Key", version.key)
            xml.element("ETag", version.etag)
            write(checksums: version.checksums, to: &xml)
        }
    }

    /// The header that announces a version before it is there. Should the bucket begin or cease to keep versions
    /// meanwhile, the header is that of before.
    ///
    /// - Parameter id: what its id will be where the bucket keeps versions.
    func announceVersion(_ id: String, in bucket: String) async throws -> [(name: String, value: String)] {
        switch try await store.index.bucket(bucket).versioning {
        case .off: []
        case .enabled: [("x-amz-version-id", id)]
        case .suspended: [("x-amz-version-id", "null")]
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
