/// Percent-encoding with the rules of Signature Version 4: letters, digits and `-._~` stand for themselves, every other
/// byte is `%` and two upper-case digits.
package enum PercentEncoding {
    /// Encodes one name or value of a query string, or one segment of a path.
    package static func encode(_ text: String) -> String {
        var output: [UInt8] = []
        for byte in text.utf8 { append(byte, to: &output) }
        return String(decoding: output, as: UTF8.self)
    }

    /// Decodes one name or value of a query string: `%XX` is that byte, `+` is a space, a `%` without two digits behind
    /// it stands for itself.
    ///
    /// The canonical query reads the text in the same way, so what a handler acts on is what was signed.
    package static func decodeQueryComponent(_ text: some Collection<UInt8>) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        forEachQueryByte(of: text) { output.append($0) }
        return String(decoding: output, as: UTF8.self)
    }

    /// Appends the byte, encoded unless it is unreserved.
    static func append(_ byte: UInt8, to output: inout [UInt8]) {
        if isUnreserved(byte) {
            output.append(byte)
        } else {
            output.append(UInt8(ascii: "%"))
            output.append(Hexadecimal.upperDigit(byte >> 4))
            output.append(Hexadecimal.upperDigit(byte & 15))
        }
    }

    /// Appends a query name or value as received in its canonical encoding.
    static func appendCanonicalQueryComponent(_ text: some Collection<UInt8>, to output: inout [UInt8]) {
        forEachQueryByte(of: text) { append($0, to: &output) }
    }

    /// The byte that the escape at this position stands for; nil where there is none.
    static func escape<Bytes: Collection<UInt8>>(in text: Bytes, at index: Bytes.Index) -> UInt8? {
        guard text[index] == UInt8(ascii: "%") else { return nil }
        let first = text.index(after: index)
        guard first != text.endIndex, let high = Hexadecimal.value(of: text[first]) else { return nil }
        let second = text.index(after: first)
        guard second != text.endIndex, let low = Hexadecimal.value(of: text[second]) else { return nil }
        return high << 4 | low
    }

    static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    private static func forEachQueryByte<Bytes: Collection<UInt8>>(of text: Bytes, _ body: (UInt8) -> Void) {
        var index = text.startIndex
        while index != text.endIndex {
            let byte = text[index]
            if let decoded = escape(in: text, at: index) {
                body(decoded)
                index = text.index(index, offsetBy: 3)
            } else {
                body(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                index = text.index(after: index)
            }
        }
    }
}
