extension StringProtocol {
    /// Calls the closure with the text's bytes where they stand; a text that is no run of them is made one before.
    ///
    /// Going through `utf8` by its indices takes ten times as long.
    func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        if let result = utf8.withContiguousStorageIfAvailable(body) { return result }
        var text = String(self)
        return text.withUTF8(body)
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether this text stands at that place.
    func `is`(_ text: String, at place: Range<Int>) -> Bool {
        text.withBytes { expected in
            guard expected.count == place.count else { return false }
            for index in 0..<expected.count where self[place.lowerBound + index] != expected[index] { return false }
            return true
        }
    }
}
