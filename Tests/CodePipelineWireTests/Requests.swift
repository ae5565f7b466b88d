import AWSProtocol
import CodePipelineWire

/// Requests as tests write them.
enum Requests {
    /// A CreatePipeline input of two stages of one action each, ready to be broken in one place.
    static func createPipeline() -> CreatePipelineInput {
        CreatePipelineInput(
            pipeline: PipelineDeclaration(
                name: "web",
                roleArn: "arn:aws:iam::111111111111:role/pipeline",
                artifactStore: ArtifactStore(type: "S3", location: "artifacts"),
                stages: [
                    StageDeclaration(
                        name: "Source",
                        actions: [
                            ActionDeclaration(
                                name: "Fetch",
                                actionTypeId: ActionTypeId(
                                    category: "Source", owner: "AWS", provider: "S3", version: "1"),
                                configuration: ["S3Bucket": "sources", "S3ObjectKey": "web.zip"],
                                outputArtifacts: [OutputArtifact(name: "Tree")])
                        ]),
                    StageDeclaration(
                        name: "Build",
                        actions: [
                            ActionDeclaration(
                                name: "Compile",
                                actionTypeId: ActionTypeId(
                                    category: "Build", owner: "AWS", provider: "CodeBuild", version: "1"),
                                runOrder: 1,
                                inputArtifacts: [InputArtifact(name: "Tree")])
                        ]),
                ]))
    }

    /// The error that a body is refused with, if it is.
    static func problem(of operation: CodePipelineOperation, _ body: String) -> AWSServiceError? {
        do throws(AWSServiceError) {
            _ = try validateInput(of: operation, body: Array(body.utf8))
            return nil
        } catch {
            return error
        }
    }

    /// The error that a CreatePipeline with that change is refused with, if it is.
    static func problem(_ change: (inout PipelineDeclaration) -> Void) -> AWSServiceError? {
        var input = createPipeline()
        change(&input.pipeline)
        do throws(AWSServiceError) {
            _ = try decodeInput(CreatePipelineInput.self, from: encodeDocument(input))
            return nil
        } catch {
            return error
        }
    }

    /// A ValidationException of these violations: paths and constraints.
    static func validation(_ violations: (path: String, constraint: String)...) -> AWSServiceError {
        let noun = violations.count == 1 ? "error" : "errors"
        let items = violations.map { "Value at '\($0.path)' failed to satisfy constraint: \($0.constraint)" }
        return AWSServiceError(
            "ValidationException",
            "\(violations.count) validation \(noun) detected: \(items.joined(separator: "; "))")
    }
}
