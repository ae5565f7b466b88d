import AWSSigning
import ArtifactStorage

extension S3Service {
    /// Begins a multipart upload; a job's upload stays its own.
    func createMultipartUpload(_ request: AuthenticatedS3Request) async throws -> S3Response {
        let attributes = try ObjectHeaders.attributes(request.headers)
        let algorithm = try checksumAlgorithm(of: request)
        let isFull = try isFullObject(request, algorithm: algorithm)
        let upload = try await store.createUpload(
            bucket: request.bucket, key: request.key, attributes: attributes, checksumAlgorithm: algorithm,
            isFullObjectChecksum: isFull, owner: request.principal.jobID)
        var headers = ObjectHeaders.encryption(attributes)
        if let algorithm {
            headers.append(("x-amz-checksum-algorithm", algorithm.rawValue))
            headers.append(("x-amz-checksum-type", isFull ? "FULL_OBJECT" : "COMPOSITE"))
        }
        return S3Response.result("InitiateMultipartUploadResult", headers: headers) { xml in
            xml.element("Bucket", upload.bucket)
            xml.element("Key", upload.key)
            xml.element("UploadId", upload.id)
        }
    }

    /// Whether the checksum is to be that of the whole object: CRC64NVME's always is, a SHA's never.
    private func isFullObject(
        _ request: AuthenticatedS3Request, algorithm: ChecksumAlgorithm?
    ) throws(S3Error) -> Bool {
        let type = request.headers["x-amz-checksum-type"]?.uppercased()
        guard let algorithm else {
            guard type == nil else { throw .invalidRequest("x-amz-checksum-type needs x-amz-checksum-algorithm") }
            return false
        }
        switch (algorithm, type) {
        case (.crc64nvme, nil), (.crc64nvme, "FULL_OBJECT"), (.crc32, "FULL_OBJECT"), (.crc32c, "FULL_OBJECT"):
            return true
        case (.crc64nvme, _), (_, "FULL_OBJECT"):
            throw .invalidRequest(
                "The \(type ?? "") checksum type cannot be used with the \(algorithm.rawValue.lowercased()) "
                    + "checksum algorithm."
            )
        case (_, nil), (_, "COMPOSITE"): return false
        default: throw .invalidRequest("Value for x-amz-checksum-type header is invalid.")
        }
    }
}
