/// Random numbers that a seed repeats on every machine (SplitMix64). A test prints the seed with its failures.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Every seed gives a sequence of its own.
    package init(seed: UInt64) {
        state = seed
    }

    /// The next 64 bits.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// True in that many of a hundred cases.
    package mutating func chance(_ percent: Int) -> Bool {
        Int.random(in: 0..<100, using: &self) < percent
    }

    /// A number of the range, each equally likely.
    package mutating func int(_ range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &self)
    }

    /// One of the elements; nil if there is none.
    package mutating func element<C: RandomAccessCollection>(of elements: C) -> C.Element? {
        elements.randomElement(using: &self)
    }
}
