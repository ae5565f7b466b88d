/// Writes a JSON document as bytes, in one pass and without a tree.
///
/// Commas are set by the writer. The caller opens and closes in pairs and names every member of an object.
package struct JSONWriter: ~Copyable {
    private var out: GrowingBytes
    private var needsComma = false

    /// A writer of nothing yet, with room for that many bytes.
    package init(reservingCapacity capacity: Int = 512) {
        out = GrowingBytes(capacity: capacity)
    }

    /// What has been written so far.
    package var bytes: [UInt8] { Array(out.bytes) }

    /// Lends what has been written so far.
    package borrowing func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
        try body(out.bytes)
    }

    /// Begins a new document in the memory of the last one.
    ///
    /// - Parameter maximum: bytes of memory that are kept at the most.
    package mutating func removeAll(keepingCapacity maximum: Int) {
        out.removeAll(keepingCapacity: maximum)
        needsComma = false
    }

    /// A place in the document, to go back to.
    package struct Place {
        fileprivate var count: Int
        fileprivate var needsComma: Bool
    }

    /// Where the document ends now.
    package var end: Place { Place(count: out.count, needsComma: needsComma) }

    /// Takes back what was written since that place.
    package mutating func cut(to place: Place) {
        out.cut(to: place.count)
        needsComma = place.needsComma
    }

    /// Whether an object or a list without members, and nothing else, was written since that place, behind a name.
    package func hasEmptyValue(since place: Place) -> Bool {
        out.count == place.count + 2
    }

    /// Opens an object.
    package mutating func beginObject() {
        open(UInt8(ascii: "{"))
    }

    /// Closes the innermost object.
    package mutating func endObject() {
        close(UInt8(ascii: "}"))
    }

    /// Opens a list.
    package mutating func beginArray() {
        open(UInt8(ascii: "["))
    }

    /// Closes the innermost list.
    package mutating func endArray() {
        close(UInt8(ascii: "]"))
    }

    /// Begins a member whose name needs no escapes, as the names of the model's members need none.
    package mutating func name(_ name: StaticString) {
        let length = name.utf8CodeUnitCount
        let text = openQuote(reserving: length + 4)
        Self.copyName(UnsafeRawPointer(name.utf8Start), length, to: UnsafeMutableRawPointer(text))
        text[length] = UInt8(ascii: "\"")
        text[length + 1] = UInt8(ascii: ":")
        out.advance(to: text + length + 2)
        needsComma = false
    }

    /// Begins a member of any name: the key of a map.
    package mutating func key(_ key: String) {
        string(key)
        out.reserve(1)
        out.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a string, escaping quotes, backslashes and control characters, and nothing else.
    package mutating func string(_ string: String) {
        // Without a copy of the string, which the other way needs, where its bytes are in one place: nearly always.
        if string.utf8.withContiguousStorageIfAvailable({ quoted($0) }) == nil {
            var string = string
            string.withUTF8 { quoted($0) }
        }
        needsComma = true
    }

    /// Writes an integer.
    package mutating func integer(_ integer: Int) {
        out.reserve(22)
        separate()
        if integer < 0 { out.append(UInt8(ascii: "-")) }
        out.appendDigits(of: UInt64(integer.magnitude))
        needsComma = true
    }

    /// Writes `true` or `false`.
    package mutating func bool(_ bool: Bool) {
        word(bool ? "true" : "false")
    }

    /// Writes `null`.
    package mutating func null() {
        word("null")
    }

    /// Writes an instant as epoch seconds with as many decimals as it needs, three at most and no exponent:
    /// `1446137312`, `1446137312.204` (semantics-core 1.3).
    package mutating func timestamp(milliseconds: Int64) {
        out.reserve(26)
        separate()
        if milliseconds < 0 { out.append(UInt8(ascii: "-")) }
        let (seconds, rest) = milliseconds.magnitude.quotientAndRemainder(dividingBy: 1000)
        out.appendDigits(of: seconds)
        if rest != 0 {
            out.append(UInt8(ascii: "."))
            var rest = rest
            var place: UInt64 = 100
            while rest > 0 {
                out.append(UInt8(ascii: "0") + UInt8(rest / place))
                rest %= place
                place /= 10
            }
        }
        needsComma = true
    }

    /// Writes a whole document or part of one.
    package mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let bool): self.bool(bool)
        case .number(let number): plain(number.text)
        case .string(let string): self.string(string)
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .object(let object):
            beginObject()
            for member in object.members {
                key(member.name)
                self.value(member.value)
            }
            endObject()
        }
    }

    /// Writes a value that is a JSON document already, byte by byte.
    package mutating func encoded(_ document: [UInt8]) {
        out.reserve(document.count + 1)
        separate()
        document.withUnsafeBufferPointer { out.append($0) }
        needsComma = true
    }
}

extension JSONWriter {
    private mutating func quoted(_ text: UnsafeBufferPointer<UInt8>) {
        let start = openQuote(reserving: text.count + 3)
        guard Self.copy(UnsafeRawBufferPointer(text), to: start) else { return appendEscaped(text) }
        start[text.count] = UInt8(ascii: "\"")
        out.advance(to: start + text.count + 1)
    }

