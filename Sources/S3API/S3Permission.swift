import ArtifactStorage

/// An action of S3 on a resource, as policies name them.
struct S3Permission: Equatable {
    let action: String
    let resource: String

    private init(_ action: String, _ resource: String) {
        self.action = "s3:\(action)"
        self.resource = resource
    }

    /// What a user must be allowed for this, after S3's own table of operations and permissions.
    ///
    /// Of DeleteObjects the keys stand in the body: the handler asks for each of them.
    static func needed(
        for operation: S3Operation, target: S3Target, copySource: (address: ObjectAddress, versionID: String?)?
    ) -> [S3Permission] {
        let bucket = arn(target.bucket ?? "*")
        let object = arn(target.bucket ?? "*", target.key ?? "*")
        switch operation {
        case .listBuckets: return [.init("ListAllMyBuckets", bucket)]
        case .createBucket: return [.init("CreateBucket", bucket)]
        case .deleteBucket: return [.init("DeleteBucket", bucket)]
        case .getBucketLocation: return [.init("GetBucketLocation", bucket)]
        case .getBucketVersioning: return [.init("GetBucketVersioning", bucket)]
        case .putBucketVersioning: return [.init("PutBucketVersioning", bucket)]
        case .headBucket, .listObjects, .listObjectsV2: return [.init("ListBucket", bucket)]
        case .listObjectVersions: return [.init("ListBucketVersions", bucket)]
        case .listMultipartUploads: return [.init("ListBucketMultipartUploads", bucket)]
        case .getObject, .headObject: return [read(object, versionID: target["versionId"])]
        case .getObjectTagging:
            return [.init(target["versionId"] == nil ? "GetObjectTagging" : "GetObjectVersionTagging", object)]
        case .putObject, .createMultipartUpload, .uploadPart, .completeMultipartUpload:
            return [.init("PutObject", object)]
        case .copyObject, .uploadPartCopy:
            let source = copySource.map { read(arn($0.address.bucket, $0.address.key), versionID: $0.versionID) }
            return [source ?? read(arn("*", "*"), versionID: nil), .init("PutObject", object)]
        case .deleteObject:
            return [delete(bucket: target.bucket ?? "*", key: target.key ?? "*", versionID: target["versionId"])]
        case .abortMultipartUpload: return [.init("AbortMultipartUpload", object)]
        case .listParts: return [.init("ListMultipartUploadParts", object)]
        case .deleteObjects: return []
        }
    }

    static func delete(bucket: String, key: String, versionID: String?) -> S3Permission {
        .init(versionID == nil ? "DeleteObject" : "DeleteObjectVersion", arn(bucket, key))
    }

    private static func read(_ object: String, versionID: String?) -> S3Permission {
        .init(versionID == nil ? "GetObject" : "GetObjectVersion", object)
    }

    /// Buckets and objects have neither region nor account in their ARNs.
    static func arn(_ bucket: String, _ key: String? = nil) -> String {
        "arn:aws:s3:::\(bucket)" + (key.map { "/\($0)" } ?? "")
    }
}
