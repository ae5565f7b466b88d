import Foundation
import FoundationXML
import NIOCore

/// An XML body: elements and their texts, no more. Attributes and namespaces have no meaning here.
struct S3Document {
    let name: String
    fileprivate(set) var children: [S3Document] = []
    fileprivate(set) var text = ""

    /// The first child of that name.
    subscript(name: String) -> S3Document? { children.first { $0.name == name } }

    /// All children of that name, in order.
    func all(_ name: String) -> [S3Document] { children.filter { $0.name == name } }

    /// Parses a body.
    ///
    /// Documents with a `<!…>` other than comments and CDATA are refused before the parser sees them: entities and
    /// external definitions are what XML attacks are made of. Not UTF-8 is refused, so that they cannot hide.
    ///
    /// - Throws: `MalformedXML` also where it is deeper or larger than ``S3Limits`` allow, or has another root.
    static func parse(_ body: ByteBuffer, root: String) throws(S3Error) -> S3Document {
        let bytes = Array(body.readableBytesView)
        guard bytes.count <= S3Limits.documentSize, String(validating: bytes, as: UTF8.self) != nil,
            !bytes.contains(0), !hasDeclarations(bytes)
        else { throw .malformedXML }
        let parser = XMLParser(data: Data(bytes))
        parser.shouldResolveExternalEntities = false
        let builder = Builder()
        parser.delegate = builder
        guard parser.parse(), !builder.isBroken, let document = builder.root, document.name == root else {
            throw .malformedXML
        }
        return document
    }

    /// Whether there is a `<!` that begins neither a comment nor CDATA, or an encoding that is not UTF-8.
    private static func hasDeclarations(_ bytes: [UInt8]) -> Bool {
        var index = 0
        while let mark = bytes[index...].firstIndex(of: UInt8(ascii: "<")) {
            let rest = bytes[(mark + 1)...]
            if rest.first == UInt8(ascii: "!"), !rest.starts(with: "!--".utf8), !rest.starts(with: "![CDATA[".utf8) {
                return true
            }
            if rest.starts(with: "?xml ".utf8) {
                let end = rest.firstIndex(of: UInt8(ascii: ">")) ?? rest.endIndex
                let declaration = String(decoding: rest[..<end], as: UTF8.self).lowercased()
                if declaration.contains("encoding"), !declaration.contains("utf-8") { return true }
            }
            index = mark + 1
        }
        return false
    }

    /// Builds the tree as the parser goes, within the limits.
    private final class Builder: NSObject, XMLParserDelegate {
        private var open: [S3Document] = []
        private var count = 0
        private(set) var root: S3Document?
        /// The parser reports some errors to its delegate alone.
        private(set) var isBroken = false

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String] = [:]
        ) {
            count += 1
            guard root == nil, open.count < S3Limits.documentDepth, count <= S3Limits.documentElements else {
                isBroken = true
                parser.abortParsing()
                return
            }
            open.append(S3Document(name: name.split(separator: ":").last.map(String.init) ?? name))
        }

        func parser(_ parser: XMLParser, parseErrorOccurred error: any Error) {
            isBroken = true
        }

        func parser(_ parser: XMLParser, foundCharacters text: String) {
            guard !open.isEmpty else { return }
            open[open.count - 1].text += text
        }

        func parser(_ parser: XMLParser, foundCDATA block: Data) {
            guard !open.isEmpty else { return }
            open[open.count - 1].text += String(decoding: block, as: UTF8.self)
        }

        func parser(
            _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
        ) {
            guard let element = open.popLast() else { return }
            if open.isEmpty {
                root = element
            } else {
                open[open.count - 1].children.append(element)
            }
        }
    }
}
