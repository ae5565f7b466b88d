import AWSSigning
import ArtifactStorage

extension S3Service {
    /// The first version of the listing: pages by `marker`.
    func listObjects(_ request: AuthenticatedS3Request) async throws -> S3Response {
        let encode = try keyEncoding(of: request)
        let query = try objectListQuery(of: request, after: request.target["marker"])
        let page = try await store.index.list(query)
        return S3Response.result("ListBucketResult") { xml in
            xml.element("Name", query.bucket)
            xml.element("Prefix", encode(query.prefix))
            xml.element("Marker", encode(query.after ?? ""))
            xml.element("MaxKeys", query.limit)
            xml.optional("Delimiter", query.delimiter.map(encode))
            xml.optional("EncodingType", request.target["encoding-type"])
            xml.element("IsTruncated", page.isTruncated)
            if page.isTruncated { xml.optional("NextMarker", page.last.map(encode)) }
            Self.write(page, withOwner: true, encode: encode, to: &xml)
        }
    }

    /// What both versions of the listing ask for.
    func objectListQuery(
        of request: AuthenticatedS3Request, after: String?
    ) throws(S3Error) -> ObjectListQuery {
        ObjectListQuery(
            bucket: request.bucket, prefix: request.target["prefix"] ?? "", delimiter: request.target["delimiter"],
            after: after, limit: try number("max-keys", of: request, default: ObjectListQuery.maximumKeys))
    }

    /// How keys are written: `encoding-type=url` has them percent-encoded, but for the slash.
    func keyEncoding(of request: AuthenticatedS3Request) throws(S3Error) -> @Sendable (String) -> String {
        switch request.target["encoding-type"] {
        case nil: return { $0 }
        case "url":
            return { key in
                key.split(separator: "/", omittingEmptySubsequences: false)
                    .map { PercentEncoding.encode(String($0)) }.joined(separator: "/")
            }
        default: throw .invalidArgument("Invalid Encoding Method specified in Request")
        }
    }

    static func write(
        _ page: ObjectListPage, withOwner: Bool, encode: (String) -> String, to xml: inout XMLWriter
    ) {
        for version in page.objects {
            xml.element("Contents") { xml in
                xml.element("Key", encode(version.key))
                xml.element("LastModified", S3Date.element(version.lastModified))
                xml.element("ETag", version.etag)
                write(checksumsListed: version.checksums, to: &xml)
                xml.element("Size", version.size)
                xml.element("StorageClass", "STANDARD")
                if withOwner { xml.element("Owner") { writeOwner(to: &$0) } }
            }
        }
        write(commonPrefixes: page.commonPrefixes, encode: encode, to: &xml)
    }

    /// Listings name checksums and do not give them.
    static func write(checksumsListed checksums: [String: String], to xml: inout XMLWriter) {
        for (algorithm, value) in checksums.sorted(by: { $0.key < $1.key }) {
            xml.element("ChecksumAlgorithm", algorithm)
            xml.element("ChecksumType", ObjectHeaders.checksumType(value))
        }
    }

    static func write(commonPrefixes: [String], encode: (String) -> String, to xml: inout XMLWriter) {
        for prefix in commonPrefixes {
            xml.element("CommonPrefixes") { $0.element("Prefix", encode(prefix)) }
        }
    }
}
