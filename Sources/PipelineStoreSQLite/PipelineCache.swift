import PipelineModel
import PipelineStore
import Synchronization

/// The committed pipelines in memory, and what the running transaction has made of them.
///
/// Everyone reads what is committed; only the writer's thread sees and changes the overlay. The database stays the
/// truth: whatever is not here is read from it.
final class PipelineCache: Sendable {
    /// Pipelines kept; beyond it the cache starts afresh. At some 8 KiB each that is 160 MiB.
    static let maximumPipelines = 20_000

    private enum Change {
        case saved(PipelineRow)
        case deleted
    }

    private struct Contents {
        var committed: [String: PipelineRow] = [:]
        var overlay: [String: Change] = [:]
        var effects: [@Sendable () -> Void] = []
    }

    private let contents = Mutex(Contents())

    func committed(_ name: String) -> PipelineRow? {
        contents.withLock { $0.committed[name] }
    }

    enum Lookup {
        case row(PipelineRow)
        case deleted
        case unknown
    }

    /// What the transaction sees.
    func inTransaction(_ name: String) -> Lookup {
        contents.withLock { contents in
            switch contents.overlay[name] {
            case .saved(let row): return .row(row)
            case .deleted: return .deleted
            case nil: break
            }
            return contents.committed[name].map(Lookup.row) ?? .unknown
        }
    }

    func save(_ row: PipelineRow) {
        contents.withLock { $0.overlay[row.definition.name] = .saved(row) }
    }

    func delete(_ name: String) {
        contents.withLock { $0.overlay[name] = .deleted }
    }

    func onCommit(_ effect: @escaping @Sendable () -> Void) {
        contents.withLock { $0.effects.append(effect) }
    }

    /// Effects that the running transaction has so far.
    var effectCount: Int { contents.withLock { $0.effects.count } }

    /// Forgets those beyond `count`: the command that they belong to was refused.
    func dropEffects(beyond count: Int) {
        contents.withLock { $0.effects.removeLast(max(0, $0.effects.count - count)) }
    }

    func didCommit() {
        let effects = contents.withLock { contents in
            for (name, change) in contents.overlay {
                switch change {
                case .saved(let row): contents.committed[name] = row
                case .deleted: contents.committed[name] = nil
                }
            }
            if contents.committed.count > Self.maximumPipelines {
                contents.committed.removeAll()
            }
            contents.overlay.removeAll(keepingCapacity: true)
            defer { contents.effects = [] }
            return contents.effects
        }
        for effect in effects { effect() }
    }

    func didRollback() {
        contents.withLock { contents in
            contents.overlay.removeAll(keepingCapacity: true)
            contents.effects = []
        }
    }
}
