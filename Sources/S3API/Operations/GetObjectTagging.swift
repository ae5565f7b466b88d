import ArtifactStorage

extension S3Service {
    /// The tags of an object: none, as those of a put are refused. Clients ask before they copy an object in parts.
    func getObjectTagging(_ request: AuthenticatedS3Request) async throws -> S3Response {
        let versionID = try versionID(of: request)
        let object = try await refusingMarkers(named: versionID) {
            try await store.object(bucket: request.bucket, key: request.key, versionID: versionID)
        }
        return S3Response.result("Tagging", headers: ObjectHeaders.versionID(object)) { xml in
            xml.element("TagSet") { _ in }
        }
    }
}
