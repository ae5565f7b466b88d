import Simulator
import StoreConformance
import Synchronization
import Testing

@Suite("The store in memory that simulations run on") struct MemoryStoreTests {
    @Test("What the protocols promise holds", .timeLimit(.minutes(1)), arguments: StoreConformance.Topic.allCases)
    func conforms(_ topic: StoreConformance.Topic) async throws {
        let store = MemoryStore()
        let current = Mutex(store)
        try await StoreConformance(store: store) {
            current.withLock { store in
                store = store.reopened()
                return store
            }
        }.check(topic)
    }
}
