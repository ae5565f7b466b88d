extension String {
    /// Whether the bytes are the same, in a time that tells nothing of where they differ: for tokens and keys.
    func equalsInConstantTime(_ other: String) -> Bool {
        let left = Array(utf8)
        let right = Array(other.utf8)
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
