import ArtifactStorage

/// Who may do what: pure, and complete by the compiler.
enum S3Authorization {
    /// Whether the principal may do this to this target. A copy needs its source beside it.
    static func allows(
        _ operation: S3Operation, target: S3Target, copySource: ObjectAddress?, access: S3Principal.Access
    ) -> Bool {
        guard case .job(let job) = access else { return true }
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
    static func allows(_ upload: MultipartUpload, access: S3Principal.Access) -> Bool {
        guard case .job(let job) = access else { return true }
        return upload.owner == job.jobID
    }
}
