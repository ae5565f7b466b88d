import AWSSigning
import ArtifactStorage

/// What stands in headers of an object's requests and replies beside its bytes.
enum ObjectHeaders {
    /// The attributes that a put, copy or multipart upload gives.
    ///
    /// - Throws: for what cannot be kept, so that nothing is ignored in silence.
    static func attributes(_ headers: S3Headers) throws(S3Error) -> ObjectAttributes {
        try refuseUnserved(headers)
        let metadata = headers.all(prefixed: "x-amz-meta-")
        let size = metadata.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        guard size <= S3Limits.metadataSize else {
            throw S3Error(
                "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size", status: 400)
        }
        var attributes = ObjectAttributes(
            contentType: headers["content-type"], cacheControl: headers["cache-control"],
            contentDisposition: headers["content-disposition"], contentEncoding: contentEncoding(headers),
            contentLanguage: headers["content-language"], expires: headers["expires"], metadata: metadata)
        attributes.serverSideEncryption = headers["x-amz-server-side-encryption"]
        attributes.kmsKeyID = headers["x-amz-server-side-encryption-aws-kms-key-id"]
        if let method = attributes.serverSideEncryption, method != "AES256", method != "aws:kms" {
            throw .invalidArgument("The encryption method specified is not supported: \(method)")
        }
        if attributes.kmsKeyID != nil, attributes.serverSideEncryption != "aws:kms" {
            throw .invalidArgument(
                "Server Side Encryption with AWS KMS managed key requires HTTP header "
                    + "x-amz-server-side-encryption : aws:kms"
            )
        }
        return attributes
    }

    /// What a GET or HEAD answers of a version.
    static func of(_ object: IndexedObject) -> [(name: String, value: String)] {
        let version = object.version
        var headers: [(name: String, value: String)] = [
            ("ETag", version.etag), ("Last-Modified", S3Date.header(version.lastModified)),
            ("Accept-Ranges", "bytes"),
        ]
        headers += versionID(object)
        let attributes = version.attributes
        let optional: [(String, String?)] = [
            ("Content-Type", attributes.contentType ?? "binary/octet-stream"),
            ("Cache-Control", attributes.cacheControl), ("Content-Disposition", attributes.contentDisposition),
            ("Content-Encoding", attributes.contentEncoding), ("Content-Language", attributes.contentLanguage),
            ("Expires", attributes.expires),
        ]
        headers += optional.compactMap { name, value in value.map { (name, $0) } }
        headers += attributes.metadata.sorted { $0.key < $1.key }.map { ("x-amz-meta-\($0.key)", $0.value) }
        return headers + encryption(attributes)
    }

    static func encryption(_ attributes: ObjectAttributes) -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        if let method = attributes.serverSideEncryption { headers.append(("x-amz-server-side-encryption", method)) }
        if let key = attributes.kmsKeyID { headers.append(("x-amz-server-side-encryption-aws-kms-key-id", key)) }
        return headers
    }

    /// Nothing in a bucket that never kept versions.
    static func versionID(_ object: IndexedObject) -> [(name: String, value: String)] {
        object.versioning == .off ? [] : [("x-amz-version-id", object.version.versionID)]
    }

    /// The checksums of the whole object.
    static func checksums(_ checksums: [String: String]) -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        for (algorithm, value) in checksums.sorted(by: { $0.key < $1.key }) {
            headers.append(("x-amz-checksum-\(algorithm.lowercased())", value))
            headers.append(("x-amz-checksum-type", checksumType(value)))
        }
        return headers
    }

    /// A checksum of parts' checksums ends with their number.
    static func checksumType(_ value: String) -> String {
        value.contains("-") ? "COMPOSITE" : "FULL_OBJECT"
    }

    /// `aws-chunked` is how the body came, not how the object is encoded.
    private static func contentEncoding(_ headers: S3Headers) -> String? {
        guard let given = headers["content-encoding"] else { return nil }
        let codings = given.split(separator: ",").map { $0.drop { $0 == " " } }
            .filter { !$0.lowercased().hasPrefix("aws-chunked") }
        return codings.isEmpty ? nil : codings.joined(separator: ",")
    }

    private static func refuseUnserved(_ headers: S3Headers) throws(S3Error) {
        if let acl = headers["x-amz-acl"], acl != "private", acl != "bucket-owner-full-control" {
            throw S3Error("AccessControlListNotSupported", "The bucket does not allow ACLs", status: 400)
        }
        if !headers.all(prefixed: "x-amz-grant-").isEmpty {
            throw S3Error("AccessControlListNotSupported", "The bucket does not allow ACLs", status: 400)
        }
        if let storageClass = headers["x-amz-storage-class"], storageClass != "STANDARD" {
            throw S3Error("InvalidStorageClass", "The storage class you specified is not valid", status: 400)
        }
        let unserved = [
            "x-amz-tagging", "x-amz-website-redirect-location", "x-amz-object-lock-mode",
            "x-amz-object-lock-retain-until-date", "x-amz-object-lock-legal-hold", "x-amz-write-offset-bytes",
            "x-amz-server-side-encryption-customer-algorithm", "x-amz-server-side-encryption-customer-key",
        ]
        for name in unserved where headers[name] != nil { throw .notImplemented(name) }
    }
}
