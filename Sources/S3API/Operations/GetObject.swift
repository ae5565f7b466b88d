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
        let preconditions = S3Preconditions(request.headers)
        do {
            try preconditions.check(version)
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
        if version.attributes.parts != nil, request.target["partNumber"] != nil {
            headers.append(("x-amz-mp-parts-count", String(version.attributes.parts?.count ?? 0)))
        }
        let range: Range<Int64>
        if let part = try partRange(of: version, for: request) {
            range = part
        } else if preconditions.rangeApplies(to: version),
            let asked = try ByteRange.resolve(request.headers["range"], size: version.size)
        {
            range = asked
        } else {
            // Not of a range: a client would hold the checksum of the whole against the bytes that it gets.
            if request.headers["x-amz-checksum-mode"]?.uppercased() == "ENABLED" {
                headers += ObjectHeaders.checksums(version.checksums)
            }
            return (.ok, headers, 0..<version.size)
        }
        headers.append(("Content-Range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(version.size)"))
        return (.partialContent, headers, range)
    }

    /// The bytes of the part that `partNumber` asks for: the first and only one of an object that was not put in parts.
    private func partRange(
        of version: ObjectVersion, for request: AuthenticatedS3Request
    ) throws(S3Error) -> Range<Int64>? {
        guard request.target["partNumber"] != nil else { return nil }
        let number = try partNumber(of: request)
        guard request.headers["range"] == nil else {
            throw .invalidRequest("Cannot specify both Range header and partNumber query parameter")
        }
        guard let parts = version.attributes.parts else {
            // Objects that were put in parts before this was recorded.
            if version.etag.contains("-") { throw .notImplemented("partNumber of an object whose parts are not known") }
            guard number == 1 else { throw .invalidPartNumber }
            return version.size == 0 ? nil : 0..<version.size
        }
        guard let range = parts.range(ofPart: number) else { throw .invalidPartNumber }
        return range.isEmpty ? nil : range
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
