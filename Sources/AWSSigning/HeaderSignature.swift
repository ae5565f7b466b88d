/// The headers of a request that say how it is signed, each read once.
struct HeaderSignature {
    var authorization: String?
    var amzDate: String?
    var date: String?
    var securityToken: String?
    /// The first header, other than Authorization, that stands twice and must not: its lower-case name.
    var duplicate: String?

    /// Two Authorization headers are refused here: nothing else of the request can be read with certainty.
    init(of request: HTTPRequestHead) throws(SignatureError) {
        var hasHost = false
        var hasHash = false
        var hasTarget = false
        for header in request.headers {
            let (name, value) = header
            // Lengths tell most headers apart without reading them.
            switch name.utf8.count {
            case 13 where HeaderName.isSame(name, lowercased: HeaderName.authorization):
                if authorization != nil { throw .duplicateHeader(HeaderName.authorization) }
                authorization = value
            case 10 where HeaderName.isSame(name, lowercased: HeaderName.amzDate):
                note(HeaderName.amzDate, seen: amzDate != nil)
                amzDate = value
            case 4 where HeaderName.isSame(name, lowercased: HeaderName.date):
                note(HeaderName.date, seen: date != nil)
                date = value
            case 20 where HeaderName.isSame(name, lowercased: HeaderName.securityToken):
                note(HeaderName.securityToken, seen: securityToken != nil)
                securityToken = value
            case 4 where HeaderName.isSame(name, lowercased: HeaderName.host):
                note(HeaderName.host, seen: hasHost)
                hasHost = true
            case 20 where HeaderName.isSame(name, lowercased: HeaderName.contentSHA256):
                note(HeaderName.contentSHA256, seen: hasHash)
                hasHash = true
            case 12 where HeaderName.isSame(name, lowercased: HeaderName.target):
                note(HeaderName.target, seen: hasTarget)
                hasTarget = true
            default: break
            }
        }
    }

    private mutating func note(_ name: String, seen: Bool) {
        if seen, duplicate == nil { duplicate = name }
    }
}

/// An Authorization header of ours, taken apart: `algorithm Credential=…, SignedHeaders=…, Signature=…`.
struct AuthorizationHeader {
    /// What an Authorization header must begin with to be a Signature Version 4 of any algorithm.
    static let prefix = "AWS4-"

    var algorithm: String
    var credential: String?
    var signedHeaders: String?
    var signature: String?

    /// Parts other than the three known ones are left aside; one that stands twice makes the header ambiguous.
    init(_ value: String) throws(SignatureError) {
        let parts = Array(value.utf8).split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: ",") }
        algorithm = String(decoding: parts.first ?? [], as: UTF8.self)
        for part in parts.dropFirst() {
            guard let separator = part.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let value = part[(separator + 1)...]
            // An empty part is as good as none.
            if value.isEmpty { continue }
            switch String(decoding: part[..<separator], as: UTF8.self) {
            case "Credential": try Self.set(&credential, value)
            case "SignedHeaders": try Self.set(&signedHeaders, value)
            case "Signature": try Self.set(&signature, value)
            default: break
            }
        }
    }

    private static func set(_ part: inout String?, _ value: ArraySlice<UInt8>) throws(SignatureError) {
        if part != nil { throw .duplicateHeader(HeaderName.authorization) }
        part = String(decoding: value, as: UTF8.self)
    }
}
