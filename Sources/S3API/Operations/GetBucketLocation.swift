import ArtifactStorage

extension S3Service {
    /// The region; empty for us-east-1, as it is at S3.
    func getBucketLocation(_ request: AuthenticatedS3Request) async throws -> S3Response {
        _ = try await store.index.bucket(request.bucket)
        return S3Response(
            body: .document(
                XMLWriter.document("LocationConstraint") { xml in
                    if region != "us-east-1" { xml.text(region) }
                }))
    }
}
