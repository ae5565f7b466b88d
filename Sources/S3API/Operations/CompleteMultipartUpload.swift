import AWSSigning
import ArtifactStorage
import NIOCore

extension S3Service {
    /// Makes the parts named one object.
    func completeMultipartUpload(_ request: AuthenticatedS3Request, _ payload: S3Payload) async throws -> S3Response {
        let upload = try await upload(of: request)
        let condition = try S3Preconditions.put(request.headers)
        let parts = try Self.parts(in: try await payload.collect())
        try await request.confirmAuthority()
        let outcome = try await store.completeUpload(
            upload, parts: parts, expecting: Self.expectation(of: request, upload: upload), condition: condition)
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
    ) -> CompletionExpectation {
        let algorithm = upload.checksumAlgorithm.flatMap(ChecksumAlgorithm.init(rawValue:))
        return CompletionExpectation(
            size: request.headers["x-amz-mp-object-size"].flatMap { Int64($0) },
            checksum: algorithm.flatMap { request.headers[$0.headerName] })
    }
}
