import CEpoll
import Glibc

/// An HTTP reply as it stands in a connection's buffer; valid until the connection sends again.
struct Reply {
    let status: Int
    let body: UnsafeRawBufferPointer
    /// The server closes the connection behind this reply.
    let closes: Bool
    /// Bytes of head and body.
    let length: Int

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
                    closes = value.contains { $0 | 0x20 == UInt8(ascii: "c") }
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
