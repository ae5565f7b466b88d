import NIOCore

/// Writes the XML of S3's replies; every text is escaped.
struct XMLWriter {
    private(set) var buffer = ByteBuffer()

    /// S3's namespace, on the root of every result.
    static let namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

    /// The first line of every document.
    static let declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

    /// A document with this root.
    ///
    /// - Parameter isResult: false for errors, which have no namespace.
    static func document(_ root: String, isResult: Bool = true, _ content: (inout XMLWriter) throws -> Void) rethrows
        -> ByteBuffer
    {
        var writer = XMLWriter()
        writer.buffer.writeString("\(declaration)<\(root)")
        writer.buffer.writeString(isResult ? " xmlns=\"\(namespace)\">" : ">")
        try content(&writer)
        writer.buffer.writeString("</\(root)>")
        return writer.buffer
    }

    mutating func element(_ name: String, _ content: (inout XMLWriter) throws -> Void) rethrows {
        buffer.writeString("<\(name)>")
        try content(&self)
        buffer.writeString("</\(name)>")
    }

    mutating func element(_ name: String, _ text: String) {
        buffer.writeString("<\(name)>")
        write(escaped: text)
        buffer.writeString("</\(name)>")
    }

    mutating func element(_ name: String, _ number: some BinaryInteger) {
        element(name, String(number))
    }

    mutating func element(_ name: String, _ flag: Bool) {
        element(name, flag ? "true" : "false")
    }

    /// Text of the element that is open.
    mutating func text(_ text: String) {
        write(escaped: text)
    }

    /// Nothing where there is no text.
    mutating func optional(_ name: String, _ text: String?) {
        if let text { element(name, text) }
    }

    private mutating func write(escaped text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): buffer.writeStaticString("&amp;")
            case UInt8(ascii: "<"): buffer.writeStaticString("&lt;")
            case UInt8(ascii: ">"): buffer.writeStaticString("&gt;")
            case UInt8(ascii: "\""): buffer.writeStaticString("&quot;")
            case 0..<0x20 where byte != UInt8(ascii: "\n") && byte != UInt8(ascii: "\t"):
                buffer.writeString("&#x\(String(byte, radix: 16, uppercase: true));")
            default: buffer.writeInteger(byte)
            }
        }
    }
}
