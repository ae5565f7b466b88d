import ArtifactStorage

extension S3Service {
    /// All versions and delete markers of a bucket, of each key the newest first.
    func listObjectVersions(_ request: AuthenticatedS3Request) async throws -> S3Response {
        let encode = try keyEncoding(of: request)
        let keyMarker = request.target["key-marker"]
        let versionMarker = request.target["version-id-marker"]
        guard versionMarker == nil || keyMarker != nil else {
            throw S3Error.invalidArgument("A version-id marker cannot be specified without a key marker.")
        }
        let query = VersionListQuery(
            objects: try objectListQuery(of: request, after: keyMarker), versionMarker: versionMarker)
        let page = try await store.index.listVersions(query)
        return S3Response.result("ListVersionsResult") { xml in
            xml.element("Name", query.objects.bucket)
            xml.element("Prefix", encode(query.objects.prefix))
            xml.element("KeyMarker", encode(keyMarker ?? ""))
            xml.element("VersionIdMarker", versionMarker ?? "")
            if page.isTruncated {
                xml.optional("NextKeyMarker", page.lastKey.map(encode))
                xml.optional("NextVersionIdMarker", page.lastVersionID)
            }
            xml.element("MaxKeys", query.objects.limit)
            xml.optional("Delimiter", query.objects.delimiter.map(encode))
            xml.optional("EncodingType", request.target["encoding-type"])
            xml.element("IsTruncated", page.isTruncated)
            for object in page.versions { Self.write(object, encode: encode, to: &xml) }
            Self.write(commonPrefixes: page.commonPrefixes, encode: encode, to: &xml)
        }
    }

    private static func write(_ object: IndexedObject, encode: (String) -> String, to xml: inout XMLWriter) {
        let version = object.version
        xml.element(version.isDeleteMarker ? "DeleteMarker" : "Version") { xml in
            xml.element("Key", encode(version.key))
            xml.element("VersionId", version.versionID)
            xml.element("IsLatest", object.isLatest)
            xml.element("LastModified", S3Date.element(version.lastModified))
            if !version.isDeleteMarker {
                xml.element("ETag", version.etag)
                write(checksumsListed: version.checksums, to: &xml)
                xml.element("Size", version.size)
                xml.element("StorageClass", "STANDARD")
            }
            xml.element("Owner") { writeOwner(to: &$0) }
        }
    }
}
