import CEpoll
import Glibc

/// A reply as it stands in a connection's buffer; valid until the connection sends again.
struct Reply {
    let status: Int
    let body: UnsafeRawBufferPointer
    /// The server closes the connection behind this reply.
    let closes: Bool
    /// Bytes of head and body.
    let length: Int

    /// The reply at the start of the buffer; nil where more of it has to come. Replies of other protocols are all body,
    /// and their status is 200.
    init?(_ buffer: UnsafeRawBufferPointer, framing: Framing) throws(LoadError) {
        let end: Int?
        switch framing {
        case .http:
            try self.init(parsing: buffer)
            return
        case .beanstalk: end = Self.beanstalkEnd(buffer)
        case .redis: end = Self.redisEnd(buffer, from: 0)
        }
        guard let end, end <= buffer.count else { return nil }
        self.init(
            status: 200, body: UnsafeRawBufferPointer(rebasing: buffer[..<end]), closes: false, length: end)
    }

    private init(status: Int, body: UnsafeRawBufferPointer, closes: Bool, length: Int) {
        self.status = status
        self.body = body
        self.closes = closes
        self.length = length
    }

    private static func lineEnd(_ buffer: UnsafeRawBufferPointer, from start: Int) -> Int? {
        buffer[start...].firstIndex(of: 10).map { $0 + 1 }
    }

    private static func number(_ bytes: Slice<UnsafeRawBufferPointer>) -> Int {
        Int(String(decoding: bytes, as: UTF8.self).trimmingPrefix(" ").prefix { $0 == "-" || $0.isNumber }) ?? 0
    }

    private static func beanstalkEnd(_ buffer: UnsafeRawBufferPointer) -> Int? {
        guard let line = lineEnd(buffer, from: 0) else { return nil }
        guard buffer.starts(with: "RESERVED ".utf8), let blank = buffer[..<line].lastIndex(of: 32) else { return line }
        return line + number(buffer[(blank + 1)..<line]) + 2
    }

    private static func redisEnd(_ buffer: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard start < buffer.count, let line = lineEnd(buffer, from: start) else { return nil }
        switch buffer[start] {
        case UInt8(ascii: "$"):
            let size = number(buffer[(start + 1)..<line])
            return size < 0 ? line : line + size + 2
        case UInt8(ascii: "*"):
            var end = line
            for _ in 0..<max(0, number(buffer[(start + 1)..<line])) {
                guard let next = redisEnd(buffer, from: end) else { return nil }
                end = next
            }
            return end
        default: return line
        }
    }

    /// The body as text, for messages; its beginning only.
    var excerpt: String { String(decoding: body.prefix(300), as: UTF8.self) }

    /// The reply at the start of the buffer; nil where more of it has to come.
    ///
    /// - Throws: where it has no length: chunked bodies are not read.
    init?(parsing buffer: UnsafeRawBufferPointer) throws(LoadError) {
        guard let start = buffer.baseAddress, buffer.count > 16, let end = memmem(start, buffer.count, "\r\n\r\n", 4)
        else { return nil }
        let headLength = start.distance(to: end) + 4
        let digits = buffer[9..<12].map { Int($0) - 48 }
        guard digits.allSatisfy((0...9).contains) else { throw LoadError("no HTTP reply") }
        status = digits[0] * 100 + digits[1] * 10 + digits[2]
        var contentLength: Int?
        var closes = false
        var place = 0
        while place < headLength - 2, let lineEnd = memchr(start + place, 10, headLength - place) {
            let next = start.distance(to: lineEnd) + 1
            if buffer[place] | 0x20 == UInt8(ascii: "c") {
                let line = UnsafeRawBufferPointer(rebasing: buffer[place..<next])
                if let value = Self.value(of: line, "content-length:") {
                    var number = 0
                    for byte in value where byte >= 48 && byte <= 57 { number = number * 10 + Int(byte) - 48 }
                    contentLength = number
                } else if let value = Self.value(of: line, "connection:") {
                    // `close` is the only value with this beginning.
                    closes = value.first { $0 != UInt8(ascii: " ") }.map { $0 | 0x20 == UInt8(ascii: "c") } ?? false
                }
            }
            place = next
        }
        guard let contentLength else { throw LoadError("a reply without Content-Length: status \(status)") }
        guard headLength + contentLength <= buffer.count else { return nil }
        body = UnsafeRawBufferPointer(rebasing: buffer[headLength..<headLength + contentLength])
        length = headLength + contentLength
        self.closes = closes
    }

    /// The rest of a header line that begins with this name; letters in any case.
    private static func value(of line: UnsafeRawBufferPointer, _ name: StaticString) -> UnsafeRawBufferPointer? {
        guard line.count > name.utf8CodeUnitCount, let base = line.baseAddress,
            strncasecmp(
                base.assumingMemoryBound(to: CChar.self),
                UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self), name.utf8CodeUnitCount) == 0
        else { return nil }
        return UnsafeRawBufferPointer(rebasing: line[name.utf8CodeUnitCount...])
    }

    /// Whether the body holds this text.
    func contains(_ text: UnsafeRawBufferPointer) -> Bool {
        guard let body = body.baseAddress, let text = (text.baseAddress.map { ($0, text.count) }) else { return false }
        return memmem(body, self.body.count, text.0, text.1) != nil
    }

    /// Whether the body holds this text.
    func contains(_ text: StaticString) -> Bool {
        contains(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// What stands between `prefix` and the next quotation mark; the text of a JSON string without escapes.
    func string(after prefix: StaticString) -> String? {
        guard let base = body.baseAddress,
            let found = memmem(base, body.count, prefix.utf8Start, prefix.utf8CodeUnitCount)
        else { return nil }
        let from = base.distance(to: found) + prefix.utf8CodeUnitCount
        guard let end = memchr(base + from, 0x22, body.count - from) else { return nil }
        return String(decoding: body[from..<base.distance(to: end)], as: UTF8.self)
    }
}
