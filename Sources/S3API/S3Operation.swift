/// The operations that are served. Each has a file in Operations; ``S3Route`` says which requests are for it.
package enum S3Operation: String, Sendable, CaseIterable {
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
    case getObjectTagging = "GetObjectTagging"
    case copyObject = "CopyObject"
    case createMultipartUpload = "CreateMultipartUpload"
    case uploadPart = "UploadPart"
    case uploadPartCopy = "UploadPartCopy"
    case completeMultipartUpload = "CompleteMultipartUpload"
    case abortMultipartUpload = "AbortMultipartUpload"
    case listParts = "ListParts"

    /// Whether a body of the request has a meaning. That of any other is read only to be held against the signature.
    var takesBody: Bool {
        switch self {
        case .createBucket, .putBucketVersioning, .deleteObjects, .putObject, .uploadPart, .completeMultipartUpload:
            true
        case .listBuckets, .headBucket, .deleteBucket, .getBucketLocation, .getBucketVersioning, .listObjects,
            .listObjectsV2, .listObjectVersions, .listMultipartUploads, .getObject, .headObject, .deleteObject,
            .getObjectTagging, .copyObject, .createMultipartUpload, .uploadPartCopy, .abortMultipartUpload, .listParts:
            false
        }
    }

    /// Whether what it computes between two waits takes no longer than the hashing of a signature. Documents that are
    /// read or written can be long, and an event loop has other connections.
    var isShort: Bool {
        switch self {
        case .headBucket, .putObject, .getObject, .headObject, .deleteObject, .uploadPart: true
        case .listBuckets, .createBucket, .deleteBucket, .getBucketLocation, .getBucketVersioning, .putBucketVersioning,
            .listObjects, .listObjectsV2, .listObjectVersions, .listMultipartUploads, .deleteObjects,
            .getObjectTagging, .copyObject, .createMultipartUpload, .uploadPartCopy, .completeMultipartUpload,
            .abortMultipartUpload, .listParts:
            false
        }
    }
}
