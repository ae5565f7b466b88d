/// The operations that are served. Each has a file in Operations.
enum S3Operation: String, Sendable, CaseIterable {
    case listBuckets = "ListBuckets"
    case createBucket = "CreateBucket"
    case headBucket = "HeadBucket"
    case deleteBucket = "DeleteBucket"
    case getBucketLocation = "GetBucketLocation"
    case getBucketVersioning = "GetBucketVersioning"
    case putBucketVersioning = "PutBucketVersioning"
    case listObjects = "ListObjects"
    case listObjectsV2 = "ListObjectsV2"
    case listObjectVersions = "ListObjectVersions"
    case listMultipartUploads = "ListMultipartUploads"
    case deleteObjects = "DeleteObjects"
    case putObject = "PutObject"
    case getObject = "GetObject"
    case headObject = "HeadObject"
    case deleteObject = "DeleteObject"
    case copyObject = "CopyObject"
    case createMultipartUpload = "CreateMultipartUpload"
    case uploadPart = "UploadPart"
    case uploadPartCopy = "UploadPartCopy"
    case completeMultipartUpload = "CompleteMultipartUpload"
    case abortMultipartUpload = "AbortMultipartUpload"
    case listParts = "ListParts"

    /// Finds the operation of a method and target.
    ///
    /// - Throws: `MethodNotAllowed`, or `NotImplemented` for what S3 has and this server not.
    static func of(method: String, target: S3Target, headers: S3Headers) throws(S3Error) -> S3Operation {
        if let unserved = target.parameterNames.intersection(unservedSubresources).min() {
            throw .notImplemented("the embedded S3 endpoint has no '?\(unserved)'")
        }
        let operation: S3Operation? =
            if target.bucket == nil {
                method == "GET" ? .listBuckets : nil
            } else if target.key == nil {
                ofBucket(method: method, target: target)
            } else {
                try ofObject(method: method, target: target, headers: headers)
            }
        guard let operation else { throw .methodNotAllowed(method) }
        return operation
    }

    private static func ofBucket(method: String, target: S3Target) -> S3Operation? {
        switch method {
        case "GET":
            if target["location"] != nil { return .getBucketLocation }
            if target["versioning"] != nil { return .getBucketVersioning }
            if target["versions"] != nil { return .listObjectVersions }
            if target["uploads"] != nil { return .listMultipartUploads }
            return target["list-type"] == "2" ? .listObjectsV2 : .listObjects
        case "HEAD": return .headBucket
        case "PUT": return target["versioning"] != nil ? .putBucketVersioning : .createBucket
        case "DELETE": return .deleteBucket
        case "POST": return target["delete"] != nil ? .deleteObjects : nil
        default: return nil
        }
    }

    private static func ofObject(
        method: String, target: S3Target, headers: S3Headers
    ) throws(S3Error) -> S3Operation? {
        let copies = headers["x-amz-copy-source"] != nil
        switch method {
        case "GET": return target["uploadId"] != nil ? .listParts : .getObject
        case "HEAD": return .headObject
        case "DELETE": return target["uploadId"] != nil ? .abortMultipartUpload : .deleteObject
        case "PUT":
            switch (target["partNumber"], target["uploadId"]) {
            case (nil, nil): return copies ? .copyObject : .putObject
            case (_?, _?): return copies ? .uploadPartCopy : .uploadPart
            default: throw .invalidArgument("partNumber and uploadId must be given together")
            }
        case "POST":
            if target["uploads"] != nil { return .createMultipartUpload }
            return target["uploadId"] != nil ? .completeMultipartUpload : nil
        default: return nil
        }
    }

    /// Subresources of S3 that are not served: a request for one must not be taken for a request for the object itself.
    private static let unservedSubresources: Set<String> = [
        "accelerate", "acl", "analytics", "attributes", "cors", "encryption", "intelligent-tiering", "inventory",
        "legal-hold", "lifecycle", "logging", "metadataConfiguration", "metadataTable", "metrics", "notification",
        "object-lock", "ownershipControls", "policy", "policyStatus", "publicAccessBlock", "renameObject",
        "replication", "requestPayment", "restore", "retention", "select", "session", "tagging", "torrent", "website",
        "append",
    ]
}
