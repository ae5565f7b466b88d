import CLinux
import Failpoints
import Glibc
import NIOPosix
import Synchronization
package import SystemPackage

/// A file of the system's that is open; NIO has a protocol of the same name.
typealias OpenFile = FileDescriptor

/// The folders that hold the store's bytes, and the blocking calls on them; those run on a thread pool.
///
/// `objects/ab/ab…` holds whole files, `temporary/…` those being written. A file is written in `temporary`, synced,
/// renamed, and its folder synced, before the index may name it.
final class ObjectFiles: Sendable {
    let root: FilePath
    /// `objects/`, from where the way to a file is short.
    private let objects: OpenFile
    /// Memory for what is read.
    let buffers = ChunkBuffers()
    private let pool: NIOThreadPool
    /// Names of files that are being written or wait for their commit: the sweep leaves them alone.
    private let pending = Mutex<Set<String>>([])
    private let held = Mutex(HeldRemovals())

    /// Files that nothing names any more and that a copy under way may still want.
    private struct HeldRemovals {
        /// Names kept at most; the sweep of the next start finds the rest.
        static let namesMax = 1_000_000
        var holds = 0
        var names: [String] = []
    }

    /// Makes the folders where they are missing.
    init(root: FilePath, pool: NIOThreadPool) throws {
        self.root = root
        self.pool = pool
        try Self.makeFolder(root)
        try Self.makeFolder(root.appending("temporary"))
        try Self.makeFolder(root.appending("objects"))
        for shard in 0..<256 {
            try Self.makeFolder(root.appending("objects").appending(Self.hexadecimal(UInt8(shard))))
        }
        try Self.syncFolder(root.appending("objects"))
        try Self.syncFolder(root)
        objects = try OpenFile.open(root.appending("objects"), .readOnly, options: [.directory, .closeOnExec])
    }

    deinit {
        try? objects.close()
    }

    /// Runs blocking work on the pool; errors of the disk become ``ObjectStoreError/storageFull(_:)`` where they mean that.
    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await run(on: pool, body)
    }

    /// The same for work that only waits for the disk: it keeps no thread from those that have bytes to hash.
    func waiting<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await run(on: Self.waitingPool, body)
    }

    /// Threads that wait for the disk, which serves several at once about as fast as one. Never shut down.
    private static let waitingPool: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 8)
        pool.start()
        return pool
    }()

    private func run<Value: Sendable>(
        on pool: NIOThreadPool, _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        do {
            return try await pool.runIfActive(body)
        } catch let error as Errno {
            throw ObjectStoreError.writing(error) ?? error
        }
    }

    /// A fresh name, 128 random bits, under which a file may be written.
    func reserveName() -> String {
        let id = RandomID.hexadecimal(bytes: 16)
        let name = "\(id.prefix(2))/\(id)"
        pending.withLock { _ = $0.insert(name) }
        return name
    }

    /// The file is named by the index now, or gone.
    func release(_ name: String) {
        pending.withLock { _ = $0.remove(name) }
    }

    func isPending(_ name: String) -> Bool {
        pending.withLock { $0.contains(name) }
    }

    func path(of name: String) -> FilePath {
        root.appending("objects").pushing(FilePath(name))
    }

    func temporaryPath(of name: String) -> FilePath {
        root.appending("temporary").appending(name.split(separator: "/").last.map(String.init) ?? name)
    }

    /// Opens a file to read it; in place where that needs nothing of the disk.
    func open(_ name: String) async throws -> OpenFile {
        let descriptor = name.withCString { linux_open_in_memory(objects.rawValue, $0) }
        if descriptor >= 0 { return OpenFile(rawValue: descriptor) }
        let path = path(of: name)
        return try await run { try OpenFile.open(path, .readOnly, options: [.closeOnExec]) }
    }

    /// Closes a file. The last one to close a file that is removed frees its blocks, which takes long for a large one.
    func close(_ descriptor: OpenFile, size: Int64) {
        if size <= Self.quicklyFreed {
            try? descriptor.close()
        } else {
            pool.submit { _ in try? descriptor.close() }
        }
    }

    /// Bytes of a file that are freed without much delay.
    private static let quicklyFreed: Int64 = 16 << 20

    /// Blocking: makes a written file durable under its name.
    func publish(_ descriptor: OpenFile, name: String) throws {
        try Self.sync(descriptor)
        Failpoint.objectSynced.reached()
        let target = path(of: name)
        let source = temporaryPath(of: name)
        let result = source.withPlatformString { from in target.withPlatformString { rename(from, $0) } }
        guard result == 0 else { throw Errno(rawValue: errno) }
        Failpoint.objectRenamed.reached()
        try Self.syncFolder(target.removingLastComponent())
    }

    /// Deletes files that nothing names. One that stays behind is found by the next sweep.
    func remove(_ names: [String]) async {
        let isHeld = held.withLock { held in
            guard held.holds > 0 else { return false }
            held.names += names.prefix(HeldRemovals.namesMax - held.names.count)
            return true
        }
        for name in names { release(name) }
        guard !isHeld, !names.isEmpty else { return }
        let paths = names.flatMap { [path(of: $0), temporaryPath(of: $0)] }
        // Not `runIfActive`: a cancelled task must still clean up.
        await withCheckedContinuation { continuation in
            pool.submit { _ in
                for path in paths { _ = path.withPlatformString { unlink($0) } }
                continuation.resume()
            }
        }
    }

    /// Keeps all files that are there from now on, also those that nothing names any more, until ``releaseRemovals()``.
    func holdRemovals() {
        held.withLock { $0.holds += 1 }
    }

    /// Whether files are kept.
    var areRemovalsHeld: Bool { held.withLock { $0.holds > 0 } }

    /// Ends one ``holdRemovals()``; the last one deletes, in the background, what was kept.
    func releaseRemovals() {
        let names = held.withLock { held -> [String] in
            held.holds -= 1
            guard held.holds == 0 else { return [] }
            defer { held.names = [] }
            return held.names
        }
        guard !names.isEmpty else { return }
        let paths = names.flatMap { [path(of: $0), temporaryPath(of: $0)] }
        pool.submit { _ in
            for path in paths { _ = path.withPlatformString { unlink($0) } }
        }
    }

    /// Blocking: the names of entries in a folder below the root.
    func entries(of folder: FilePath) throws -> [String] {
        guard let directory = folder.withPlatformString({ opendir($0) }) else { throw Errno(rawValue: errno) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func makeFolder(_ path: FilePath) throws {
        let result = path.withPlatformString { mkdir($0, 0o700) }
        if result != 0, errno != EEXIST { throw Errno(rawValue: errno) }
    }

    private static func sync(_ descriptor: OpenFile) throws {
        while fsync(descriptor.rawValue) != 0 {
            guard errno == EINTR else { throw Errno(rawValue: errno) }
        }
    }

    private static func syncFolder(_ path: FilePath) throws {
        let folder = try OpenFile.open(path, .readOnly, options: [.directory, .closeOnExec])
        try folder.closeAfter { try sync(folder) }
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }
}

extension ObjectStoreError {
    /// What a failed write means to the caller; nil where it is nothing that they can act on.
    package static func writing(_ error: Errno) -> ObjectStoreError? {
        switch error {
        case .noSpace: .storageFull("no space left on the disk of the object store")
        case .diskQuotaExceeded: .storageFull("the disk quota of the object store is used up")
        case .readOnlyFileSystem: .storageFull("the disk of the object store is read-only")
        default: nil
        }
    }
}
