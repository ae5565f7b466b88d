import PenstockCommands
import Testing

@Suite("Random numbers in blocks")
struct RandomWordsTests {
    @Test("No number is given twice, whoever asks")
    func distinct() async {
        let random = RandomWords()
        let numbers = await withTaskGroup(of: [UInt64].self) { group in
            for _ in 0..<4 {
                group.addTask {
                    (0..<500).flatMap { _ in
                        let pair = random.pair()
                        return [pair.0, pair.1, random.next()]
                    }
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(numbers.count == 6000)
        #expect(Set(numbers).count == 6000)
        // All bits are used: of 6,000 numbers none has the same bit in all.
        #expect(numbers.reduce(0, |) == .max)
        #expect(numbers.reduce(.max, &) == 0)
    }
}
