import ArtifactStorage
import NIOCore

extension S3Service {
    /// Makes a bucket. In us-east-1 making one's own bucket again is a success, as it is at S3.
    func createBucket(_ request: AuthenticatedS3Request, _ payload: S3Payload) async throws -> S3Response {
        if request.headers["x-amz-bucket-object-lock-enabled"]?.lowercased() == "true" {
            throw S3Error.notImplemented("x-amz-bucket-object-lock-enabled")
        }
        if let acl = request.headers["x-amz-acl"], acl != "private" {
            throw S3Error(
                "InvalidBucketAclWithObjectOwnership",
                "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
                status: 400)
        }
        let body = try await payload.collect()
        if body.readableBytes > 0 {
            let document = try S3Document.parse(body, root: "CreateBucketConfiguration")
            if let location = document["LocationConstraint"]?.text, location != region {
                throw S3Error(
                    "InvalidLocationConstraint",
                    "The specified location-constraint is not valid: this server is '\(region)'",
                    status: 400)
            }
        }
        do {
            try await store.createBucket(request.bucket)
        } catch ObjectStoreError.bucketAlreadyOwnedByYou where region == "us-east-1" {}
        return S3Response(headers: [("Location", "/\(request.bucket)")])
    }
}
