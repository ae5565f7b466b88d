import ArtifactStorage
import HTTPTypes

extension S3Service {
    /// Deletes what the key shows, or the version named. What is not there is deleted already.
    func deleteObject(_ request: AuthenticatedS3Request) async throws -> S3Response {
        for name in ["x-amz-if-match-last-modified-time", "x-amz-if-match-size"] where request.headers[name] != nil {
            throw S3Error.notImplemented(name)
        }
        let outcome = try await store.delete(
            bucket: request.bucket, key: request.key, versionID: try versionID(of: request),
            condition: try S3Preconditions.put(request.headers))
        var headers: [(name: String, value: String)] = []
        if let versionID = outcome.versionID { headers.append(("x-amz-version-id", versionID)) }
        if outcome.isDeleteMarker { headers.append(("x-amz-delete-marker", "true")) }
        return S3Response(.noContent, headers: headers)
    }
}
