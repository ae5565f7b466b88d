import Glibc
import Synchronization
package import SystemPackage

/// The log of one action execution: appended by its provider, read from any byte offset while it grows.
///
/// What is written is masked, appended to the file and visible to readers before `write` returns, but for a tail that
/// may be the beginning of a secret. Writing never fails: what a full disk refuses is left out, and a line says so as
/// soon as there is room again.
package final class ActionLog: Sendable {
    /// The size of a log; what comes after it is dropped, with a notice in the log. Bytes.
    package static let maximumBytes = 100 << 20

    private struct State {
        var descriptor: CInt
        var masker: SecretMasker
        var size: Int
        var tail = LineTail()
        var isCapped = false
        /// Bytes that the disk refused.
        var lost = 0
        var isFinished = false
        var nextWaiter = 0
        var waiters: [Int: Waiter] = [:]
    }

    private struct Waiter {
        var offset: Int
        var continuation: CheckedContinuation<Void, Never>
    }

    /// The file that it grows.
    package let file: FilePath
    private let maximumBytes: Int
    private let state: Mutex<State>
    private let whenFinished: @Sendable (ActionLog) -> Void

    /// Logs are opened by ``ActionLogs``.
    init(
        descriptor: CInt, file: FilePath, size: Int, secrets: [String], maximumBytes: Int,
        whenFinished: @escaping @Sendable (ActionLog) -> Void
    ) {
        self.file = file
        self.maximumBytes = maximumBytes
        self.whenFinished = whenFinished
        let masker = SecretMasker(secrets: secrets)
        state = Mutex(State(descriptor: descriptor, masker: masker, size: size))
        if masker.unmaskable > 0 {
            write("[\(masker.unmaskable) of the action's secrets are too short or too plain to be masked]\n")
        }
    }

    deinit { finish() }

    /// Appends text; secrets are masked before anything reaches the disk.
    package func write(_ text: String) {
        write(bytes: Array(text.utf8))
    }

    /// Appends bytes as a process wrote them; secrets are masked before anything reaches the disk.
    package func write(bytes: [UInt8]) {
        let ready = state.withLock { state -> [Waiter] in
            guard !state.isFinished else { return [] }
            append(state.masker.mask(bytes), &state)
            return takeReadyWaiters(&state)
        }
        for waiter in ready { waiter.continuation.resume() }
    }

    /// Writes what was held back as the possible beginning of a secret; called between commands.
    package func flush() {
        let ready = state.withLock { state -> [Waiter] in
            guard !state.isFinished else { return [] }
            append(state.masker.flush(), &state)
            return takeReadyWaiters(&state)
        }
        for waiter in ready { waiter.continuation.resume() }
    }

    /// Closes the log; those who follow it see its end. Writing to it afterwards does nothing.
    package func finish() {
        let waiters = state.withLock { state -> [Waiter] in
            guard !state.isFinished else { return [] }
            append(state.masker.flush(), &state)
            state.isFinished = true
            close(state.descriptor)
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.continuation.resume() }
        whenFinished(self)
    }

    /// The last lines written (masked), oldest first, each cut to some length: what a failure's message shows.
    package var lastLines: [String] {
        state.withLock { $0.tail.lines }
    }

    /// The text with the log's secrets masked, for messages that quote input.
    package func masked(_ text: String) -> String {
        state.withLock { $0.masker }.masked(text)
    }

    /// Returns when there is more than `offset` bytes, the log is closed, or the task was cancelled.
    ///
    /// - Returns: whether the log is still open.
    func waitForBytes(after offset: Int) async -> Bool {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.isFinished || state.size > offset || Task.isCancelled { return true }
                    state.waiters[id] = Waiter(offset: offset, continuation: continuation)
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume()
        }
        return state.withLock { !$0.isFinished }
    }

    func hasBytes(after offset: Int) -> Bool {
        state.withLock { $0.size > offset }
    }

    private func takeReadyWaiters(_ state: inout State) -> [Waiter] {
        guard !state.waiters.isEmpty else { return [] }
        let ready = state.waiters.filter { $0.value.offset < state.size }
        for id in ready.keys { state.waiters.removeValue(forKey: id) }
        return Array(ready.values)
    }

    private func append(_ bytes: [UInt8], _ state: inout State) {
        guard !bytes.isEmpty else { return }
        state.tail.append(bytes)
        guard !state.isCapped else { return }
        if state.lost > 0 {
            let notice = "\n[\(state.lost) bytes of the log are missing: the disk refused them]\n"
            guard put(Array(notice.utf8), &state) == notice.utf8.count else {
                state.lost += bytes.count
                return
            }
            state.lost = 0
        }
        let room = maximumBytes - state.size
        guard bytes.count > room else {
            state.lost += bytes.count - put(bytes, &state)
            return
        }
        state.isCapped = true
        let notice = "\n[the log ends here: it has reached its limit of \(maximumBytes) bytes; the action goes on]\n"
        _ = put(Array(bytes.prefix(max(room, 0))) + Array(notice.utf8), &state)
    }

    /// - Returns: how many of the bytes the disk took.
    private func put(_ bytes: [UInt8], _ state: inout State) -> Int {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(state.descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                break
            }
            written += count
            state.size += count
        }
        return written
    }
}
