import AWSSigning
import ArtifactStorage

extension S3Service {
    /// Copies an object within the store; both sides are authorised before this is called.
    func copyObject(_ request: AuthenticatedS3Request) async throws -> S3Response {
        let reader = try await openCopySource(of: request)
        let source = reader.version
        let given = try ObjectHeaders.attributes(request.headers)
        let condition = try S3Preconditions.put(request.headers)
        try await checkBeforeBody(request, condition: condition)
        let attributes = try copyAttributes(request, source: source, given: given)
        let algorithm = try checksumAlgorithm(of: request) ?? wholeChecksumAlgorithm(of: source)
        let versionID = RandomID.urlSafe(length: 32)
        let announced = try await announceVersion(versionID, in: request.bucket)
        let headers = ObjectHeaders.encryption(attributes) + copySourceVersion(reader.object)
        let work = { @Sendable () async throws -> S3Response in
            try await store.withUpload(algorithms: Set([algorithm].compactMap(\.self))) { upload in
                let content = try await copy(reader.bytes, to: upload)
                try await request.confirmAuthority()
                let outcome = try await store.put(
                    upload, bucket: request.bucket, key: request.key, attributes: attributes,
                    checksums: content.checksumsByName, condition: condition, versionID: versionID)
                let version = outcome.object.version
                return S3Response.result(
                    "CopyObjectResult", headers: ObjectHeaders.versionID(outcome.object) + headers
                ) { xml in
                    xml.element("LastModified", S3Date.element(version.lastModified))
                    xml.element("ETag", version.etag)
                    Self.write(checksums: version.checksums, to: &xml)
                }
            }
        }
        return S3Response(headers: announced + headers, body: .pending(work))
    }

    /// Opens the source of a copy and holds it against the copy's conditions.
    func openCopySource(of request: AuthenticatedS3Request) async throws -> ObjectReader {
        guard let source = request.copySource else { throw S3Error.invalidArgument("x-amz-copy-source is missing") }
        let reader: ObjectReader
        do {
            reader = try await store.open(
                bucket: source.address.bucket, key: source.address.key, versionID: source.versionID)
        } catch ObjectStoreError.isDeleteMarker where source.versionID != nil {
            throw S3Error.invalidRequest(
                "The source of a copy request may not specifically refer to a delete marker by version id."
            )
        }
        try S3Preconditions(copySource: request.headers).checkCopy(reader.version)
        guard reader.version.size <= S3Limits.copySize else {
            throw S3Error.invalidRequest(
                "The specified copy source is larger than the maximum allowable size for a copy source: "
                    + "\(S3Limits.copySize)"
            )
        }
        return reader
    }

    /// Copies bytes and finishes the upload.
    func copy(_ bytes: ObjectReader.Bytes, to upload: ObjectUpload) async throws -> ObjectContent {
        var bytes = bytes
        while let piece = try await bytes.next() { try await upload.append(piece) }
        return try await upload.finish()
    }

    /// The version that was copied, where its bucket keeps versions.
    func copySourceVersion(_ source: IndexedObject) -> [(name: String, value: String)] {
        source.versioning == .off ? [] : [("x-amz-copy-source-version-id", source.version.versionID)]
    }

    /// The algorithm that `x-amz-checksum-algorithm` asks for.
    func checksumAlgorithm(of request: AuthenticatedS3Request) throws(S3Error) -> ChecksumAlgorithm? {
        guard let name = request.headers["x-amz-checksum-algorithm"] else { return nil }
        guard let algorithm = ChecksumAlgorithm(rawValue: name.uppercased()), algorithm != .md5 else {
            throw .invalidRequest(
                "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
                    + "[CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"
            )
        }
        return algorithm
    }

    static func write(checksums: [String: String], to xml: inout XMLWriter) {
        for (algorithm, value) in checksums.sorted(by: { $0.key < $1.key }) {
            xml.element("Checksum\(algorithm)", value)
            xml.element("ChecksumType", ObjectHeaders.checksumType(value))
        }
    }

    /// The checksum that a copy goes on with.
    private func wholeChecksumAlgorithm(of source: ObjectVersion) -> ChecksumAlgorithm? {
        source.checksums.keys.sorted().first.flatMap(ChecksumAlgorithm.init(rawValue:))
    }

    private func copyAttributes(
        _ request: AuthenticatedS3Request, source: ObjectVersion, given: ObjectAttributes
    ) throws(S3Error) -> ObjectAttributes {
        switch request.headers["x-amz-metadata-directive"] ?? "COPY" {
        case "REPLACE": return given
        case "COPY":
            let isSame =
                ObjectAddress(bucket: source.bucket, key: source.key)
                == ObjectAddress(bucket: request.bucket, key: request.key)
            if isSame, request.copySource?.versionID == nil, given.serverSideEncryption == nil {
                throw .invalidRequest(
                    "This copy request is illegal because it is trying to copy an object to itself without "
                        + "changing the object's metadata, storage class, website redirect location or "
                        + "encryption attributes."
                )
            }
            var attributes = source.attributes
            attributes.parts = nil
            attributes.completedUpload = nil
            attributes.serverSideEncryption = given.serverSideEncryption
            attributes.kmsKeyID = given.kmsKeyID
            return attributes
        default: throw .invalidArgument("Unknown metadata directive.")
        }
    }
}
