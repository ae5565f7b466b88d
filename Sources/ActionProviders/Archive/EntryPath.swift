/// The path of an archive's entry, taken apart and checked: relative, no `..`, nothing that another system reads as a
/// drive or a separator.
struct EntryPath {
    /// At least one, none of them empty, `.` or `..`.
    let names: [String]
    /// The entry's name ended in `/`.
    let isFolder: Bool

    var text: String { names.joined(separator: "/") }

    /// - Parameter raw: the name as the archive has it.
    /// - Returns: nil where the name is the root itself (`./`).
    /// - Throws: ``ArchiveError`` that shows the name.
    init?(_ raw: String, limits: ArchiveLimits) throws(ArchiveError) {
        let shown = EntryPath.shown(raw)
        func refuse(_ reason: String) -> ArchiveError { .refused(entry: shown, reason: reason) }
        guard !raw.isEmpty else { throw refuse("it has no name") }
        guard raw.utf8.count <= limits.pathBytes else {
            throw .limitExceeded(entry: shown, limit: "\(limits.pathBytes) bytes in a path")
        }
        guard !raw.utf8.contains(0) else { throw refuse("there is a NUL in its name") }
        guard !PathBytes.isAbsolute(raw) else { throw refuse("its path is absolute") }
        guard !raw.utf8.contains(UInt8(ascii: "\\")) else { throw refuse("there is a backslash in its name") }
        let start = Array(raw.utf8.prefix(2))
        if start.count == 2, start[1] == UInt8(ascii: ":"), EntryPath.isLetter(start[0]) {
            throw refuse("its name begins with a drive")
        }
        var names: [String] = []
        for part in PathBytes.names(of: raw) where part != "." {
            guard part != ".." else { throw refuse("there is '..' in its path") }
            guard part.utf8.count <= limits.nameBytes else {
                throw .limitExceeded(entry: shown, limit: "\(limits.nameBytes) bytes in a name")
            }
            names.append(part)
        }
        guard names.count <= limits.depth else {
            throw .limitExceeded(entry: shown, limit: "\(limits.depth) folders deep")
        }
        guard !names.isEmpty else { return nil }
        self.names = names
        isFolder = raw.utf8.last == UInt8(ascii: "/")
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }

    /// A name for messages: control characters are replaced, and what is long is cut.
    static func shown(_ raw: String) -> String {
        var text = ""
        for scalar in raw.unicodeScalars.prefix(200) {
            text.unicodeScalars.append(scalar.value < 0x20 || scalar.value == 0x7F ? "\u{FFFD}" : scalar)
        }
        return raw.unicodeScalars.count > 200 ? text + "…" : text
    }
}
