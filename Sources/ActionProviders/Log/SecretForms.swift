/// The shapes that a secret takes in logs.
enum SecretForms {
    static func all(of secret: String) -> Set<[UInt8]> {
        let bytes = Array(secret.utf8)
        guard bytes.contains(where: { $0 > 0x20 }) else { return [] }
        var forms: Set<[UInt8]> = [bytes]
        for line in bytes.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) where line.contains(where: { $0 > 0x20 })
        {
            forms.insert(Array(line))
        }
        let trimmed = trim(bytes)
        for value in Set([bytes, trimmed]) {
            forms.formUnion(base64(value))
            forms.formUnion([hex(value, digits: lowerDigits), hex(value, digits: upperDigits)])
            for isSlashKept in [true, false] {
                forms.insert(percentEncoded(value, digits: upperDigits, isSlashKept: isSlashKept))
                forms.insert(percentEncoded(value, digits: lowerDigits, isSlashKept: isSlashKept))
            }
            forms.insert(percentEncoded(value, digits: upperDigits, isSlashKept: false, isSpacePlus: true))
            forms.insert(jsonEscaped(value, isSlashEscaped: false))
            forms.insert(jsonEscaped(value, isSlashEscaped: true))
        }
        return forms
    }

    private static let lowerDigits = Array("0123456789abcdef".utf8)
    private static let upperDigits = Array("0123456789ABCDEF".utf8)
    private static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

    /// People pipe secrets through `echo`, `cat` and `$( )`: line ends come and go.
    private static func trim(_ bytes: [UInt8]) -> [UInt8] {
        Array(bytes.drop { $0 <= 0x20 }.reversed().drop { $0 <= 0x20 }.reversed())
    }

    /// The characters that depend on the secret alone, for each of the three places in a group of three bytes where it
    /// can begin.
    private static func base64(_ bytes: [UInt8]) -> Set<[UInt8]> {
        var forms: Set<[UInt8]> = []
        for alphabet in [Array((letters + "+/").utf8), Array((letters + "-_").utf8)] {
            for offset in 0..<3 {
                let first = (offset * 8 + 5) / 6
                let end = (offset + bytes.count) * 8 / 6
                guard first < end else { continue }
                forms.insert((first..<end).map { alphabet[sextet($0, of: bytes, offset: offset)] })
            }
        }
        return forms
    }

    private static func sextet(_ index: Int, of bytes: [UInt8], offset: Int) -> Int {
        var value = 0
        for bit in index * 6..<index * 6 + 6 {
            let byte = bytes[bit / 8 - offset]
            value = value << 1 | Int(byte >> UInt8(7 - bit % 8) & 1)
        }
        return value
    }

    private static func hex(_ bytes: [UInt8], digits: [UInt8]) -> [UInt8] {
        bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }

    private static func percentEncoded(
        _ bytes: [UInt8], digits: [UInt8], isSlashKept: Bool, isSpacePlus: Bool = false
    ) -> [UInt8] {
        let plain = Set((letters + "-._~" + (isSlashKept ? "/" : "")).utf8)
        return bytes.flatMap { byte -> [UInt8] in
            if plain.contains(byte) { return [byte] }
            if isSpacePlus, byte == 0x20 { return [UInt8(ascii: "+")] }
            return [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }

    private static func jsonEscaped(_ bytes: [UInt8], isSlashEscaped: Bool) -> [UInt8] {
        bytes.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "\""): Array("\\\"".utf8)
            case UInt8(ascii: "\\"): Array("\\\\".utf8)
            case UInt8(ascii: "/") where isSlashEscaped: Array("\\/".utf8)
            case 0x08: Array("\\b".utf8)
            case 0x09: Array("\\t".utf8)
            case 0x0A: Array("\\n".utf8)
            case 0x0C: Array("\\f".utf8)
            case 0x0D: Array("\\r".utf8)
            case ..<0x20: Array("\\u00".utf8) + [lowerDigits[Int(byte >> 4)], lowerDigits[Int(byte & 15)]]
            default: [byte]
            }
        }
    }
}
