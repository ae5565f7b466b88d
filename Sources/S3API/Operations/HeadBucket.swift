import ArtifactStorage

extension S3Service {
    /// Whether the bucket is there.
    func headBucket(_ request: AuthenticatedS3Request) async throws -> S3Response {
        _ = try await store.index.bucket(request.bucket)
        return S3Response(headers: [("x-amz-bucket-region", region)])
    }
}
