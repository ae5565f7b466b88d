import AWSProtocol
import CodePipelineWire

/// The pipeline as a whole: how many stages and actions, and where its sources stand (semantics-core 3.1).
enum StructureRules {
    /// The fewest stages of a pipeline.
    static let minimumStages = 2
    /// The most stages of a pipeline.
    static let maximumStages = 50
    /// The most actions of a pipeline, all stages together.
    static let maximumActions = 500

    /// Every breach of these rules, in the order of the declaration.
    static func issues(in pipeline: PipelineUnderCheck) -> [AWSServiceError] {
        countIssues(pipeline) + sourceIssues(pipeline)
    }

    private static func countIssues(_ pipeline: PipelineUnderCheck) -> [AWSServiceError] {
        var issues: [AWSServiceError] = []
        let stages = pipeline.declaration.stages.count
        if stages < minimumStages {
            issues.append(
                .invalidStructure(
                    "Pipeline has only \(stages) stage(s). "
                        + "There should be a minimum of \(minimumStages) stages in a pipeline"))
        }
        if stages > maximumStages {
            // Guess: the code.
            issues.append(
                .invalidStructure(
                    "Pipeline has too many stages. There can only be up to \(maximumStages) stages in a pipeline"))
        }
        if pipeline.actions.count > maximumActions {
            // Guess: code and text.
            issues.append(
                .invalidStructure(
                    "Pipeline has too many actions. There can only be up to \(maximumActions) actions in a pipeline"))
        }
        return issues
    }

    private static func sourceIssues(_ pipeline: PipelineUnderCheck) -> [AWSServiceError] {
        var issues: [AWSServiceError] = []
        let beginsWithSources = pipeline.actions.first?.position.stage == 0
        if !beginsWithSources || pipeline.actions.contains(where: { $0.position.stage == 0 && !$0.isSource }) {
            issues.append(.invalidStructure("Pipeline should start with a stage that only contains source actions"))
        }
        // Before the next rule: a pipeline of sources only breaks both, and AWS names this one.
        if pipeline.actions.allSatisfy(\.isSource) {
            issues.append(
                .invalidStructure("Pipeline should contain at least 1 action whose category is not Source"))
        }
        if pipeline.actions.contains(where: { $0.isSource && $0.position.stage > 0 }) {
            issues.append(
                .invalidStructure("Source actions can only be included in the first stage of the pipeline"))
        }
        return issues
    }
}