    /// Puts a quote behind the end, and a comma before it where one is needed. They count once ``GrowingBytes/advance(to:)``
    /// says so.
    ///
    /// - Returns: where the text goes.
    @inline(__always)
    private mutating func openQuote(reserving maximum: Int) -> UnsafeMutablePointer<UInt8> {
        let free = out.room(for: maximum)
        guard needsComma else {
            free[0] = UInt8(ascii: "\"")
            return free + 1
        }
        free[0] = UInt8(ascii: ",")
        free[1] = UInt8(ascii: "\"")
        return free + 2
    }

    /// Whoever calls it has reserved a byte for the comma.
    private mutating func separate() {
        if needsComma { out.append(UInt8(ascii: ",")) }
    }

    private mutating func open(_ bracket: UInt8) {
        out.reserve(2)
        separate()
        out.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        out.reserve(1)
        out.append(bracket)
        needsComma = true
    }

    private mutating func word(_ word: StaticString) {
        out.reserve(word.utf8CodeUnitCount + 1)
        separate()
        word.withUTF8Buffer { out.append($0) }
        needsComma = true
    }

    private mutating func plain(_ text: String) {
        var text = text
        text.withUTF8 { text in
            out.reserve(text.count + 1)
            separate()
            out.append(text)
        }
        needsComma = true
    }

    /// Copies text to where there is room for it, eight bytes at a time.
    ///
    /// - Returns: whether none of its bytes is a control character, a quote or a backslash; otherwise part of it is copied.
    @inline(__always)
    private static func copy(_ text: UnsafeRawBufferPointer, to target: UnsafeMutablePointer<UInt8>) -> Bool {
        let target = UnsafeMutableRawPointer(target)
        let count = text.count
        if count < 8 { return copyShort(text, to: target) }
        var position = 0
        while true {
            let word = text.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            if hasEscaped(word) { return false }
            target.storeBytes(of: word, toByteOffset: position, as: UInt64.self)
            position += 8
            if position == count { return true }
            // The last word again holds some of what was seen already.
            position = min(position, count - 8)
        }
    }

    private static func copyShort(_ text: UnsafeRawBufferPointer, to target: UnsafeMutableRawPointer) -> Bool {
        for (position, byte) in text.enumerated() {
            if isEscaped(byte) { return false }
            target.storeBytes(of: byte, toByteOffset: position, as: UInt8.self)
        }
        return true
    }

    /// A name is a few bytes: they are copied sooner than a function of the system is called.
    @inline(__always)
    private static func copyName(_ name: UnsafeRawPointer, _ count: Int, to target: UnsafeMutableRawPointer) {
        if count >= 8 {
            var position = 0
            while position < count - 8 {
                copy(UInt64.self, name + position, to: target + position)
                position += 8
            }
            // The last word again holds some of what was copied already.
            copy(UInt64.self, name + count - 8, to: target + count - 8)
        } else if count >= 4 {
            copy(UInt32.self, name, to: target)
            copy(UInt32.self, name + count - 4, to: target + count - 4)
        } else if count > 0 {
            copy(UInt8.self, name, to: target)
            copy(UInt8.self, name + count / 2, to: target + count / 2)
            copy(UInt8.self, name + count - 1, to: target + count - 1)
        }
    }

    @inline(__always)
    private static func copy<Word: BitwiseCopyable>(
        _ type: Word.Type, _ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer
    ) {
        target.storeBytes(of: source.loadUnaligned(as: type), as: type)
    }

    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    /// The same of eight bytes: a byte below n borrows from its highest bit when n is taken from it.
    private static func hasEscaped(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let quotes = word ^ (ones &* 0x22)
        let backslashes = word ^ (ones &* 0x5C)
        let controls = (word &- ones &* 0x20) & ~word
        let zeros = ((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes)
        return (controls | zeros) & highs != 0
    }

    private mutating func appendEscaped(_ text: UnsafeBufferPointer<UInt8>) {
        // Six bytes for each at the most.
        out.reserve(text.count * 6 + 3)
        separate()
        out.append(UInt8(ascii: "\""))
        var position = 0
        while true {
            let end = JSONTextScanner.scan(UnsafeRawBufferPointer(text), from: position).end
            out.append(UnsafeBufferPointer(rebasing: text[position..<end]))
            guard end < text.count else { break }
            appendEscape(of: text[end])
            position = end + 1
        }
        out.append(UInt8(ascii: "\""))
    }

    private mutating func appendEscape(of byte: UInt8) {
        out.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): out.append(byte)
        case 0x08: out.append(UInt8(ascii: "b"))
        case 0x09: out.append(UInt8(ascii: "t"))
        case 0x0A: out.append(UInt8(ascii: "n"))
        case 0x0C: out.append(UInt8(ascii: "f"))
        case 0x0D: out.append(UInt8(ascii: "r"))
        default:
            let digits: StaticString = "0123456789abcdef"
            for digit in [UInt8(ascii: "u"), UInt8(ascii: "0"), UInt8(ascii: "0")] { out.append(digit) }
            digits.withUTF8Buffer {
                out.append($0[Int(byte >> 4)])
                out.append($0[Int(byte & 15)])
            }
        }
    }
}
