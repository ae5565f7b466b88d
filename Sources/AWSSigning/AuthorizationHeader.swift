/// An Authorization header of ours, taken apart: `algorithm Credential=…, SignedHeaders=…, Signature=…`.
struct AuthorizationHeader {
    /// What an Authorization header must begin with to be a Signature Version 4 of any algorithm.
    static let prefix = "AWS4-"

    var algorithm: Substring
    var credential: Substring?
    var signedHeaders: Substring?
    var signature: Substring?

    /// Parts other than the three known ones are left aside; one that stands twice makes the header ambiguous.
    init(_ value: String) throws(SignatureError) {
        // Every request brings one of these: its bytes are gone through once, in place, and nothing of it is copied.
        let places = value.withBytes { Places(in: $0) }
        if places.isAmbiguous { throw .duplicateHeader(HeaderName.authorization) }
        algorithm = Self.part(of: value, at: places.algorithm)
        credential = places.credential.map { Self.part(of: value, at: $0) }
        signedHeaders = places.signedHeaders.map { Self.part(of: value, at: $0) }
        signature = places.signature.map { Self.part(of: value, at: $0) }
    }

    private static func part(of value: String, at place: Range<Int>) -> Substring {
        let bytes = value.utf8
        let start = bytes.index(bytes.startIndex, offsetBy: place.lowerBound)
        return Substring(bytes[start..<bytes.index(start, offsetBy: place.count)])
    }

    /// Where the parts stand, in bytes.
    private struct Places {
        var algorithm = 0..<0
        var credential: Range<Int>?
        var signedHeaders: Range<Int>?
        var signature: Range<Int>?
        var isAmbiguous = false

        init(in text: UnsafeBufferPointer<UInt8>) {
            var isFirst = true
            var start = 0
            while start < text.count {
                var separator = -1
                var end = start
                while end < text.count, text[end] != UInt8(ascii: " "), text[end] != UInt8(ascii: ",") {
                    if text[end] == UInt8(ascii: "="), separator < 0 { separator = end }
                    end += 1
                }
                if isFirst, start < end {
                    algorithm = start..<end
                    isFirst = false
                } else if separator >= 0 {
                    note(start..<separator, value: separator + 1..<end, in: text)
                }
                start = end + 1
            }
        }

        private mutating func note(_ name: Range<Int>, value: Range<Int>, in text: UnsafeBufferPointer<UInt8>) {
            // An empty part is as good as none.
            if value.isEmpty { return }
            let isNew: Bool
            switch name.count {
            case 10 where text.is("Credential", at: name): isNew = Self.set(&credential, value)
            case 13 where text.is("SignedHeaders", at: name): isNew = Self.set(&signedHeaders, value)
            case 9 where text.is("Signature", at: name): isNew = Self.set(&signature, value)
            default: return
            }
            if !isNew { isAmbiguous = true }
        }

        private static func set(_ part: inout Range<Int>?, _ value: Range<Int>) -> Bool {
            defer { part = value }
            return part == nil
        }
    }
}
