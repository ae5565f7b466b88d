import Glibc
import Synchronization

/// The places where a test may end the server as a power cut would: beside every commit, and between an effect and its
/// record. Without ``arm(_:)`` they do nothing.
///
/// Every case is reached somewhere in `Sources`, and `Tests/ClientTests/failpoints.py` says how a test gets there: a
/// case without that fails `TidyTests` and the crash tests.
package enum Failpoint: String, CaseIterable, Sendable {
    /// The writer has done its group's work and has not committed.
    case commitBefore = "commit.before"
    /// The group is on disk; nobody has been told.
    case commitAfter = "commit.after"
    /// An entry of the redo log is written, and not synced.
    case redoWritten = "redo.written"
    /// The tables have taken over the redo log, which is not written from its start again yet.
    case redoSettled = "redo.settled"
    /// An object's bytes are synced under their temporary name.
    case objectSynced = "object.synced"
    /// They have their name; the folder is not synced.
    case objectRenamed = "object.renamed"
    /// The file is durable; the index does not know it.
    case objectPublished = "object.published"
    /// The index knows it; what it replaced is still there.
    case objectIndexed = "object.indexed"
    /// The index has let go of files that are still there.
    case objectUnindexed = "object.unindexed"
    /// A job of the server's own workers is claimed and has not begun.
    case jobClaimed = "job.claimed"
    /// An action of the server's own workers has ended, a build for instance; its result is not recorded.
    case actionEnded = "action.ended"
    /// A build's processes are gone, its workspace is still there.
    case buildEnded = "build.ended"
    /// A notification is delivered, its row still there.
    case notificationSent = "notification.sent"
    /// The artifacts and logs of an old execution are gone, its rows still there.
    case historyFilesRemoved = "history.files-removed"
    /// The start is offering again what the last server had in hand.
    case recoveryReleased = "recovery.released"
    /// A small file of the data directory is synced and has not taken its place.
    case dataFileSynced = "data-file.synced"
    /// The copy of the database for a backup is made, and nothing sent.
    case backupCopied = "backup.copied"
    /// No place to die at but a fault: replies go out before their commit. It shows that the crash tests can fail.
    case replyBeforeCommit = "reply.before-commit"

    private static let armed = Atomic(false)
    private static let visitsLeft = Mutex<[Failpoint: Int]>([:])

    /// Why a plan can't be taken: one line.
    package struct PlanError: Error, Equatable, Sendable {
        package var message: String
    }

    /// Takes a plan: `name=N[,name=N]…`, where the process dies by SIGKILL at the Nth visit of the place.
    package static func arm(_ plan: String) throws(PlanError) {
        var visits: [Failpoint: Int] = [:]
        for part in plan.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, let point = Failpoint(rawValue: String(pair[0])), let count = Int(pair[1]), count > 0
            else { throw PlanError(message: "'\(part)' is no failpoint=visits") }
            visits[point] = count
        }
        visitsLeft.withLock { $0 = visits }
        armed.store(!visits.isEmpty, ordering: .releasing)
    }

    /// The process is here. Costs one load of a flag where no test has armed anything.
    @inline(__always)
    package func reached() {
        guard Self.armed.load(ordering: .relaxed) else { return }
        visit()
    }

    /// Whether this fault is switched on; for ``replyBeforeCommit``.
    package var isOn: Bool {
        guard Self.armed.load(ordering: .relaxed) else { return false }
        return Self.visitsLeft.withLock { $0[self] != nil }
    }

    private func visit() {
        let isLast = Self.visitsLeft.withLock { visits -> Bool in
            guard let left = visits[self] else { return false }
            visits[self] = left - 1
            return left == 1
        }
        guard isLast else { return }
        kill(getpid(), SIGKILL)
        // The signal is on its way; nothing further happens here.
        while true { pause() }
    }
}
