import AWSProtocol
import ActionProviders
import ArtifactStorage
import CodePipelineAPI
import Failpoints
import Glibc
import Logging
import NIOCore
import NIOPosix
import PipelineStore
import PipelineStoreSQLite
import Synchronization
import SystemPackage

/// Makes copies of the data directory while the server works: the database as of one instant, and all files that it
/// names then. One at a time.
///
/// What a backup holds, in this order: `penstock.db`, `secret.key` and `credentials` (without them nothing would go on
/// where it stood), `objects/`, `logs/`, and last a manifest, so that one which was cut off is known. Bare repositories
/// in `git/` are their owners' to copy, with git.
struct Backups: Sendable {
    let data: FilePath
    let database: SQLiteDatabase
    let objects: ObjectStore
    let logs: ActionLogs
    let now: @Sendable () -> Int64
    let logger: Logger
    private let underWay = UnderWay()

    init(
        data: FilePath, database: SQLiteDatabase, objects: ObjectStore, logs: ActionLogs,
        now: @escaping @Sendable () -> Int64, logger: Logger
    ) {
        self.data = data
        self.database = database
        self.objects = objects
        self.logs = logs
        self.now = now
        self.logger = logger
    }

    private final class UnderWay: Sendable {
        let flag = Atomic(false)
    }

    /// The copy of one backup: lets the store's files go, removes its own, and lets the next one begin.
    private final class Copy: Sendable {
        let path: FilePath
        let files: StoredFilesHold
        let begun: Int64
        private let underWay: UnderWay

        init(path: FilePath, files: StoredFilesHold, begun: Int64, underWay: UnderWay) {
            self.path = path
            self.files = files
            self.begun = begun
            self.underWay = underWay
        }

        deinit {
            unlink(path.string)
            underWay.flag.store(false, ordering: .releasing)
        }
    }

    var access: BackupAccess {
        BackupAccess {
            let copy = try await begin()
            return { write in
                try await send(copy, write)
            }
        }
    }

    private func begin() async throws -> Copy {
        guard underWay.flag.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
        else {
            throw AWSServiceError(
                "ServiceUnavailableException", "Another backup is under way. Try again when it has ended.",
                httpStatus: 503)
        }
        // From before the copy of the database on, so that no file is gone that it names.
        let copy = Copy(
            path: data.appending("work").appending("backup.db"), files: objects.holdFiles(), begun: now(),
            underWay: underWay)
        do {
            try await NIOThreadPool.singleton.runIfActive { [database] in
                unlink(copy.path.string)
                try database.copy(to: copy.path.string)
            }
        } catch {
            logger.error("a backup can't be made", metadata: ["error": "\(error)"])
            let reason = (error as? StoreError)?.text ?? "\(error)"
            throw AWSServiceError(
                "ServiceUnavailableException", "The database can't be copied: \(reason)", httpStatus: 503)
        }
        Failpoint.backupCopied.reached()
        return copy
    }

    private func send(_ copy: Copy, _ write: (ByteBuffer) async throws -> Void) async throws {
        var archive = TarSender(now: now() / 1000)
        try await archive.send(copy.path, as: "penstock.db", write)
        for name in ["secret.key", "credentials"] {
            // Root credentials may come from the environment; then there is no file.
            try await archive.sendIfThere(data.appending(name), as: name, write)
        }
        for shard in copy.files.shards {
            let names = try await NIOThreadPool.singleton.runIfActive { try copy.files.names(in: shard) }
            for name in names {
                let path = "objects/\(shard)/\(name)"
                try await archive.sendIfThere(data.pushing(FilePath(path)), as: path, write)
            }
        }
        let ids = try await NIOThreadPool.singleton.runIfActive { [logs] in try logs.ids() }
        for id in ids {
            let path = "logs/\(id).log"
            try await archive.sendIfThere(data.pushing(FilePath(path)), as: path, write)
        }
        let manifest = BackupManifest(files: archive.files, bytes: archive.bytes, begun: copy.begun)
        try await archive.send(manifest.encoded, as: BackupManifest.fileName, write)
        try await write(ByteBuffer(bytes: TarHeader.end))
        logger.info("a backup was taken", metadata: ["files": "\(manifest.files)", "bytes": "\(manifest.bytes)"])
    }
}
