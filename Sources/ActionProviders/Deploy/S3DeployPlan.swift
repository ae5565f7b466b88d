package import ArtifactStorage
package import PipelineModel

/// What an S3 deploy action is to do, read from its configuration (semantics-v2 4.3).
package struct S3DeployPlan: Hashable, Sendable {
    package var bucket: String
    /// Whether the files of the artifact are stored one by one; otherwise its zip is stored as it is.
    package var extract: Bool
    /// The object's key, or what stands before the files' paths; placeholders are filled in.
    package var key: String
    package var cacheControl: String?
    package var cannedACL: String?
    package var encryptionKey: String?

    private static let cannedACLs: Set<String> = [
        "private", "public-read", "public-read-write", "authenticated-read", "aws-exec-read", "bucket-owner-read",
        "bucket-owner-full-control", "log-delivery-write",
    ]

    /// - Parameters:
    ///   - configuration: of the action.
    ///   - time: replaces `{datetime}`.
    ///   - id: replaces `{uuid}`. Both must be the same when a job runs again, so that it stores the same keys.
    package init(configuration: [String: String], time: Timestamp, id: String) throws(SourceError) {
        guard let bucket = configuration["BucketName"], !bucket.isEmpty else {
            throw SourceError.configuration("The S3 deploy action's configuration lacks BucketName. Add it.")
        }
        switch configuration["Extract"]?.lowercased() {
        case "true": extract = true
        case "false": extract = false
        default:
            throw SourceError.configuration(
                "The S3 deploy action's Extract must be true or false. Say which: true stores the artifact's files, false its zip."
            )
        }
        let key = configuration["ObjectKey"] ?? ""
        guard extract || !key.isEmpty else {
            throw SourceError.configuration(
                "The S3 deploy action's configuration lacks ObjectKey, which Extract = false needs. Add the object's key."
            )
        }
        if let name = configuration["CannedACL"], !Self.cannedACLs.contains(name) {
            throw SourceError.configuration(
                "CannedACL '\(name.shown(charactersMax: 60))' is none that S3 has. Use \(Self.cannedACLs.sorted().joined(separator: ", "))."
            )
        }
        self.bucket = bucket
        self.key = key.replacing("{datetime}", with: Self.datetime(time)).replacing("{uuid}", with: id)
        cacheControl = configuration["CacheControl"].flatMap { $0.isEmpty ? nil : $0 }
        cannedACL = configuration["CannedACL"]
        encryptionKey = configuration["KMSEncryptionKeyARN"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// `2019-01-10_07-39-57`, in UTC.
    private static func datetime(_ time: Timestamp) -> String {
        String(time.iso8601().dropLast()).replacing("T", with: "_").replacing(":", with: "-")
    }

    /// The key of a file of the artifact; one `/` stands between prefix and path.
    ///
    /// - Parameter path: relative to the artifact, names joined by `/`.
    package func key(ofFile path: String) -> String {
        if key.isEmpty { return path }
        return key.hasSuffix("/") ? key + path : "\(key)/\(path)"
    }

    /// What is kept with an object.
    package func attributes(contentType: String) -> ObjectAttributes {
        ObjectAttributes(
            contentType: contentType, cacheControl: cacheControl,
            serverSideEncryption: encryptionKey == nil ? nil : "aws:kms", kmsKeyID: encryptionKey)
    }
}
