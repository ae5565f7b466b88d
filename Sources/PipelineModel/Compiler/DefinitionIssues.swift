package import AWSProtocol

/// Why a declaration isn't taken: everything that is wrong with it, in the order of the checks. Never empty.
package struct DefinitionIssues: Error, Equatable, Sendable {
    /// The one that a call answers with.
    package let first: AWSServiceError
    private let further: [AWSServiceError]

    /// Nil where there is no issue.
    init?(_ issues: [AWSServiceError]) {
        guard let first = issues.first else { return nil }
        self.first = first
        further = Array(issues.dropFirst())
    }

    /// Every issue, for tools that show them together.
    package var all: [AWSServiceError] {
        [first] + further
    }
}

extension AWSServiceError {
    /// An issue of the pipeline as a whole.
    static func invalidStructure(_ message: String) -> AWSServiceError {
        AWSServiceError("InvalidStructureException", message)
    }

    /// An issue of one stage.
    static func invalidStage(_ message: String) -> AWSServiceError {
        AWSServiceError("InvalidStageDeclarationException", message)
    }

    /// An issue of one action.
    static func invalidAction(_ message: String) -> AWSServiceError {
        AWSServiceError("InvalidActionDeclarationException", message)
    }

    /// An issue of a value, beyond what the shapes of the model say.
    static func validation(_ message: String) -> AWSServiceError {
        AWSServiceError("ValidationException", message)
    }
}
