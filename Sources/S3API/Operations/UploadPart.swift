import AWSSigning
import ArtifactStorage

extension S3Service {
    /// Stores the body as a part of an upload.
    func uploadPart(_ request: AuthenticatedS3Request, _ payload: S3Payload) async throws -> S3Response {
        let number = try partNumber(of: request)
        let upload = try await upload(of: request)
        if let given = payload.algorithm, let expected = upload.checksumAlgorithm, given.rawValue != expected {
            throw S3Error.checksumTypeMismatch(expected: expected, actual: given)
        }
        let wanted = payload.algorithm ?? upload.checksumAlgorithm.flatMap(ChecksumAlgorithm.init(rawValue:))
        return try await store.withUpload(algorithms: Set([wanted].compactMap(\.self))) { target in
            let content = try await payload.store(in: target)
            try await request.confirmAuthority()
            let part = try await store.putPart(
                target, number: number, uploadID: upload.id, checksums: content.checksumsByName)
            let checksums = ObjectHeaders.checksums(part.checksums).filter { $0.name != "x-amz-checksum-type" }
            return S3Response(
                headers: [("ETag", part.etag)] + checksums + ObjectHeaders.encryption(upload.attributes))
        }
    }

    func partNumber(of request: AuthenticatedS3Request) throws(S3Error) -> Int {
        guard let number = request.target["partNumber"].flatMap(Int.init),
            MultipartUpload.partNumbers.contains(number)
        else { throw .invalidArgument("Part number must be an integer between 1 and 10000, inclusive") }
        return number
    }
}
