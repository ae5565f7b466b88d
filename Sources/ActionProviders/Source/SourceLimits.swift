/// The bounds of what a source action reports (semantics-v2 2.13 and the API's constraints). Unicode scalars.
enum SourceLimits {
    static let revisionSummaryMax = 2048
    static let executionSummaryMax = 2048
    /// A commit message as an output variable. All variables of an action together may have 122,880 bytes.
    static let variableMax = 2048
    static let changeIdentifierMax = 100
    static let urlMax = 2048
}
