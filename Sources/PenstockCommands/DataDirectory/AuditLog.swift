import CodePipelineAPI
import Glibc
import Logging
import ServiceLifecycle
import Synchronization
import SystemPackage

/// `DATA/audit.log`: one JSON line for each call that changes something, or that wanted to. Lines are only added.
///
/// A line is with the kernel before its caller hears of success, so that it outlives the process; a power cut may take the
/// last lines. While lines can't be written, nothing is changed: calls are refused, and each tries again what waits.
final class AuditLog: Service {
    /// Bytes that wait for a file that can't be written. Lines of refused calls beyond it are lost, and counted. Those of
    /// changes are always taken: while lines can't be written, nothing but what is under way is changed.
    static let maximumWaitingBytes = 1 << 20
    /// Between two tries to write what waits, besides those that calls make.
    static let retryInterval = Duration.seconds(1)
    /// Until calls that were left out are told of, if no other is refused before.
    static let countInterval = Duration.seconds(1)

    /// What is known of the file; held while it is written.
    private struct File {
        var descriptor: FileDescriptor
        /// Taken, and not written yet. It may begin in the middle of a line.
        var unwritten: [UInt8] = []
        var hasFailed = false
    }

    private struct Waiting {
        var bytes: [UInt8] = []
        var lost = 0
        var refusals = RefusalLimit()

        /// Takes lines of refused calls.
        mutating func addRefused(_ lines: [UInt8]) {
            if lines.isEmpty { return }
            if bytes.count + lines.count > AuditLog.maximumWaitingBytes {
                lost += 1
            } else {
                bytes += lines
            }
        }
    }

    private let path: FilePath
    private let logger: Logger
    private let file: Mutex<File>
    private let waiting = Mutex(Waiting())
    private let start = ContinuousClock.now
    private let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// Opens the file of the data directory, and makes it (mode 0600) where it is not there.
    init(in directory: FilePath, logger: Logger) throws(CommandFailure) {
        path = directory.appending("audit.log")
        self.logger = logger
        do {
            file = Mutex(File(descriptor: try Self.open(path)))
        } catch {
            throw CommandFailure(.failure, "cannot write the audit log \(path): \(error)")
        }
    }

    var trail: AuditTrail {
        AuditTrail(
            append: { line in self.waiting.withLock { $0.bytes += line.bytes } },
            appendSoon: { line in
                let now = self.second
                self.waiting.withLock { $0.addRefused($0.refusals.admit(line, at: now)) }
                self.wake.yield()
            },
            flush: { self.flush() })
    }

    /// Goes on in a new file of the same name, once somebody has moved the old one away.
    func reopen() {
        file.withLock { file in
            do {
                let next = try Self.open(path)
                try? file.descriptor.close()
                file.descriptor = next
            } catch {
                logger.error(
                    "The audit log can't be opened again; the old file is kept in use",
                    metadata: ["path": "\(path)", "error": "\(error)"])
            }
        }
    }

    func run() async throws {
        await withTaskCancellationOrGracefulShutdownHandler {
            for await _ in wakes {
                while !flush(), !Task.isShuttingDownGracefully, !Task.isCancelled {
                    try? await Task.sleep(for: Self.retryInterval)
                }
                guard waiting.withLock({ $0.refusals.hasLeftOut }), !Task.isShuttingDownGracefully else { continue }
                try? await Task.sleep(for: Self.countInterval)
                tellLeftOut(before: second)
                _ = flush()
            }
        } onCancelOrGracefulShutdown: {
            self.wake.finish()
        }
        tellLeftOut(before: .max)
        _ = flush()
    }

    /// Seconds since the start.
    private var second: Int64 { (ContinuousClock.now - start).components.seconds }

    private func tellLeftOut(before second: Int64) {
        waiting.withLock { $0.addRefused($0.refusals.endSeconds(before: second)) }
    }

    /// Writes all lines taken so far. False where it could not be done.
    private func flush() -> Bool {
        file.withLock { file in
            while true {
                let (lost, isAll) = waiting.withLock { waiting in
                    // What could not be written counts as waiting, within the same limit.
                    let takes =
                        file.unwritten.isEmpty
                        || file.unwritten.count + waiting.bytes.count <= Self.maximumWaitingBytes
                    if takes {
                        file.unwritten += waiting.bytes
                        waiting.bytes.removeAll(keepingCapacity: true)
                    }
                    return (waiting.lost, takes)
                }
                if file.unwritten.isEmpty { return true }
                if let reason = Self.write(&file.unwritten, to: file.descriptor) {
                    failed(&file, reason)
                    return false
                }
                recovered(&file, lost: lost)
                if isAll { return true }
            }
        }
    }

    private func failed(_ file: inout File, _ reason: Errno) {
        guard !file.hasFailed else { return }
        file.hasFailed = true
        logger.error(
            "The audit log can't be written; until it can, calls that change something are refused",
            metadata: ["path": "\(path)", "error": "\(reason)"])
        wake.yield()
    }

    private func recovered(_ file: inout File, lost: Int) {
        guard file.hasFailed else { return }
        file.hasFailed = false
        waiting.withLock { $0.lost = 0 }
        logger.notice(
            "The audit log is written again", metadata: ["path": "\(path)", "lostLinesOfRefusedCalls": "\(lost)"])
    }

    /// Writes the bytes and removes what was written from them. Returns why it stopped short.
    private static func write(_ bytes: inout [UInt8], to descriptor: FileDescriptor) -> Errno? {
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor.rawValue, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                return Errno(rawValue: errno)
            }
            if count == bytes.count { bytes.removeAll(keepingCapacity: true) } else { bytes.removeFirst(count) }
        }
        return nil
    }

    /// A line that a crash has cut off is ended, so that the next one stands by itself.
    private static func open(_ path: FilePath) throws -> FileDescriptor {
        let descriptor = try FileDescriptor.open(
            path, .readWrite, options: [.append, .create, .closeOnExec], permissions: .ownerReadWrite)
        do {
            let end = try descriptor.seek(offset: 0, from: .end)
            guard end > 0 else { return descriptor }
            var last: UInt8 = 0
            let count = try withUnsafeMutableBytes(of: &last) {
                try descriptor.read(fromAbsoluteOffset: end - 1, into: $0)
            }
            if count == 1, last != UInt8(ascii: "\n") { try descriptor.writeAll([UInt8(ascii: "\n")]) }
            return descriptor
        } catch {
            try? descriptor.close()
            throw error
        }
    }
}
