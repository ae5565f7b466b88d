/// Where ids come from: the system's generator in the server, a seed in the simulator.
package struct IDSource: Sendable {
    private var next: @Sendable () -> UInt64

    /// - Parameter next: gives 64 random bits a call.
    package init(next: @escaping @Sendable () -> UInt64) {
        self.next = next
    }

    /// A lower-case version 4 UUID, the form of every id in the model.
    package mutating func uuid() -> String {
        let high = (next() & 0xFFFF_FFFF_FFFF_0FFF) | 0x0000_0000_0000_4000
        let low = (next() & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for index in 0..<32 {
            if index == 8 || index == 12 || index == 16 || index == 20 { text.append(UInt8(ascii: "-")) }
            let word = index < 16 ? high : low
            text.append(digits[Int((word >> UInt64(60 - 4 * (index % 16))) & 0xF)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Seven of `[A-Za-z0-9]`, the last part of an artifact key (semantics-core 6.9).
    package mutating func artifactSuffix() -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
        return String(decoding: (0..<7).map { _ in letters[Int(next() % UInt64(letters.count))] }, as: UTF8.self)
    }
}
