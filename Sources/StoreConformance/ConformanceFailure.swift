/// What a database does otherwise than the protocols of ``PipelineStore`` say, in one sentence.
package struct ConformanceFailure: Error, CustomStringConvertible {
    /// What was expected, and what came instead.
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// - Throws: ``ConformanceFailure`` with the sentence where the condition does not hold.
func require(_ holds: Bool, _ sentence: @autoclosure () -> String) throws(ConformanceFailure) {
    guard holds else { throw ConformanceFailure(sentence()) }
}

/// - Throws: ``ConformanceFailure`` that names what was looked at and shows both values where they differ.
func require<Value: Equatable>(
    _ what: String, _ value: Value, is expected: Value
) throws(ConformanceFailure) {
    guard value == expected else { throw ConformanceFailure("\(what) is \(value), not \(expected)") }
}
