import ArtifactStorage
import HTTPTypes

extension S3Service {
    /// Deletes what the key shows, or the version named. What is not there is deleted already.
    func deleteObject(_ request: AuthenticatedS3Request) async throws -> S3Response {
        if request.headers["if-match"] != nil { throw S3Error.notImplemented("If-Match of DeleteObject") }
        let outcome = try await store.delete(
            bucket: request.bucket, key: request.key, versionID: try versionID(of: request))
        var headers: [(name: String, value: String)] = []
        if let versionID = outcome.versionID { headers.append(("x-amz-version-id", versionID)) }
        if outcome.isDeleteMarker { headers.append(("x-amz-delete-marker", "true")) }
        return S3Response(.noContent, headers: headers)
    }
}
