/// A JSON number as its author wrote it, so that no digit is lost before the target's type is known.
///
/// `-0` is the integer 0. A number that no `Double` holds (`1e999`) is a legal document; what it is read as refuses it.
package struct JSONNumber: Hashable, Sendable {
    /// The characters of the number, in the grammar of RFC 8259 section 6.
    package let text: String

    /// Takes the text as it is: the caller has checked that it is a JSON number.
    init(validated text: String) {
        self.text = text
    }

    /// The number of that integer.
    package init(_ value: Int) {
        text = String(value)
    }

    /// The nearest `Double`; infinite when the number is beyond its range.
    package var double: Double {
        Double(text) ?? .nan
    }

    /// The integer that remains when the fraction is cut off (semantics-core 1.6), or nil beyond 32 bits: the model's
    /// integers have 32.
    package var integer: Int? {
        if let plain = plainInteger { return plain }
        let whole = Int(text) ?? Int(exactly: double.rounded(.towardZero))
        guard let whole, Int32(exactly: whole) != nil else { return nil }
        return whole
    }

    /// The integer of one to nine digits and nothing else, as nearly all are.
    private var plainInteger: Int? {
        let digits = text.utf8
        guard (1...9).contains(digits.count) else { return nil }
        var integer = 0
        for digit in digits {
            guard case UInt8(ascii: "0")...UInt8(ascii: "9") = digit else { return nil }
            integer = integer * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return integer
    }
}
