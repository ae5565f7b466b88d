/// Identifiers that nobody can guess, from the system's generator.
package enum RandomID {
    /// Lower-case hexadecimal digits of that many random bytes.
    package static func hexadecimal(bytes: Int) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for _ in 0..<bytes {
            let byte = UInt8.random(in: .min ... .max)
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// That many random characters of the URL-safe base64 alphabet, 6 bits each.
    package static func urlSafe(length: Int) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        let text = (0..<length).map { _ in alphabet[Int.random(in: 0..<64)] }
        return String(decoding: text, as: UTF8.self)
    }
}
