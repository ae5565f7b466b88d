/// Replaces placeholders of the form `<opening>…}` in a text, in one pass: what is put in is never scanned again.
enum PlaceholderScanner {
    /// Linear in the text, whatever it holds: of nested openings only the innermost begins a placeholder.
    /// - Parameters:
    ///   - opening: what begins a placeholder, `#{` or `{`.
    ///   - replacement: gets what stands between the opening and the next `}`; nil leaves it as written.
    static func replace(
        in text: String, opening: StaticString, replacement: (Substring) -> String?
    ) -> String {
        let opening = Array("\(opening)".utf8)
        let bytes = text.utf8
        var result = ""
        var copied = bytes.startIndex
        var candidate: (start: String.Index, body: String.Index)?
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if bytes[index...].starts(with: opening) {
                let body = bytes.index(index, offsetBy: opening.count)
                candidate = (index, body)
                index = body
                continue
            }
            let next = bytes.index(after: index)
            if bytes[index] == UInt8(ascii: "}"), let found = candidate {
                if let value = replacement(text[found.body..<index]) {
                    result += text[copied..<found.start]
                    result += value
                    copied = next
                }
                candidate = nil
            }
            index = next
        }
        return result + text[copied...]
    }
}
