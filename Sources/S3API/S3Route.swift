/// One form of request that is served. The router is ``all`` and nothing else, so that a test which walks this list has
/// seen every way into the S3 port.
package struct S3Route: Sendable {
    /// What the path of the request names.
    package enum Resource: Sendable {
        case service
        case bucket
        case object
    }

    package let operation: S3Operation
    package let method: String
    package let resource: Resource
    /// Query parameters that must be there.
    package let selectors: Set<String>
    /// Query parameters which tell requests apart that may be there.
    let options: Set<String>
    /// Whether `x-amz-copy-source` must be there; it may not otherwise.
    package let copies: Bool

    private init(
        _ operation: S3Operation, _ method: String, _ resource: Resource, _ selectors: Set<String> = [],
        options: Set<String> = [], copies: Bool = false
    ) {
        self.operation = operation
        self.method = method
        self.resource = resource
        self.selectors = selectors
        self.options = options
        self.copies = copies
    }

    /// Every form of request that is served.
    package static let all: [S3Route] = [
        S3Route(.listBuckets, "GET", .service),
        S3Route(.createBucket, "PUT", .bucket),
        S3Route(.headBucket, "HEAD", .bucket),
        S3Route(.deleteBucket, "DELETE", .bucket),
        S3Route(.getBucketLocation, "GET", .bucket, ["location"]),
        S3Route(.getBucketVersioning, "GET", .bucket, ["versioning"]),
        S3Route(.putBucketVersioning, "PUT", .bucket, ["versioning"]),
        S3Route(.listObjects, "GET", .bucket),
        S3Route(.listObjectsV2, "GET", .bucket, ["list-type"]),
        S3Route(.listObjectVersions, "GET", .bucket, ["versions"]),
        S3Route(.listMultipartUploads, "GET", .bucket, ["uploads"]),
        S3Route(.deleteObjects, "POST", .bucket, ["delete"]),
        S3Route(.putObject, "PUT", .object),
        S3Route(.getObject, "GET", .object, options: ["versionId", "partNumber"]),
        S3Route(.headObject, "HEAD", .object, options: ["versionId", "partNumber"]),
        S3Route(.deleteObject, "DELETE", .object, options: ["versionId"]),
        S3Route(.getObjectTagging, "GET", .object, ["tagging"], options: ["versionId"]),
        S3Route(.copyObject, "PUT", .object, copies: true),
        S3Route(.createMultipartUpload, "POST", .object, ["uploads"]),
        S3Route(.uploadPart, "PUT", .object, ["partNumber", "uploadId"]),
        S3Route(.uploadPartCopy, "PUT", .object, ["partNumber", "uploadId"], copies: true),
        S3Route(.completeMultipartUpload, "POST", .object, ["uploadId"]),
        S3Route(.abortMultipartUpload, "DELETE", .object, ["uploadId"]),
        S3Route(.listParts, "GET", .object, ["uploadId"]),
    ]

    /// Finds the operation of a request.
    ///
    /// Parameters that no route knows mean nothing here, as they do at S3; SDKs add some. Those that a route knows must
    /// fit: a request for a version, part or subresource is never taken for one for the object or bucket itself.
    ///
    /// - Throws: `MethodNotAllowed`; `InvalidArgument` where parameters do not fit; `NotImplemented` for what S3 has and
    ///   this server not.
    static func operation(method: String, target: S3Target, headers: S3Headers) throws(S3Error) -> S3Operation {
        let copies = headers["x-amz-copy-source"] != nil
        let resource: Resource = target.bucket == nil ? .service : target.key == nil ? .bucket : .object
        let present = target.parameterNames.intersection(telling)
        for route in all where route.method == method && route.resource == resource && route.copies == copies {
            if route.selectors.isSubset(of: present),
                present.allSatisfy({ route.selectors.contains($0) || route.options.contains($0) })
            {
                return route.operation
            }
        }
        let candidates = all.filter { $0.method == method && $0.resource == resource }
        if let unserved = target.parameterNames.intersection(unservedSubresources).min() {
            throw .notImplemented("the embedded S3 endpoint has no '\(method) ?\(unserved)'")
        }
        guard !candidates.isEmpty else { throw .methodNotAllowed(method) }
        if copies, !candidates.contains(where: { $0.copies && $0.selectors == present }) {
            throw .invalidArgument("You can only specify a copy source header for copy requests.")
        }
        guard !present.isEmpty else { throw .methodNotAllowed(method) }
        let names = present.sorted().map { "'\($0)'" }.joined(separator: ", ")
        throw .invalidArgument("The query parameters \(names) have no meaning in this combination with \(method).")
    }

    /// Query parameters that tell requests apart.
    private static let telling = all.reduce(into: unservedSubresources) {
        $0.formUnion($1.selectors)
        $0.formUnion($1.options)
    }

    /// Subresources of S3 that are not served, or only for some method: a request for one must not be taken for a request
    /// for the object itself.
    private static let unservedSubresources: Set<String> = [
        "accelerate", "acl", "analytics", "append", "attributes", "cors", "encryption", "intelligent-tiering",
        "inventory", "legal-hold", "lifecycle", "logging", "metadataConfiguration", "metadataTable", "metrics",
        "notification", "object-lock", "ownershipControls", "policy", "policyStatus", "publicAccessBlock",
        "renameObject", "replication", "requestPayment", "restore", "retention", "select", "session", "tagging",
        "torrent", "website",
    ]
}
