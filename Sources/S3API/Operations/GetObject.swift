import ArtifactStorage
import HTTPTypes

extension S3Service {
    /// An object's bytes, or one range of them.
    func getObject(_ request: AuthenticatedS3Request) async throws -> S3Response {
        let versionID = try versionID(of: request)
        let reader = try await refusingMarkers(named: versionID) {
            try await store.open(bucket: request.bucket, key: request.key, versionID: versionID)
        }
        let (status, headers, range) = try describe(reader.object, for: request)
        return S3Response(
            status, headers: headers,
            body: .object(reader.bytes(in: range), length: range.upperBound - range.lowerBound))
    }

    /// Status, headers and bytes of the reply to a GET or HEAD.
    func describe(
        _ object: IndexedObject, for request: AuthenticatedS3Request
    ) throws(S3Error) -> (HTTPResponse.Status, [(name: String, value: String)], Range<Int64>) {
        let version = object.version
        if let part = request.target["partNumber"], part != "1" || version.etag.contains("-") {
            throw .notImplemented("GET and HEAD by partNumber")
        }
        do {
            try S3Preconditions(request.headers).check(version)
        } catch  where error.status == 304 {
            var unmodified = error
            unmodified.headers =
                [.init(name: "ETag", value: version.etag)]
                + ObjectHeaders.versionID(object).map { .init(name: $0.name, value: $0.value) }
            throw unmodified
        }
        var headers = ObjectHeaders.of(object)
        for (parameter, name) in Self.overrides {
            guard let value = request.target[parameter] else { continue }
            headers.removeAll { $0.name == name }
            headers.append((name, value))
        }
        // Artifacts are other people's files: a browser that is led here must not run them.
        headers.append(("Content-Security-Policy", "sandbox"))
        guard let range = try ByteRange.resolve(request.headers["range"], size: version.size) else {
            if request.headers["x-amz-checksum-mode"]?.uppercased() == "ENABLED" {
                headers += ObjectHeaders.checksums(version.checksums)
            }
            return (.ok, headers, 0..<version.size)
        }
        headers.append(("Content-Range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(version.size)"))
        return (.partialContent, headers, range)
    }

    /// A delete marker that a request names by its id can only be deleted; one that the key shows is no object.
    func refusingMarkers<Value>(named versionID: String?, _ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch ObjectStoreError.isDeleteMarker(_, _, let marker) where versionID != nil {
            var error = S3Error.methodNotAllowed("GET")
            error.headers = [
                .init(name: "Allow", value: "DELETE"), .init(name: "x-amz-delete-marker", value: "true"),
                .init(name: "x-amz-version-id", value: marker),
            ]
            throw error
        }
    }

    /// The version that a request names.
    func versionID(of request: AuthenticatedS3Request) throws(S3Error) -> String? {
        guard let id = request.target["versionId"] else { return nil }
        guard !id.isEmpty else { throw .invalidArgument("Version id cannot be the empty string") }
        return id
    }

    /// Headers of the reply that a signed request may choose.
    private static let overrides = [
        ("response-content-type", "Content-Type"), ("response-content-language", "Content-Language"),
        ("response-expires", "Expires"), ("response-cache-control", "Cache-Control"),
        ("response-content-disposition", "Content-Disposition"),
        ("response-content-encoding", "Content-Encoding"),
    ]
}
