/// The `Range` header, for one range of bytes.
enum ByteRange {
    /// The bytes that are asked for; nil where the header is to be ignored: several ranges, or not well-formed.
    ///
    /// - Throws: `InvalidRange` where the object has none of the bytes.
    static func resolve(_ header: String?, size: Int64) throws(S3Error) -> Range<Int64>? {
        guard let header, header.hasPrefix("bytes=") else { return nil }
        let parts = header.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, !header.contains(",") else { return nil }
        let first = number(parts[0])
        let last = number(parts[1])
        switch (first, last) {
        case (let first?, let last?):
            guard first <= last else { return nil }
            guard first < size else { throw .invalidRange }
            return first..<(min(last, size - 1) + 1)
        case (let first?, nil):
            guard parts[1].isEmpty else { return nil }
            guard first < size else { throw .invalidRange }
            return first..<size
        case (nil, let suffix?):
            guard parts[0].isEmpty else { return nil }
            guard suffix > 0, size > 0 else { throw .invalidRange }
            return max(0, size - suffix)..<size
        case (nil, nil): return nil
        }
    }

    /// `x-amz-copy-source-range`: both ends must be there and lie in the object.
    static func copyRange(_ header: String, size: Int64) throws(S3Error) -> Range<Int64> {
        let parts = header.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
        guard header.hasPrefix("bytes="), parts.count == 2, let first = number(parts[0]), let last = number(parts[1]),
            first <= last
        else {
            throw .invalidArgument(
                "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last "
                    + "are the zero-based offsets of the first and last bytes to copy"
            )
        }
        guard last < size else {
            throw .invalidArgument("Range specified is not valid for source object of size: \(size)")
        }
        return first..<(last + 1)
    }

    private static func number(_ text: Substring) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return Int64(text) ?? (text.count > 18 ? Int64.max - 1 : nil)
    }
}
