import ArtifactStorage

extension S3Service {
    /// Has the bucket keep versions, or stop.
    func putBucketVersioning(_ request: AuthenticatedS3Request, _ payload: S3Payload) async throws -> S3Response {
        let document = try S3Document.parse(try await payload.collect(), root: "VersioningConfiguration")
        if let mfa = document["MfaDelete"]?.text, mfa != "Disabled" { throw S3Error.notImplemented("MfaDelete") }
        let versioning: Bucket.Versioning
        switch document["Status"]?.text {
        case "Enabled": versioning = .enabled
        case "Suspended": versioning = .suspended
        default:
            throw S3Error(
                "IllegalVersioningConfigurationException",
                "The versioning configuration specified in the request is invalid: Status must be Enabled or Suspended",
                status: 400)
        }
        try await store.index.setVersioning(versioning, bucket: request.bucket)
        return S3Response()
    }
}
