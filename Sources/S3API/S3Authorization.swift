import ArtifactStorage

/// Who may do what: pure, and complete by the compiler.
enum S3Authorization {
    /// Lets the request pass, or throws `AccessDenied`. A copy needs its source beside it.
    static func check(
        _ operation: S3Operation, of request: S3Request,
        copySource: (address: ObjectAddress, versionID: String?)?, access: S3Principal.Access
    ) throws(S3Error) {
        switch access {
        case .full: return
        case .job(let job):
            guard allows(operation, target: request.target, copySource: copySource?.address, job: job) else {
                throw .accessDenied
            }
        case .user(let user):
            for permission in S3Permission.needed(for: operation, target: request.target, copySource: copySource) {
                try check(permission, of: request, user: user)
            }
        }
    }

    /// Lets one key of a DeleteObjects pass, or throws `AccessDenied`.
    static func checkDelete(key: String, versionID: String?, of request: AuthenticatedS3Request) throws(S3Error) {
        guard case .user(let user) = request.principal.access else { return }
        try check(.delete(bucket: request.bucket, key: key, versionID: versionID), of: request.request, user: user)
    }

    private static func check(_ permission: S3Permission, of request: S3Request, user: UserAccess) throws(S3Error) {
        let origin = S3RequestOrigin(sourceAddress: request.sourceAddress, userAgent: request.headers["user-agent"])
        if let refusal = user.refusal(permission.action, permission.resource, origin) {
            throw S3Error("AccessDenied", refusal, status: 403)
        }
    }

    /// Whether the job may do this to this target.
    private static func allows(
        _ operation: S3Operation, target: S3Target, copySource: ObjectAddress?, job: JobAccess
    ) -> Bool {
        guard let bucket = target.bucket, let key = target.key else { return false }
        let address = ObjectAddress(bucket: bucket, key: key)
        switch operation {
        case .getObject, .headObject, .getObjectTagging:
            return job.mayRead(address)
        case .putObject, .createMultipartUpload, .uploadPart, .completeMultipartUpload, .abortMultipartUpload,
            .listParts:
            return job.writable.contains(address)
        case .copyObject, .uploadPartCopy:
            return job.writable.contains(address) && copySource.map(job.mayRead) == true
        case .listBuckets, .createBucket, .headBucket, .deleteBucket, .getBucketLocation, .getBucketVersioning,
            .putBucketVersioning, .listObjects, .listObjectsV2, .listObjectVersions, .listMultipartUploads,
            .deleteObjects, .deleteObject:
            return false
        }
    }

    /// Whether the principal may go on with an upload: a job only with its own.
    static func allows(uploadOf owner: String?, access: S3Principal.Access) -> Bool {
        guard case .job(let job) = access else { return true }
        return owner == job.jobID
    }
}
