import ArtifactStorage
import HTTPTypes

extension S3Service {
    /// Deletes a bucket without objects, versions and uploads.
    func deleteBucket(_ request: AuthenticatedS3Request) async throws -> S3Response {
        try await store.index.deleteBucket(request.bucket)
        return S3Response(.noContent)
    }
}
