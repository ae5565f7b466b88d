/// Comparison that takes as long for a wrong value as for the right one.
enum ConstantTime {
    /// Whether both are the same bytes. Only a difference in length shows in the time taken.
    static func areEqual(_ left: [UInt8], _ right: String) -> Bool {
        left.withUnsafeBufferPointer { left in right.withBytes { areEqual(left, $0) } }
    }

    /// The same for two runs of bytes.
    static func areEqual(_ left: [UInt8], _ right: ArraySlice<UInt8>) -> Bool {
        left.withUnsafeBufferPointer { left in right.withUnsafeBufferPointer { areEqual(left, $0) } }
    }

    /// The same for two texts.
    static func areEqual(_ left: String, _ right: String) -> Bool {
        left.withBytes { left in right.withBytes { areEqual(left, $0) } }
    }

    // Not inlined, so that nothing that is known of the bytes around a call can end it early.
    @inline(never)
    private static func areEqual(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in 0..<left.count { difference |= left[index] ^ right[index] }
        return difference == 0
    }
}
