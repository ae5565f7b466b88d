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
