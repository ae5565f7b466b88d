/// Bytes that are only ever appended to, in memory of their own.
///
/// An array asks at each append whether somebody else holds it; a document is hundreds of appends of a few bytes, and the
/// asking was most of their cost. Whoever appends here has reserved the room before.
struct GrowingBytes: ~Copyable {
    private var start: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int) {
        self.capacity = max(capacity, 64)
        start = .allocate(capacity: self.capacity)
    }

    deinit {
        start.deallocate()
    }

    /// What has been appended.
    var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: count) }

    /// Forgets the bytes, and gives memory beyond `maximum` back.
    mutating func removeAll(keepingCapacity maximum: Int) {
        count = 0
        guard capacity > maximum else { return }
        start.deallocate()
        capacity = max(maximum, 64)
        start = .allocate(capacity: capacity)
    }

    /// Forgets all bytes but the first so many.
    mutating func cut(to length: Int) {
        assert(length <= count)
        count = length
    }

    /// Makes room for that many bytes more.
    @inline(__always)
    mutating func reserve(_ more: Int) {
        if count + more > capacity { grow(by: more) }
    }

    @inline(never)
    private mutating func grow(by more: Int) {
        let larger = max(capacity * 2, count + more)
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        moved.update(from: start, count: count)
        start.deallocate()
        start = moved
        capacity = larger
    }

    /// Appends a byte that room was reserved for.
    @inline(__always)
    mutating func append(_ byte: UInt8) {
        assert(count < capacity)
        start[count] = byte
        count += 1
    }

    /// Appends bytes that room was reserved for.
    @inline(__always)
    mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let from = bytes.baseAddress else { return }
        assert(count + bytes.count <= capacity)
        (start + count).update(from: from, count: bytes.count)
        count += bytes.count
    }

    /// Where the next bytes go, with room for so many; ``advance(to:)`` appends those that were put there.
    @inline(__always)
    mutating func room(for maximum: Int) -> UnsafeMutablePointer<UInt8> {
        reserve(maximum)
        return start + count
    }

    /// Appends what was put behind the end.
    ///
    /// - Parameter end: where it ends, in the room that was asked for.
    @inline(__always)
    mutating func advance(to end: UnsafeMutablePointer<UInt8>) {
        assert(end >= start + count && end <= start + capacity)
        count = end - start
    }

    /// Appends a number in decimal; room was reserved for its digits, 20 at most.
    mutating func appendDigits(of number: UInt64) {
        var digits = 1
        var bound: UInt64 = 10
        while number >= bound {
            digits += 1
            if digits == 20 { break }
            bound &*= 10
        }
        assert(count + digits <= capacity)
        var rest = number
        var position = count + digits
        repeat {
            position -= 1
            start[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while position > count
        count += digits
    }
}
