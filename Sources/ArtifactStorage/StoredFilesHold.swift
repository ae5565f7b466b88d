import Glibc
import SystemPackage

/// While this value is kept, no file of the store that was there when it was made goes away: for a copy of them all.
package final class StoredFilesHold: Sendable {
    private let files: ObjectFiles

    init(files: ObjectFiles) {
        self.files = files
        files.holdRemovals()
    }

    deinit { files.releaseRemovals() }

    /// The folders that the store's files lie in, relative to the store's.
    package var shards: [String] {
        (0..<256).map { shard in
            let digits = String(shard, radix: 16)
            return "objects/" + (digits.count == 1 ? "0" + digits : digits)
        }
    }

    /// The names of the files in one of ``shards``. Blocks.
    package func names(in shard: String) throws -> [String] {
        try files.entries(of: files.root.pushing(FilePath(shard)))
    }
}

extension ObjectStore {
    /// Keeps every file of the store until the value is let go.
    package func holdFiles() -> StoredFilesHold {
        StoredFilesHold(files: files)
    }
}
