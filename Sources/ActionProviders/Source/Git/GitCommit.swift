package import PipelineModel

/// What the server tells of a commit. All texts are the committers' own: data, never code.
package struct GitCommit: Hashable, Sendable {
    /// Full, lower-case hexadecimal: 40 digits, or 64 in SHA-256 repositories.
    package var id: String
    /// As it was written, without the line breaks at its end.
    package var message: String
    package var authorName: String
    package var authorDate: Timestamp
    package var committerDate: Timestamp

    package init(
        id: String, message: String, authorName: String, authorDate: Timestamp, committerDate: Timestamp
    ) {
        self.id = id
        self.message = message
        self.authorName = authorName
        self.authorDate = authorDate
        self.committerDate = committerDate
    }

    /// The `--format` of `git log` that ``init(logOutput:)`` reads: fields between NUL bytes, which no commit can hold.
    static let logFormat = "format:%H%x00%an%x00%at%x00%ct%x00%B"

    /// Reads the output of `git log -1` in ``logFormat``; bytes that are no UTF-8 become U+FFFD.
    init?(logOutput: [UInt8]) {
        let fields = logOutput.split(separator: 0, maxSplits: 4, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard fields.count == 5, Self.isFullID(fields[0]) else { return nil }
        var message = fields[4][...]
        while let last = message.last, last.isNewline { message.removeLast() }
        self.init(
            id: fields[0], message: String(message), authorName: fields[1],
            authorDate: Self.timestamp(fields[2]), committerDate: Self.timestamp(fields[3]))
    }

    /// Whether a text is a full commit id and nothing else.
    package static func isFullID(_ text: String) -> Bool {
        (text.utf8.count == 40 || text.utf8.count == 64)
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    /// Dates that don't fit, which a hostile commit can hold, are the beginning of time.
    private static func timestamp(_ seconds: String) -> Timestamp {
        Timestamp(milliseconds: 0).adding(seconds: Int64(seconds) ?? 0)
    }
}
