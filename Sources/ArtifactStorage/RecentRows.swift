import Synchronization

/// Buckets and latest versions in memory as the index has committed them.
///
/// While a change is under way nobody can tell whether a reader would see it, so that what it touches is read from the index
/// until it has ended.
final class RecentRows: Sendable {
    /// Objects that are kept; beyond it the cache starts afresh. A version takes some hundred bytes, a large one
    /// four more for each chunk.
    static let maximum = 1024
    private static let chunksMax = 1024

    private struct Contents {
        /// By the bytes of their names.
        var buckets: [[UInt8]: Bucket] = [:]
        var objects: [ObjectAddress: IndexedObject] = [:]
        /// Keys that are being changed.
        var changing: [ObjectAddress: Changes] = [:]
        /// Changes under way that may touch any key.
        var wideChanges = 0
        /// Counts beginnings and ends of changes, so that a reader can tell whether one came in between.
        var generation = 0

        mutating func keep(_ object: IndexedObject) {
            guard object.isLatest, object.file?.chunkChecksums.count ?? 0 <= RecentRows.chunksMax else { return }
            if objects.count >= RecentRows.maximum { objects.removeAll(keepingCapacity: true) }
            objects[object.version.address] = object
        }
    }

    private struct Changes {
        var count = 0
        /// Whether there was never another beside one.
        var isAlone = true
    }

    private let contents = Mutex(Contents())

    /// How many changes have begun and ended: to be asked before the index is read.
    var generation: Int { contents.withLock(\.generation) }

    func bucket(_ name: String) -> Bucket? {
        contents.withLock { $0.buckets[Array(name.utf8)] }
    }

    /// What the key shows, if it is the version named.
    func object(_ address: ObjectAddress, versionID: String?) -> IndexedObject? {
        contents.withLock { contents in
            guard let object = contents.objects[address] else { return nil }
            guard let versionID else { return object }
            return object.version.versionID.utf8.elementsEqual(versionID.utf8) ? object : nil
        }
    }

    /// Takes a row that was read.
    ///
    /// - Parameter generation: what ``generation`` was before the reading; the row is dropped if it is another one now.
    func fill(_ bucket: Bucket, readAt generation: Int) {
        contents.withLock { contents in
            guard contents.generation == generation, contents.wideChanges == 0 else { return }
            if contents.buckets.count >= Self.maximum { contents.buckets.removeAll(keepingCapacity: true) }
            contents.buckets[Array(bucket.name.utf8)] = bucket
        }
    }

    /// The same of an object.
    func fill(_ object: IndexedObject, readAt generation: Int) {
        contents.withLock { contents in
            guard contents.generation == generation, contents.wideChanges == 0,
                contents.changing[object.version.address] == nil
            else { return }
            contents.keep(object)
        }
    }

    /// Does what changes a key.
    ///
    /// - Parameter result: what the key shows after it, where that is known.
    func changing<Value>(
        _ address: ObjectAddress, result: (Value) -> IndexedObject? = { _ in nil }, _ change: () async throws -> Value
    ) async rethrows -> Value {
        contents.withLock { contents in
            contents.generation += 1
            contents.objects[address] = nil
            var changes = contents.changing[address] ?? Changes()
            if changes.count > 0 { changes.isAlone = false }
            changes.count += 1
            contents.changing[address] = changes
        }
        var object: IndexedObject?
        defer {
            contents.withLock { contents in
                contents.generation += 1
                guard var changes = contents.changing.removeValue(forKey: address) else { return }
                changes.count -= 1
                if changes.count > 0 {
                    contents.changing[address] = changes
                } else if let object, changes.isAlone, contents.wideChanges == 0 {
                    contents.keep(object)
                }
            }
        }
        let value = try await change()
        object = result(value)
        return value
    }

    /// Does what may change any key.
    func changingAll<Value>(_ change: () async throws -> Value) async rethrows -> Value {
        contents.withLock { contents in
            contents.generation += 1
            contents.wideChanges += 1
            // What they show was made before this, and is told after it.
            for address in contents.changing.keys { contents.changing[address]?.isAlone = false }
            contents.buckets.removeAll()
            contents.objects.removeAll()
        }
        defer {
            contents.withLock { contents in
                contents.generation += 1
                contents.wideChanges -= 1
            }
        }
        return try await change()
    }
}

extension ObjectVersion {
    fileprivate var address: ObjectAddress { ObjectAddress(bucket: bucket, key: key) }
}
