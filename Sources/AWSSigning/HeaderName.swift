/// Names of HTTP headers, which are compared without regard to case.
package enum HeaderName {
    static let authorization = "authorization"
    static let contentSHA256 = "x-amz-content-sha256"
    static let date = "date"
    static let host = "host"
    static let amzDate = "x-amz-date"
    static let securityToken = "x-amz-security-token"
    static let target = "x-amz-target"
    static let trailerSignature = "x-amz-trailer-signature"

    /// Whether a name as received is this one, which is given in lower case.
    package static func isSame(_ name: String, lowercased expected: String) -> Bool {
        name.utf8.count == expected.utf8.count && hasPrefix(name, lowercased: expected)
    }

    /// Whether a name as received begins with this text, which is given in lower case.
    static func hasPrefix(_ name: String, lowercased prefix: String) -> Bool {
        name.withBytes { bytes in
            prefix.withBytes { expected in
                guard bytes.count >= expected.count else { return false }
                for index in 0..<expected.count where lowercase(bytes[index]) != expected[index] { return false }
                return true
            }
        }
    }

    /// The name in lower case, which costs nothing where it is so already.
    static func lowercased(_ name: String) -> String {
        let isUpper = { (byte: UInt8) in (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }
        return name.utf8.contains(where: isUpper) ? String(decoding: name.utf8.map(lowercase), as: UTF8.self) : name
    }

    /// A name of these bytes in lower case.
    static func lowercased(_ name: Slice<UnsafeBufferPointer<UInt8>>) -> String {
        let text = String(decoding: name, as: UTF8.self)
        for byte in name where byte != lowercase(byte) { return lowercased(text) }
        return text
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
