import AWSSigning
import ArtifactStorage

extension S3Service {
    /// Copies an object, or a range of it, into a part of an upload.
    func uploadPartCopy(_ request: AuthenticatedS3Request) async throws -> S3Response {
        let number = try partNumber(of: request)
        let upload = try await upload(of: request)
        let reader = try await openCopySource(of: request)
        let range =
            try request.headers["x-amz-copy-source-range"].map { header throws(S3Error) in
                try ByteRange.copyRange(header, size: reader.version.size)
            } ?? 0..<reader.version.size
        let wanted = upload.checksumAlgorithm.flatMap(ChecksumAlgorithm.init(rawValue:))
        let headers = ObjectHeaders.encryption(upload.attributes) + copySourceVersion(reader.object)
        let work = { @Sendable () async throws -> S3Response in
            try await store.withUpload(algorithms: Set([wanted].compactMap(\.self))) { target in
                let content = try await copy(reader.bytes(in: range), to: target)
                try await request.confirmAuthority()
                let part = try await store.putPart(
                    target, number: number, uploadID: upload.id, checksums: content.checksumsByName)
                return S3Response.result("CopyPartResult", headers: headers) { xml in
                    xml.element("LastModified", S3Date.element(part.lastModified))
                    xml.element("ETag", part.etag)
                    for (algorithm, value) in part.checksums { xml.element("Checksum\(algorithm)", value) }
                }
            }
        }
        return S3Response(headers: headers, body: .pending(work))
    }
}
