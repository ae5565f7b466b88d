import ArtifactStorage
import HTTPTypes

extension S3Service {
    /// Deletes a bucket without objects and versions; uploads under way in it end.
    func deleteBucket(_ request: AuthenticatedS3Request) async throws -> S3Response {
        try await store.deleteBucket(request.bucket)
        return S3Response(.noContent)
    }
}
