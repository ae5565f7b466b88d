import Glibc

/// Bytes that grow in place and are cleared without giving memory back: what a connection sends, and what it received.
final class ByteBuffer {
    private(set) var start: UnsafeMutablePointer<UInt8>
    private(set) var count = 0
    private var capacity: Int

    init(capacity: Int = 4096) {
        self.capacity = capacity
        start = .allocate(capacity: capacity)
    }

    deinit { start.deallocate() }

    /// All bytes; valid until the next change.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

    /// The bytes as text, for messages.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    func clear() { count = 0 }

    /// Makes room behind the last byte and returns its place; what is written there counts after ``advance(by:)``.
    func reserve(_ size: Int) -> UnsafeMutablePointer<UInt8> {
        if count + size > capacity {
            let larger = max(capacity * 2, count + size)
            let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
            moved.update(from: start, count: count)
            start.deallocate()
            start = moved
            capacity = larger
        }
        return start + count
    }

    func advance(by size: Int) { count += size }

    func append(_ source: UnsafeRawBufferPointer) {
        guard let base = source.baseAddress else { return }
        memcpy(reserve(source.count), base, source.count)
        count += source.count
    }

    func append(_ source: [UInt8]) {
        source.withUnsafeBytes { append($0) }
    }

    func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    /// Appends a number with leading zeros.
    ///
    /// - Parameter digits: 0 for as many as it needs.
    func append(decimal number: Int, digits: Int = 0) {
        var width = 1
        var rest = number / 10
        while rest > 0 {
            width += 1
            rest /= 10
        }
        width = max(width, digits)
        let place = reserve(width)
        rest = number
        for index in stride(from: width - 1, through: 0, by: -1) {
            place[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count += width
    }

    /// Appends bytes as lower-case hexadecimal digits.
    func append(hexadecimal source: UnsafeRawBufferPointer) {
        let place = reserve(source.count * 2)
        for (index, byte) in source.enumerated() {
            place[index * 2] = Self.digit(byte >> 4)
            place[index * 2 + 1] = Self.digit(byte & 15)
        }
        count += source.count * 2
    }

    @inline(__always)
    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
    }
}
