import ArtifactStorage
import Logging

/// Serves authenticated requests; each operation is an extension of its own in Operations.
struct S3Service: Sendable {
    let store: ObjectStore
    let region: String
    /// Who owns every bucket; nil where `x-amz-expected-bucket-owner` is not looked at.
    let accountID: String?

    /// The reply to a request, or an error.
    func handle(_ request: AuthenticatedS3Request, body: S3RequestBody) async throws -> S3Response {
        try checkExpectedOwner(of: request)
        let payload = try S3Payload(of: request, body: body)
        if !request.operation.takesBody { try await payload.prove() }
        if request.operation.isShort { return try await response(to: request, payload) }
        return try await runningElsewhere { try await response(to: request, payload) }
    }

    private func response(to request: AuthenticatedS3Request, _ payload: S3Payload) async throws -> S3Response {
        switch request.operation {
        case .listBuckets: return try await listBuckets(request)
        case .createBucket: return try await createBucket(request, payload)
        case .headBucket: return try await headBucket(request)
        case .deleteBucket: return try await deleteBucket(request)
        case .getBucketLocation: return try await getBucketLocation(request)
        case .getBucketVersioning: return try await getBucketVersioning(request)
        case .putBucketVersioning: return try await putBucketVersioning(request, payload)
        case .listObjects: return try await listObjects(request)
        case .listObjectsV2: return try await listObjectsV2(request)
        case .listObjectVersions: return try await listObjectVersions(request)
        case .listMultipartUploads: return try await listMultipartUploads(request)
        case .deleteObjects: return try await deleteObjects(request, payload)
        case .putObject: return try await putObject(request, payload)
        case .getObject: return try await getObject(request)
        case .headObject: return try await headObject(request)
        case .deleteObject: return try await deleteObject(request)
        case .getObjectTagging: return try await getObjectTagging(request)
        case .copyObject: return try await copyObject(request)
        case .createMultipartUpload: return try await createMultipartUpload(request)
        case .uploadPart: return try await uploadPart(request, payload)
        case .uploadPartCopy: return try await uploadPartCopy(request)
        case .completeMultipartUpload: return try await completeMultipartUpload(request, payload)
        case .abortMultipartUpload: return try await abortMultipartUpload(request)
        case .listParts: return try await listParts(request)
        }
    }

    /// The upload that a request names, if it is of this key and the sender may go on with it.
    ///
    /// - Throws: `NoSuchUpload` also for another key's upload, `AccessDenied` for another job's.
    func upload(of request: AuthenticatedS3Request) async throws -> MultipartUpload {
        let id = request.target["uploadId"] ?? ""
        let upload = try await store.index.upload(id: id)
        let address = ObjectAddress(bucket: upload.bucket, key: upload.key)
        guard address == ObjectAddress(bucket: request.bucket, key: request.key) else {
            throw ObjectStoreError.noSuchUpload(id)
        }
        guard S3Authorization.allows(uploadOf: upload.owner, access: request.principal.access) else {
            throw S3Error.accessDenied
        }
        return upload
    }

    /// Who sends along an account as the bucket's owner wants no other's bucket.
    private func checkExpectedOwner(of request: AuthenticatedS3Request) throws(S3Error) {
        guard let accountID else { return }
        for name in ["x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"] {
            if let expected = request.headers[name], expected != accountID { throw .accessDenied }
        }
    }

    /// A query parameter that is a number.
    func number(_ name: String, of request: AuthenticatedS3Request, default standard: Int) throws(S3Error) -> Int {
        guard let text = request.target[name], !text.isEmpty else { return standard }
        guard let number = Int(text), (0...Int(Int32.max)).contains(number) else {
            throw .invalidArgument("Argument \(name) must be an integer between 0 and 2147483647")
        }
        return number
    }
}
