/// Comparison that takes as long for a wrong value as for the right one.
enum ConstantTime {
    /// Whether both are the same bytes. Only a difference in length shows in the time taken.
    @inline(never)
    static func areEqual(_ left: some Sequence<UInt8>, _ right: some Sequence<UInt8>) -> Bool {
        var first = left.makeIterator()
        var second = right.makeIterator()
        var difference: UInt8 = 0
        while true {
            switch (first.next(), second.next()) {
            case (let a?, let b?): difference |= a ^ b
            case (nil, nil): return difference == 0
            default: return false
            }
        }
    }
}
