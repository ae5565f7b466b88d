import Synchronization

/// What the commands of the running transaction want done when it is over. On the writer's thread.
final class TransactionEffects: Sendable {
    private struct Effect {
        var onCommit: (@Sendable () -> Void)?
        var onRollback: (@Sendable () -> Void)?
    }

    private let effects = Mutex<[Effect]>([])

    func onCommit(_ effect: @escaping @Sendable () -> Void) {
        effects.withLock { $0.append(Effect(onCommit: effect)) }
    }

    func onRollback(_ effect: @escaping @Sendable () -> Void) {
        effects.withLock { $0.append(Effect(onRollback: effect)) }
    }

    /// Effects that the running transaction has so far.
    var count: Int { effects.withLock { $0.count } }

    /// Undoes those beyond `count`: the command that they belong to was refused.
    func drop(beyond count: Int) {
        let dropped = effects.withLock { effects -> [Effect] in
            let dropped = Array(effects.dropFirst(count))
            effects.removeLast(dropped.count)
            return dropped
        }
        for effect in dropped { effect.onRollback?() }
    }

    func didCommit() {
        for effect in take() { effect.onCommit?() }
    }

    func didRollback() {
        for effect in take() { effect.onRollback?() }
    }

    private func take() -> [Effect] {
        effects.withLock { effects in
            defer { effects = [] }
            return effects
        }
    }
}
