package import AWSSigning
package import ArtifactStorage

/// Finds who an access key belongs to; nil for a key that is unknown or no longer valid.
///
/// Asked at the start of every request, and for a job once more before its upload is committed.
package typealias S3CredentialLookup =
    @Sendable (_ accessKeyID: String, _ sessionToken: String?) async -> S3Principal?

/// Who sends a request, and what they may do.
package struct S3Principal: Sendable {
    package var credentials: SigningCredentials
    package var access: Access

    package init(credentials: SigningCredentials, access: Access) {
        self.credentials = credentials
        self.access = access
    }

    package enum Access: Sendable, Hashable {
        case full
        case user(UserAccess)
        case job(JobAccess)
    }

    /// The job whose credentials these are.
    var jobID: String? {
        if case .job(let job) = access { job.jobID } else { nil }
    }
}

/// What a user's policies say; asked anew for every request.
package struct UserAccess: Sendable, Hashable {
    /// Why the user may not do it; nil where they may.
    package typealias Refusal =
        @Sendable (_ action: String, _ resource: String, _ origin: S3RequestOrigin) -> String?

    package var arn: String
    package var refusal: Refusal

    package init(arn: String, refusal: @escaping Refusal) {
        self.arn = arn
        self.refusal = refusal
    }

    package static func == (left: UserAccess, right: UserAccess) -> Bool { left.arn == right.arn }

    package func hash(into hasher: inout Hasher) { hasher.combine(arn) }
}

/// Where a request came from, for the conditions of policies.
package struct S3RequestOrigin: Sendable {
    /// The peer's address without its port.
    package var sourceAddress: String?
    package var userAgent: String?
}

/// What the temporary credentials of a job reach: the keys of its artifacts and nothing else.
package struct JobAccess: Sendable, Hashable {
    package var jobID: String
    /// Its input artifacts.
    package var readable: Set<ObjectAddress>
    /// Its output artifacts, which it may also read.
    package var writable: Set<ObjectAddress>

    package init(jobID: String, readable: Set<ObjectAddress>, writable: Set<ObjectAddress>) {
        self.jobID = jobID
        self.readable = readable
        self.writable = writable
    }

    func mayRead(_ address: ObjectAddress) -> Bool {
        readable.contains(address) || writable.contains(address)
    }
}
