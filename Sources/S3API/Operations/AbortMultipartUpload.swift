import ArtifactStorage
import HTTPTypes

extension S3Service {
    /// Ends an upload and frees its parts.
    func abortMultipartUpload(_ request: AuthenticatedS3Request) async throws -> S3Response {
        try await store.abortUpload(id: try await upload(of: request).id)
        return S3Response(.noContent)
    }
}
