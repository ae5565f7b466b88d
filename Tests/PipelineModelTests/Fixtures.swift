import AWSProtocol
import CodePipelineWire
import PipelineModel
import Testing

extension PipelineDeclaration {
    /// Source, build and deploy, valid in every rule, with what a test changes in it.
    static func fixture(_ change: (inout PipelineDeclaration) -> Void = { _ in }) -> PipelineDeclaration {
        var pipeline = PipelineDeclaration(
            name: "web", roleArn: "arn:aws:iam::111111111111:role/pipeline", artifactStore: .fixture(),
            stages: [
                StageDeclaration(name: "Source", actions: [.source()]),
                StageDeclaration(name: "Build", actions: [.build()]),
                StageDeclaration(name: "Deploy", actions: [.deploy()]),
            ])
        change(&pipeline)
        return pipeline
    }
}

extension ArtifactStore {
    static func fixture(_ location: String = "artifacts") -> ArtifactStore {
        ArtifactStore(type: "S3", location: location)
    }
}

extension ActionDeclaration {
    static func make(
        _ name: String, _ category: String, _ provider: String, owner: String = "AWS", runOrder: Int? = nil,
        configuration: [String: String]? = nil, inputs: [String] = [], outputs: [String] = []
    ) -> ActionDeclaration {
        ActionDeclaration(
            name: name,
            actionTypeId: ActionTypeId(category: category, owner: owner, provider: provider, version: "1"),
            runOrder: runOrder, configuration: configuration,
            outputArtifacts: outputs.isEmpty ? nil : outputs.map { OutputArtifact(name: $0) },
            inputArtifacts: inputs.isEmpty ? nil : inputs.map { InputArtifact(name: $0) })
    }

    static func source(_ name: String = "Fetch", output: String = "App") -> ActionDeclaration {
        make(
            name, "Source", "S3", configuration: ["S3Bucket": "code", "S3ObjectKey": "app.zip"], outputs: [output])
    }

    static func gitHub(token: String) -> ActionDeclaration {
        make(
            "Fetch", "Source", "GitHub", owner: "ThirdParty",
            configuration: ["Owner": "me", "Repo": "web", "Branch": "main", "OAuthToken": token], outputs: ["App"])
    }

    static func connection(_ name: String = "Fetch", output: String = "App") -> ActionDeclaration {
        make(
            name, "Source", "CodeStarSourceConnection",
            configuration: ["ConnectionArn": "arn:c", "FullRepositoryId": "me/web", "BranchName": "main"],
            outputs: [output])
    }

    static func build(
        _ name: String = "Compile", runOrder: Int? = nil, inputs: [String] = ["App"], outputs: [String] = ["Site"]
    ) -> ActionDeclaration {
        make(
            name, "Build", "CodeBuild", runOrder: runOrder, configuration: ["ProjectName": "web"], inputs: inputs,
            outputs: outputs)
    }

    static func deploy(_ name: String = "Publish", input: String = "Site") -> ActionDeclaration {
        make(
            name, "Deploy", "S3", configuration: ["BucketName": "site", "Extract": "true"], inputs: [input])
    }

    static func approval(_ name: String = "Approve") -> ActionDeclaration {
        make(name, "Approval", "Manual")
    }

    static func custom(_ configuration: [String: String]) -> ActionDeclaration {
        make("Check", "Test", "Checker", owner: "Custom", configuration: configuration, inputs: ["Site"])
    }
}

extension PipelineModel.ActionType {
    /// The type of ``ActionDeclaration/custom(_:)``.
    static func checker(_ properties: [Property]) -> PipelineModel.ActionType {
        PipelineModel.ActionType(
            id: ActionTypeID(category: "Test", owner: "Custom", provider: "Checker"), properties: properties,
            inputs: .init(0, 5), outputs: .init(0, 5))
    }
}

/// Compiles with the built-in types and those given.
func compile(
    _ declaration: PipelineDeclaration, version: Int = 1, region: String = "us-east-1",
    types: [PipelineModel.ActionType] = [], replacing previous: PreviousVersion? = nil
) -> Result<CompiledPipeline, DefinitionIssues> {
    let catalogue = ActionTypeCatalogue()
    let compiler = DefinitionCompiler(accountID: "111111111111", region: region) { id in
        catalogue.builtInType(id) ?? types.first { $0.id == id }
    }
    return compiler.compile(declaration, version: version, replacing: previous)
}

/// Every issue of a declaration; none where it compiles.
func issues(
    _ declaration: PipelineDeclaration, region: String = "us-east-1", types: [PipelineModel.ActionType] = [],
    replacing previous: PreviousVersion? = nil
) -> [AWSServiceError] {
    switch compile(declaration, region: region, types: types, replacing: previous) {
    case .success: []
    case .failure(let issues): issues.all
    }
}

/// The fixture with a change, compiled for its issues.
func issues(
    types: [PipelineModel.ActionType] = [], with change: (inout PipelineDeclaration) -> Void
) -> [AWSServiceError] {
    issues(.fixture(change), types: types)
}

func structure(_ text: String) -> AWSServiceError { AWSServiceError("InvalidStructureException", text) }
func stage(_ text: String) -> AWSServiceError { AWSServiceError("InvalidStageDeclarationException", text) }
func action(_ text: String) -> AWSServiceError { AWSServiceError("InvalidActionDeclarationException", text) }
func validation(_ text: String) -> AWSServiceError { AWSServiceError("ValidationException", text) }
