/// Names of HTTP headers, which are compared without regard to case.
enum HeaderName {
    static let authorization = "authorization"
    static let contentSHA256 = "x-amz-content-sha256"
    static let date = "date"
    static let host = "host"
    static let amzDate = "x-amz-date"
    static let securityToken = "x-amz-security-token"
    static let target = "x-amz-target"
    static let trailerSignature = "x-amz-trailer-signature"

    /// Whether a name as received is this one, which is given in lower case.
    static func isSame(_ name: String, lowercased expected: String) -> Bool {
        name.utf8.count == expected.utf8.count && hasPrefix(name, lowercased: expected)
    }

    /// Whether a name as received begins with this text, which is given in lower case.
    static func hasPrefix(_ name: String, lowercased prefix: String) -> Bool {
        // Both closures run: strings are contiguous UTF-8 here. The loop over bytes in place is what makes this quick.
        let found = name.utf8.withContiguousStorageIfAvailable { bytes in
            prefix.utf8.withContiguousStorageIfAvailable { expected in
                guard bytes.count >= expected.count else { return false }
                for index in 0..<expected.count where lowercase(bytes[index]) != expected[index] { return false }
                return true
            }
        }
        return (found ?? nil) ?? name.utf8.prefix(prefix.utf8.count).map(lowercase).elementsEqual(prefix.utf8)
    }

    /// The name in lower case, which costs nothing where it is so already.
    static func lowercased(_ name: String) -> String {
        let isUpper = { (byte: UInt8) in (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }
        return name.utf8.contains(where: isUpper) ? String(decoding: name.utf8.map(lowercase), as: UTF8.self) : name
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
