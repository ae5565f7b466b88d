import ArtifactStorage

extension S3Service {
    /// Which checksum an upload was begun with.
    static func writeChecksumKind(of upload: MultipartUpload, to xml: inout XMLWriter) {
        guard let algorithm = upload.checksumAlgorithm else { return }
        xml.element("ChecksumAlgorithm", algorithm)
        xml.element("ChecksumType", upload.isFullObjectChecksum ? "FULL_OBJECT" : "COMPOSITE")
    }

    /// The parts of an upload, in the order of their numbers.
    func listParts(_ request: AuthenticatedS3Request) async throws -> S3Response {
        let upload = try await upload(of: request)
        let marker = try number("part-number-marker", of: request, default: 0)
        let limit = min(try number("max-parts", of: request, default: 1000), 1000)
        // None where none are asked for, and then the page is not the beginning of more.
        let found = limit == 0 ? [] : try await store.index.parts(uploadID: upload.id, after: marker, limit: limit + 1)
        let parts = found.prefix(limit)
        return S3Response.result("ListPartsResult") { xml in
            xml.element("Bucket", upload.bucket)
            xml.element("Key", upload.key)
            xml.element("UploadId", upload.id)
            xml.element("Initiator") { Self.writeOwner(to: &$0) }
            xml.element("Owner") { Self.writeOwner(to: &$0) }
            xml.element("StorageClass", "STANDARD")
            xml.element("PartNumberMarker", marker)
            xml.element("NextPartNumberMarker", parts.last?.number ?? marker)
            xml.element("MaxParts", limit)
            xml.element("IsTruncated", found.count > parts.count)
            Self.writeChecksumKind(of: upload, to: &xml)
            for part in parts {
                xml.element("Part") { xml in
                    xml.element("PartNumber", part.number)
                    xml.element("LastModified", S3Date.element(part.lastModified))
                    xml.element("ETag", part.etag)
                    xml.element("Size", part.file.size)
                    for (algorithm, value) in part.checksums { xml.element("Checksum\(algorithm)", value) }
                }
            }
        }
    }
}
