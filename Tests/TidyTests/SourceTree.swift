import Foundation
import Testing

/// The tree's own text, read once: what git tracks or would track.
enum SourceTree {
    /// A file of the tree that is text.
    struct File: Sendable {
        /// From the package's root, with `/`.
        let path: String
        let text: String
        /// For Swift: each line without what stands in strings and comments, so that rules look at code alone.
        let code: [String]

        init(path: String, text: String) {
            self.path = path
            self.text = text
            code = path.hasSuffix(".swift") ? SourceTree.code(text) : []
        }

        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
        /// `X` of `Sources/X/…` and of `Tests/X/…`, else empty.
        var target: String {
            let names = path.split(separator: "/")
            return names.count > 2 ? String(names[1]) : ""
        }
        var isSwift: Bool { path.hasSuffix(".swift") }
        var isSource: Bool { path.hasPrefix("Sources/") && isSwift }
        var isGenerated: Bool { path.contains("/Generated/") }
    }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// All text files. Empty only where git cannot tell, which ``TreeTests`` notices.
    static let files: [File] = {
        guard let list = try? output(of: ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        else { return [] }
        return list.split(separator: 0).compactMap { name in
            let path = String(decoding: name, as: UTF8.self)
            guard let data = try? Data(contentsOf: root.appending(path: path)), !data.prefix(8192).contains(0)
            else { return nil }
            return File(path: path, text: String(decoding: data, as: UTF8.self))
        }
    }()

    static let sources = files.filter(\.isSource)

    /// What a program prints; it must end well.
    static func output(of command: [String]) throws -> Data {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.currentDirectoryURL = root
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(command.joined(separator: " ")) failed")
        return data
    }

    /// Line by line, what is neither string nor comment; the code of an interpolation is code. Block comments are refused by the formatter's lint.
    static func code(_ text: String) -> [String] {
        let quote = UInt8(ascii: "\"")
        var isInLongString = false
        return text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            var code: [UInt8] = []
            var isInString = false
            // Parentheses open inside an interpolation; 0 outside.
            var depth = 0
            var bytes = line
            while let byte = bytes.first {
                if bytes.starts(with: [quote, quote, quote]) {
                    isInLongString.toggle()
                    bytes = bytes.dropFirst(3)
                    continue
                }
                bytes = bytes.dropFirst()
                if isInLongString { continue }
                if isInString, byte == UInt8(ascii: "\\") {
                    if bytes.first == UInt8(ascii: "(") { (isInString, depth) = (false, 1) }
                    bytes = bytes.dropFirst()
                } else if byte == quote {
                    isInString.toggle()
                    code.append(byte)
                } else if !isInString {
                    if byte == UInt8(ascii: "/"), bytes.first == byte { break }
                    if depth > 0, byte == UInt8(ascii: "(") { depth += 1 }
                    if depth > 0, byte == UInt8(ascii: ")") {
                        depth -= 1
                        isInString = depth == 0
                    }
                    code.append(byte)
                }
            }
            return String(decoding: code, as: UTF8.self)
        }
    }
}
