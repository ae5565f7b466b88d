/// The checksums that S3 knows for an object, by the names it gives them, and the MD5 of ETags and `Content-MD5`.
package enum ChecksumAlgorithm: String, Sendable, Hashable, CaseIterable {
    case crc32 = "CRC32"
    case crc32c = "CRC32C"
    case crc64nvme = "CRC64NVME"
    case sha1 = "SHA1"
    case sha256 = "SHA256"
    case md5 = "MD5"

    /// The header or trailer that carries the checksum in base 64, in lower case.
    package var headerName: String {
        switch self {
        case .crc32: "x-amz-checksum-crc32"
        case .crc32c: "x-amz-checksum-crc32c"
        case .crc64nvme: "x-amz-checksum-crc64nvme"
        case .sha1: "x-amz-checksum-sha1"
        case .sha256: "x-amz-checksum-sha256"
        case .md5: "content-md5"
        }
    }

    /// The algorithm whose header or trailer this is, in any case; nil for any other name.
    package init?(headerName: String) {
        let found = Self.allCases.first { HeaderName.isSame(headerName, lowercased: $0.headerName) }
        guard let found else { return nil }
        self = found
    }
}
