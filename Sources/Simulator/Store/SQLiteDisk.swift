import Foundation
import Logging
import PipelineModel
import PipelineStore
import PipelineStoreSQLite
import SystemPackage
import TestSupport

/// The real database in a folder of its own, and what a crash leaves of it: its files as they were at that moment.
struct SQLiteDisk: Sendable {
    /// What every simulation's secrets are encrypted with.
    private static let key = [UInt8](repeating: 7, count: 32)

    let store: SQLitePipelineStore
    private let folder: TemporaryFolder
    private let database: SQLiteDatabase

    /// A database with nothing in it.
    init() throws {
        try self.init(folder: Self.newFolder())
    }

    private init(folder: TemporaryFolder) throws {
        self.folder = folder
        let logger = Logger(label: "simulation", factory: { _ in SwiftLogNoOpLogHandler() })
        database = try SQLiteDatabase(
            path: folder.path.appending("penstock.db").string, logger: logger, syncFailed: { _ in })
        store = SQLitePipelineStore(database: database, sealer: SecretSealer(key: Self.key))
    }

    /// In memory where the system has such a place: a simulated crash needs no slow disk.
    private static func newFolder() throws -> TemporaryFolder {
        let shared = "/dev/shm"
        return try FileManager.default.isWritableFile(atPath: shared)
            ? TemporaryFolder(in: FilePath(shared)) : TemporaryFolder()
    }

    /// A copy of the files as a crash would leave them now.
    func image() throws -> TemporaryFolder {
        let image = try Self.newFolder()
        for name in try folder.files() where !name.hasSuffix("-shm") {
            try FileManager.default.copyItem(
                atPath: folder.path.appending(name).string, toPath: image.path.appending(name).string)
        }
        return image
    }

    /// The database as a new process finds it; this one is closed.
    func reopened(at image: TemporaryFolder) throws -> SQLiteDisk {
        close()
        return try SQLiteDisk(folder: image)
    }

    func close() {
        database.close()
    }

    /// Files in which a text, which is not empty, stands in clear.
    func files(with text: String) throws -> [String] {
        let text = Array(text.utf8)
        return try folder.files().filter { name in
            // An array is looked through many times faster than data.
            var rest = try [UInt8](Data(contentsOf: URL(filePath: folder.path.appending(name).string)))[...]
            while let start = rest.firstIndex(of: text[0]) {
                rest = rest[start...]
                if rest.starts(with: text) { return true }
                rest = rest.dropFirst()
            }
            return false
        }
    }
}
