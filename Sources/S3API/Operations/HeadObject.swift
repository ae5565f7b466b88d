import ArtifactStorage

extension S3Service {
    /// What a GET would answer, without the bytes.
    func headObject(_ request: AuthenticatedS3Request) async throws -> S3Response {
        let versionID = try versionID(of: request)
        let object = try await refusingMarkers(named: versionID) {
            try await store.object(bucket: request.bucket, key: request.key, versionID: versionID)
        }
        let (status, headers, range) = try describe(object, for: request)
        return S3Response(
            status, headers: headers + [("Content-Length", String(range.upperBound - range.lowerBound))])
    }
}
