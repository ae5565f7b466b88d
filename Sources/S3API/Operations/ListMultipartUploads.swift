import ArtifactStorage

extension S3Service {
    /// Uploads under way in a bucket.
    func listMultipartUploads(_ request: AuthenticatedS3Request) async throws -> S3Response {
        let encode = try keyEncoding(of: request)
        guard (request.target["delimiter"] ?? "").isEmpty else {
            throw S3Error.notImplemented("delimiter of ListMultipartUploads")
        }
        let query = UploadListQuery(
            bucket: request.bucket, prefix: request.target["prefix"] ?? "", keyMarker: request.target["key-marker"],
            uploadIDMarker: request.target["upload-id-marker"],
            limit: min(try number("max-uploads", of: request, default: 1000), ObjectListQuery.maximumKeys))
        var more = query
        more.limit += 1
        let found = query.limit == 0 ? [] : try await store.index.uploads(more)
        let uploads = found.prefix(query.limit)
        return S3Response.result("ListMultipartUploadsResult") { xml in
            xml.element("Bucket", query.bucket)
            xml.element("KeyMarker", encode(query.keyMarker ?? ""))
            xml.element("UploadIdMarker", query.uploadIDMarker ?? "")
            xml.element("Prefix", encode(query.prefix))
            xml.optional("EncodingType", request.target["encoding-type"])
            if found.count > uploads.count, let last = uploads.last {
                xml.element("NextKeyMarker", encode(last.key))
                xml.element("NextUploadIdMarker", last.id)
            }
            xml.element("MaxUploads", query.limit)
            xml.element("IsTruncated", found.count > uploads.count)
            for upload in uploads {
                xml.element("Upload") { xml in
                    xml.element("Key", encode(upload.key))
                    xml.element("UploadId", upload.id)
                    xml.element("Initiator") { Self.writeOwner(to: &$0) }
                    xml.element("Owner") { Self.writeOwner(to: &$0) }
                    xml.element("StorageClass", "STANDARD")
                    xml.element("Initiated", S3Date.element(upload.initiatedAt))
                    Self.writeChecksumKind(of: upload, to: &xml)
                }
            }
        }
    }
}
