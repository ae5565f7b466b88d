/// What is kept with an object beside its bytes; every text is returned as it was given.
package struct ObjectAttributes: Sendable, Codable, Hashable {
    package var contentType: String?
    package var cacheControl: String?
    package var contentDisposition: String?
    package var contentEncoding: String?
    package var contentLanguage: String?
    package var expires: String?
    /// User metadata; names in lower case, without `x-amz-meta-`.
    package var metadata: [String: String]
    /// `AES256` or `aws:kms`.
    package var serverSideEncryption: String?
    package var kmsKeyID: String?
    /// Of an object that was put in parts; absent also where it was put before this was recorded.
    package var parts: PartSizes?
    /// Of an object that was put in parts, and never of a copy; absent also where it was put before this was recorded.
    package var completedUpload: CompletedUpload?

    package init(
        contentType: String? = nil, cacheControl: String? = nil, contentDisposition: String? = nil,
        contentEncoding: String? = nil, contentLanguage: String? = nil, expires: String? = nil,
        metadata: [String: String] = [:], serverSideEncryption: String? = nil, kmsKeyID: String? = nil
    ) {
        self.contentType = contentType
        self.cacheControl = cacheControl
        self.contentDisposition = contentDisposition
        self.contentEncoding = contentEncoding
        self.contentLanguage = contentLanguage
        self.expires = expires
        self.metadata = metadata
        self.serverSideEncryption = serverSideEncryption
        self.kmsKeyID = kmsKeyID
    }
}
