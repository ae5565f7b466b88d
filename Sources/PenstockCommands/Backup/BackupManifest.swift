import AWSProtocol

/// The last file of a backup. One that lacks it was cut off.
package struct BackupManifest: Sendable, Equatable {
    package static let fileName = "backup.json"
    /// What this version writes and reads.
    package static let format = 1
    /// Bytes at most.
    package static let maximumBytes: Int64 = 64 << 10

    /// Files before this one.
    package var files: Int
    /// Bytes of these files.
    package var bytes: Int64
    /// When the backup was begun: epoch milliseconds.
    package var begun: Int64

    package init(files: Int, bytes: Int64, begun: Int64) {
        self.files = files
        self.bytes = bytes
        self.begun = begun
    }

    /// As JSON.
    package var encoded: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        for (name, value) in [
            ("format", Int64(Self.format)), ("files", Int64(files)), ("bytes", bytes), ("begunMilliseconds", begun),
        ] {
            writer.key(name)
            writer.integer(Int(value))
        }
        writer.endObject()
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    /// What a command says with `--output json`: the path that it wrote, files and bytes.
    func report(place: String) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("path")
        writer.string(place)
        writer.key("files")
        writer.integer(files)
        writer.key("bytes")
        writer.integer(Int(bytes))
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// - Returns: nil where it is none, or one of another format.
    package init?(_ bytes: [UInt8]) {
        guard let document = try? JSONReader.parse(bytes) else { return nil }
        func number(_ name: String) -> Int64? {
            guard case .number(let number)? = document[name] else { return nil }
            return Int64(number.text)
        }
        guard number("format") == Int64(Self.format), let files = number("files"), let size = number("bytes"),
            let begun = number("begunMilliseconds")
        else { return nil }
        self.init(files: Int(files), bytes: size, begun: begun)
    }
}
