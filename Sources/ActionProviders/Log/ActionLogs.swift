import CLibArchive
import Glibc
import Synchronization
package import SystemPackage

/// The folder of all action logs, and the registry of those that grow in this process.
package final class ActionLogs: Sendable {
    /// Why a log cannot be had.
    package enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        /// The id is no lower-case UUID, which all action execution ids are.
        case invalidID(String)
        case system(file: String, reason: String)

        package var description: String {
            switch self {
            case .invalidID(let id): "'\(EntryPath.shown(id))' is no action execution id"
            case .system(let file, let reason): "cannot open the log \(file): \(reason)"
            }
        }
    }

    /// Bytes that one read gives at most.
    package static let maximumReadBytes = 1 << 20

    private let folder: FilePath
    private let maximumBytes: Int
    private let live = Mutex<[String: WeakLog]>([:])

    private struct WeakLog {
        weak var log: ActionLog?
    }

    /// - Parameters:
    ///   - folder: is made when it is missing, readable for the server's user only.
    ///   - maximumBytes: the size of one log.
    package init(folder: FilePath, maximumBytes: Int = ActionLog.maximumBytes) {
        self.folder = folder
        self.maximumBytes = maximumBytes
    }

    /// Opens the log of an action execution, and appends where one is there from an earlier run of the same job.
    ///
    /// The log ends with `finish()`. One that is still open for the same execution is finished first.
    package func open(actionExecutionID: String, secrets: [String] = []) throws(Failure) -> ActionLog {
        let file = try path(actionExecutionID)
        live.withLock { $0[actionExecutionID]?.log }?.finish()
        if mkdir(folder.string, 0o700) != 0, errno != EEXIST { throw .last(folder) }
        let descriptor = Glibc.open(file.string, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .last(file) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            defer { close(descriptor) }
            throw .last(file)
        }
        let log = ActionLog(
            descriptor: descriptor, file: file, size: Int(status.st_size), secrets: secrets, maximumBytes: maximumBytes
        ) { [weak self] finished in
            self?.live.withLock { live in
                if let current = live[actionExecutionID]?.log, current !== finished { return }
                live[actionExecutionID] = nil
            }
        }
        live.withLock { $0[actionExecutionID] = WeakLog(log: log) }
        return log
    }

    /// Bytes of a log from an offset on; empty at its end, nil when there is no such log.
    ///
    /// - Parameter limit: bytes at most; capped at ``maximumReadBytes``.
    package func read(
        actionExecutionID: String, offset: Int, limit: Int = maximumReadBytes
    ) throws(Failure) -> [UInt8]? {
        let file = try path(actionExecutionID)
        let descriptor = Glibc.open(file.string, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .last(file)
        }
        defer { close(descriptor) }
        let room = max(0, min(limit, Self.maximumReadBytes))
        var result: CInt = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
            let got = pread(descriptor, buffer.baseAddress, room, off_t(max(0, offset)))
            if got < 0 { result = errno }
            count = max(0, got)
        }
        guard result == 0 else { throw .system(file: file.string, reason: String(cString: strerror(result))) }
        return bytes
    }

    /// The ids of all logs that are stored, in no order. Blocks.
    package func ids() throws(Failure) -> [String] {
        guard let directory = opendir(folder.string) else {
            if errno == ENOENT { return [] }
            throw .last(folder)
        }
        defer { closedir(directory) }
        var ids: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name.hasSuffix(".log"), (try? path(String(name.dropLast(4)))) != nil else { continue }
            ids.append(String(name.dropLast(4)))
        }
        return ids
    }

    /// Removes a log; one that is not there is as good as removed.
    package func remove(actionExecutionID: String) {
        guard let file = try? path(actionExecutionID) else { return }
        unlink(file.string)
    }

    /// The log from an offset on, as it grows, until it is finished. A log that nobody writes ends where it ends now.
    package func follow(actionExecutionID: String, offset: Int = 0) -> Following {
        Following(logs: self, id: actionExecutionID, offset: max(0, offset))
    }

    /// The bytes of a log in pieces of 1 to ``maximumReadBytes``. Iteration throws ``Failure``.
    package struct Following: AsyncSequence, Sendable {
        package typealias Element = [UInt8]

        fileprivate let logs: ActionLogs
        fileprivate let id: String
        fileprivate let offset: Int

        package func makeAsyncIterator() -> Iterator {
            Iterator(logs: logs, id: id, offset: offset)
        }

        package struct Iterator: AsyncIteratorProtocol {
            fileprivate let logs: ActionLogs
            fileprivate let id: String
            fileprivate var offset: Int

            package mutating func next() async throws -> [UInt8]? {
                while !Task.isCancelled {
                    // Asked before reading: what is written up to the end is then read for certain.
                    let log = logs.live.withLock { $0[id]?.log }
                    guard let bytes = try logs.read(actionExecutionID: id, offset: offset) else { return nil }
                    if !bytes.isEmpty {
                        offset += bytes.count
                        return bytes
                    }
                    guard let log, await log.waitForBytes(after: offset) || log.hasBytes(after: offset) else {
                        return nil
                    }
                }
                return nil
            }
        }
    }

    private func path(_ id: String) throws(Failure) -> FilePath {
        let bytes = Array(id.utf8)
        let isUUID =
            bytes.count == 36
            && bytes.enumerated().allSatisfy { index, byte in
                if index == 8 || index == 13 || index == 18 || index == 23 { return byte == UInt8(ascii: "-") }
                return (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
            }
        guard isUUID else { throw .invalidID(id) }
        return folder.appending(id + ".log")
    }
}

extension ActionLogs.Failure {
    fileprivate static func last(_ file: FilePath) -> ActionLogs.Failure {
        .system(file: file.string, reason: String(cString: strerror(errno)))
    }
}
