import Glibc
import SystemPackage

extension ObjectStore {
    /// Names that are looked up in the index at once.
    static let sweepBatch = 500

    /// Ends uploads that nobody has completed in a long time and frees their space, at most ``sweepBatch`` a call.
    ///
    /// - Parameter instant: those begun before it, epoch milliseconds.
    /// - Returns: how many it has ended.
    @discardableResult
    package func abortUploads(initiatedBefore instant: Int64) async throws -> Int {
        var aborted = 0
        for id in try await index.uploads(initiatedBefore: instant, limit: Self.sweepBatch) {
            do {
                try await abortUpload(id: id)
                aborted += 1
            } catch ObjectStoreError.noSuchUpload {
                // Completed or aborted by its owner meanwhile.
            }
        }
        return aborted
    }

    /// Removes files that no version or part names and that nobody is writing: what a crash has left behind.
    ///
    /// Safe beside puts and deletes. Runs once after the start, in the background.
    ///
    /// - Returns: how many files it has removed.
    @discardableResult
    package func sweep() async throws -> Int {
        var removed = 0
        let files = files
        let temporary = try await files.run { try files.entries(of: files.root.appending("temporary")) }
        for name in temporary {
            try Task.checkCancellation()
            guard !files.isPending("\(name.prefix(2))/\(name)") else { continue }
            let path = files.root.appending("temporary").appending(name)
            removed += try await files.run { path.withPlatformString { unlink($0) } == 0 ? 1 : 0 }
        }
        let shards = try await files.run { try files.entries(of: files.root.appending("objects")) }
        for shard in shards {
            let folder = files.root.appending("objects").appending(shard)
            let entries = try await files.run { try files.entries(of: folder) }.map { "\(shard)/\($0)" }
            var rest = entries[...]
            while !rest.isEmpty {
                try Task.checkCancellation()
                // Pending first, index second: a file committed in between is then found in the index.
                let candidates = rest.prefix(Self.sweepBatch).filter { !files.isPending($0) }
                rest = rest.dropFirst(Self.sweepBatch)
                // A copy that is under way may want what has just lost its name; the next start looks again.
                if files.areRemovalsHeld { return removed }
                let known = try await index.known(files: candidates)
                for name in candidates where !known.contains(name) {
                    let path = files.path(of: name)
                    removed += try await files.run { path.withPlatformString { unlink($0) } == 0 ? 1 : 0 }
                }
            }
        }
        return removed
    }
}
