import AWSSigning
import ArtifactStorage

extension S3Service {
    /// Stores the body as an object. What can be refused is refused before the body is read.
    func putObject(_ request: AuthenticatedS3Request, _ payload: S3Payload) async throws -> S3Response {
        let attributes = try ObjectHeaders.attributes(request.headers)
        let condition = try S3Preconditions.put(request.headers)
        try await checkBeforeBody(request, condition: condition)
        return try await store.withUpload(algorithms: Set([payload.algorithm].compactMap(\.self))) { upload in
            let content = try await payload.store(in: upload)
            try await request.confirmAuthority()
            let outcome = try await store.put(
                upload, bucket: request.bucket, key: request.key, attributes: attributes,
                checksums: content.checksumsByName, condition: condition)
            let version = outcome.object.version
            return S3Response(
                headers: [("ETag", version.etag)] + ObjectHeaders.versionID(outcome.object)
                    + ObjectHeaders.checksums(version.checksums) + ObjectHeaders.encryption(attributes))
        }
    }

    /// What the commit will check again: it spares the client a body that cannot be kept.
    func checkBeforeBody(_ request: AuthenticatedS3Request, condition: PutCondition) async throws {
        _ = try await store.index.bucket(request.bucket)
        guard condition != .none else { return }
        let current: ObjectVersion?
        do {
            current = try await store.index.object(bucket: request.bucket, key: request.key, versionID: nil).version
        } catch ObjectStoreError.noSuchKey {
            current = nil
        }
        try condition.check(current, bucket: request.bucket, key: request.key)
    }
}

extension ObjectContent {
    /// The checksums as they are kept: base64 by algorithm name.
    var checksumsByName: [String: String] {
        Dictionary(uniqueKeysWithValues: checksums.map { ($0.key.rawValue, Base64.encode($0.value)) })
    }
}
