import ArtifactStorage

extension S3Service {
    /// Whether the bucket keeps versions; no status where that was never said.
    func getBucketVersioning(_ request: AuthenticatedS3Request) async throws -> S3Response {
        let bucket = try await store.index.bucket(request.bucket)
        return S3Response.result("VersioningConfiguration") { xml in
            switch bucket.versioning {
            case .off: break
            case .enabled: xml.element("Status", "Enabled")
            case .suspended: xml.element("Status", "Suspended")
            }
        }
    }
}
