import Simulator
import StoreConformance
import Testing

@Suite("The store in memory that simulations run on") struct MemoryStoreTests {
    @Test("What the protocols promise holds", .timeLimit(.minutes(1)), arguments: StoreConformance.Topic.allCases)
    func conforms(_ topic: StoreConformance.Topic) async throws {
        try await StoreConformance(store: MemoryStore()).check(topic)
    }
}
