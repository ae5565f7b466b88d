import ArtifactStorage

extension S3Service {
    /// Uploads under way in a bucket, in the order of key and then of id.
    func listMultipartUploads(_ request: AuthenticatedS3Request) async throws -> S3Response {
        let encode = try keyEncoding(of: request)
        let delimiter = request.target["delimiter"]
        let query = UploadListQuery(
            bucket: request.bucket, prefix: request.target["prefix"] ?? "",
            keyMarker: request.target["key-marker"].flatMap { $0.isEmpty ? nil : $0 },
            uploadIDMarker: request.target["upload-id-marker"].flatMap { $0.isEmpty ? nil : $0 },
            limit: try number("max-uploads", of: request, default: ObjectListQuery.maximumKeys))
        let page = try await uploadPage(query, delimiter: delimiter)
        return S3Response.result("ListMultipartUploadsResult") { xml in
            xml.element("Bucket", query.bucket)
            xml.element("KeyMarker", encode(query.keyMarker ?? ""))
            xml.element("UploadIdMarker", query.uploadIDMarker ?? "")
            xml.element("Prefix", encode(query.prefix))
            xml.optional("Delimiter", delimiter.map(encode))
            xml.optional("EncodingType", request.target["encoding-type"])
            if page.isTruncated {
                xml.optional("NextKeyMarker", page.lastKey.map(encode))
                xml.optional("NextUploadIdMarker", page.lastID)
            }
            xml.element("MaxUploads", query.limit)
            xml.element("IsTruncated", page.isTruncated)
            for upload in page.uploads { Self.write(upload, encode: encode, to: &xml) }
            Self.write(commonPrefixes: page.commonPrefixes, encode: encode, to: &xml)
        }
    }

    private static func write(_ upload: MultipartUpload, encode: (String) -> String, to xml: inout XMLWriter) {
        xml.element("Upload") { xml in
            xml.element("Key", encode(upload.key))
            xml.element("UploadId", upload.id)
            xml.element("Initiator") { writeOwner(to: &$0) }
            xml.element("Owner") { writeOwner(to: &$0) }
            xml.element("StorageClass", "STANDARD")
            xml.element("Initiated", S3Date.element(upload.initiatedAt))
            writeChecksumKind(of: upload, to: &xml)
        }
    }

    private struct UploadPage {
        var uploads: [MultipartUpload] = []
        var commonPrefixes: [String] = []
        var isTruncated = false
        /// The last entry: an upload's key, or a common prefix.
        var lastKey: String?
        /// Absent where the last entry is a common prefix.
        var lastID: String?
    }

    /// One page of uploads. Those below a common prefix are read and skipped: there are never many under way at once.
    private func uploadPage(_ query: UploadListQuery, delimiter: String?) async throws -> UploadPage {
        var page = UploadPage()
        var next = query
        // One more than the page, so that its end is known.
        next.limit = delimiter == nil ? query.limit + 1 : ObjectListQuery.maximumKeys
        let listing = ObjectListQuery(bucket: query.bucket, prefix: query.prefix, delimiter: delimiter)
        // Of a page before, where the marker is one.
        var rolledUp = query.keyMarker.flatMap { marker in
            marker.utf8.starts(with: query.prefix.utf8) ? listing.commonPrefix(of: marker) : nil
        }.flatMap { $0.utf8.elementsEqual((query.keyMarker ?? "").utf8) ? $0 : nil }
        while true {
            let found = try await store.index.uploads(next)
            // A page of nothing is not the beginning of more.
            guard query.limit > 0 else { return page }
            for upload in found {
                let common = listing.commonPrefix(of: upload.key)
                if let common, let rolledUp, common.utf8.elementsEqual(rolledUp.utf8) { continue }
                guard page.uploads.count + page.commonPrefixes.count < query.limit else {
                    page.isTruncated = true
                    return page
                }
                if let common {
                    page.commonPrefixes.append(common)
                    (page.lastKey, page.lastID, rolledUp) = (common, nil, common)
                } else {
                    page.uploads.append(upload)
                    (page.lastKey, page.lastID) = (upload.key, upload.id)
                }
            }
            guard found.count == next.limit, let last = found.last else { return page }
            (next.keyMarker, next.uploadIDMarker) = (last.key, last.id)
        }
    }
}
