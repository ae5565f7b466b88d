/// The text of a request that its signature covers, in the form that signer and verifier must agree on.
package struct CanonicalRequest: Sendable {
    /// How the path of a request gets into its canonical form.
    package enum PathStyle: Sendable, Hashable {
        /// S3: encoded once, nothing removed. An escape is written in its canonical form; `%2F` stays an escape, since
        /// it is no separator on the wire.
        case once
        /// Every other service: the path as it stands on the wire is encoded once more; with `normalized`, empty and dot
        /// segments are removed before.
        case twice(normalized: Bool)
    }

    /// UTF-8, without a line end behind the last line.
    package let bytes: [UInt8]

    /// - Parameters:
    ///   - signedHeaders: lower-case names in the order that they are signed in.
    ///   - bodyHash: the last line; the body's SHA-256 or one of the values of ``PayloadMode``.
    ///   - path: the service's rule for paths.
    ///   - isPresigned: leaves `X-Amz-Signature` out of the query.
    package init(
        _ request: HTTPRequestHead, signedHeaders: [String], bodyHash: String, path: PathStyle, isPresigned: Bool
    ) {
        var output: [UInt8] = []
        output.reserveCapacity(1024)
        output.append(contentsOf: request.method.utf8)
        output.append(UInt8(ascii: "\n"))
        Self.append(path: request.path, style: path, to: &output)
        output.append(UInt8(ascii: "\n"))
        Self.append(query: request.query, isPresigned: isPresigned, to: &output)
        output.append(UInt8(ascii: "\n"))
        for name in signedHeaders {
            Self.append(header: name, of: request, to: &output)
        }
        output.append(UInt8(ascii: "\n"))
        for (index, name) in signedHeaders.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ";")) }
            output.append(contentsOf: name.utf8)
        }
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: bodyHash.utf8)
        bytes = output
    }

    // MARK: Path

    private static func append(path: String, style: PathStyle, to output: inout [UInt8]) {
        switch style {
        case .once:
            appendOnce(path, to: &output)
        case .twice(normalized: false):
            appendTwice(path.isEmpty ? "/" : path, to: &output)
        case .twice(normalized: true):
            // Nearly every request of an API goes to the root.
            if path == "/" {
                output.append(UInt8(ascii: "/"))
            } else {
                appendNormalized(path, to: &output)
            }
        }
    }

    private static func appendOnce(_ path: String, to output: inout [UInt8]) {
        if path.isEmpty { output.append(UInt8(ascii: "/")) }
        let bytes = path.utf8
        var index = bytes.startIndex
        while index != bytes.endIndex {
            let byte = bytes[index]
            if let decoded = PercentEncoding.escape(in: bytes, at: index) {
                PercentEncoding.append(decoded, to: &output)
                index = bytes.index(index, offsetBy: 3)
            } else {
                // A stray `%` stays: no proper path has the same canonical form.
                if byte == UInt8(ascii: "/") || byte == UInt8(ascii: "%") {
                    output.append(byte)
                } else {
                    PercentEncoding.append(byte, to: &output)
                }
                index = bytes.index(after: index)
            }
        }
    }

    private static func appendTwice(_ path: some StringProtocol, to output: inout [UInt8]) {
        for byte in path.utf8 {
            if byte == UInt8(ascii: "/") {
                output.append(byte)
            } else {
                PercentEncoding.append(byte, to: &output)
            }
        }
    }

    private static func appendNormalized(_ path: String, to output: inout [UInt8]) {
        var segments: [Substring] = []
        for segment in path.split(separator: "/") where segment != "." {
            if segment == ".." {
                _ = segments.popLast()
            } else {
                segments.append(segment)
            }
        }
        for segment in segments {
            output.append(UInt8(ascii: "/"))
            appendTwice(segment, to: &output)
        }
        if segments.isEmpty || path.utf8.last == UInt8(ascii: "/") { output.append(UInt8(ascii: "/")) }
    }

    // MARK: Query

    /// One parameter as two ranges of the buffer that holds them all in canonical encoding.
    private struct Parameter {
        var name: Range<Int>
        var value: Range<Int>
    }

    private static func append(query: String, isPresigned: Bool, to output: inout [UInt8]) {
        if query.isEmpty { return }
        var encoded: [UInt8] = []
        encoded.reserveCapacity(query.utf8.count + 32)
        var parameters: [Parameter] = []
        for pair in query.utf8.split(separator: UInt8(ascii: "&")) {
            let separator = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            let start = encoded.count
            PercentEncoding.appendCanonicalQueryComponent(pair[..<separator], to: &encoded)
            let middle = encoded.count
            if isPresigned, encoded[start..<middle].elementsEqual(QuerySignature.Name.signature.rawValue.utf8) {
                encoded.removeSubrange(start...)
                continue
            }
            if separator != pair.endIndex {
                let value = pair[pair.index(after: separator)...]
                PercentEncoding.appendCanonicalQueryComponent(value, to: &encoded)
            }
            parameters.append(Parameter(name: start..<middle, value: middle..<encoded.count))
        }
        parameters.sort { left, right in
            let names = (encoded[left.name], encoded[right.name])
            if names.0.elementsEqual(names.1) {
                return encoded[left.value].lexicographicallyPrecedes(encoded[right.value])
            }
            return names.0.lexicographicallyPrecedes(names.1)
        }
        for (index, parameter) in parameters.enumerated() {
            if index > 0 { output.append(UInt8(ascii: "&")) }
            output.append(contentsOf: encoded[parameter.name])
            output.append(UInt8(ascii: "="))
            output.append(contentsOf: encoded[parameter.value])
        }
    }

    // MARK: Headers

    private static func append(header name: String, of request: HTTPRequestHead, to output: inout [UInt8]) {
        output.append(contentsOf: name.utf8)
        output.append(UInt8(ascii: ":"))
        var isFirst = true
        for header in request.headers where HeaderName.isSame(header.name, lowercased: name) {
            if !isFirst { output.append(UInt8(ascii: ",")) }
            isFirst = false
            appendFolded(header.value, to: &output)
        }
        output.append(UInt8(ascii: "\n"))
    }

    /// The value without white space at its ends, and with one space for every run of it inside.
    private static func appendFolded(_ value: String, to output: inout [UInt8]) {
        let start = output.count
        output.append(contentsOf: value.utf8)
        // Most values are so already.
        if isFolded(output, from: start) { return }
        var end = start
        var spaceIsDue = false
        for index in start..<output.count {
            let byte = output[index]
            if isWhiteSpace(byte) {
                spaceIsDue = end > start
                continue
            }
            if spaceIsDue {
                output[end] = UInt8(ascii: " ")
                end += 1
                spaceIsDue = false
            }
            if end != index { output[end] = byte }
            end += 1
        }
        output.removeLast(output.count - end)
    }

    /// Whether there is no white space from here on but single spaces with something on both sides.
    private static func isFolded(_ bytes: [UInt8], from start: Int) -> Bool {
        var mayBeSpace = false
        for index in start..<bytes.count {
            let byte = bytes[index]
            // Every byte of white space is one of the first of ASCII, and nearly all others are above them.
            if byte > UInt8(ascii: " ") {
                mayBeSpace = true
            } else if byte == UInt8(ascii: " "), mayBeSpace {
                mayBeSpace = false
            } else if isWhiteSpace(byte) {
                return false
            } else {
                mayBeSpace = true
            }
        }
        return mayBeSpace || start == bytes.count
    }

    private static func isWhiteSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || (9...13).contains(byte)
    }
}
