import AWSSigning
import NIOHTTP1

/// The headers that the connection and the API look at, found in one pass over all headers of a request.
///
/// Of a header that stands more than once, the first one counts.
struct CallHeaders {
    private(set) var contentLength: String?
    private(set) var contentType: String?
    private(set) var contentEncoding: String?
    private(set) var expect: String?
    private(set) var target: String?
    private(set) var invocationID: String?
    private(set) var sdkRequest: String?
    private(set) var userAgent: String?
    private(set) var wait: String?
    private(set) var targets = 0
    private(set) var hosts = 0
    private(set) var hasTransferEncoding = false
    private(set) var hasUpgrade = false

    /// All of them, in the order received.
    private(set) var all: [(name: String, value: String)] = []

    init(_ headers: HTTPHeaders) {
        all.reserveCapacity(headers.count)
        for (name, value) in headers {
            all.append((name, value))
            note(name, value)
        }
    }

    private mutating func note(_ name: String, _ value: String) {
        func isSame(_ expected: String) -> Bool { HeaderName.isSame(name, lowercased: expected) }
        // Lengths tell most headers apart without reading them.
        switch name.utf8.count {
        case 4 where isSame("host"): hosts += 1
        case 6 where isSame("expect"): expect = expect ?? value
        case 7 where isSame("upgrade"): hasUpgrade = true
        case 10 where isSame("user-agent"): userAgent = userAgent ?? value
        case 12 where isSame("x-amz-target"):
            targets += 1
            target = target ?? value
        case 12 where isSame("content-type"): contentType = contentType ?? value
        case 14 where isSame("content-length"): contentLength = contentLength ?? value
        case 15 where isSame("amz-sdk-request"): sdkRequest = sdkRequest ?? value
        case 15 where isSame("x-penstock-wait"): wait = wait ?? value
        case 16 where isSame("content-encoding"): contentEncoding = contentEncoding ?? value
        case 17 where isSame("transfer-encoding"): hasTransferEncoding = true
        case 21 where isSame("amz-sdk-invocation-id"): invocationID = invocationID ?? value
        default: break
        }
    }
}
