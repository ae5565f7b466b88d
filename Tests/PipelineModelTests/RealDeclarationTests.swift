import AWSProtocol
import CodePipelineWire
import Foundation
import PipelineModel
import Testing

/// The folder of real declarations, beside the package.
private let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "../shared/reference/pipelines").standardized

private let isThere = FileManager.default.fileExists(atPath: folder.path)

@Suite("Real declarations from public repositories")
struct RealDeclarationTests {
    private static let missingMask =
        "Action configuration for the new action \"Source\" contains an invalid configuration for the secret property "
        + "\"OAuthToken\". \"****\" may be used in secret properties only when updating an existing action."
    private static let spacedProvider =
        "ActionType (Category: 'Build', Provider: 'AWS CodeBuild', Owner: 'AWS', Version: '1') in action 'Build' "
        + "is not available in region 'US_EAST_1'"

    /// Those that a server in us-east-1 refuses as new pipelines, by the number of their file, and why. Each truly
    /// breaks the rule; every other file compiles.
    private static let refused: [String: String] = [
        // Their secrets were masked by the service that they came from.
        "05": missingMask,
        "59": missingMask,
        // The page of the user guide has the console's name of CodeBuild.
        "25": spacedProvider,
        "27": spacedProvider,
        // The action has no configuration at all.
        "35": "Action configuration for action 'DeployAction' is missing required configuration 'ApplicationName'",
        // Its actions run in ap-southeast-1.
        "51":
            "Your pipeline contains actions in more than one region. Use 'pipeline.artifactStores' instead of "
            + "'pipeline.artifactStore' to declare an artifact store, such as an artifact bucket, for each region "
            + "where you have an action.",
    ]

    /// The custom type that 13 uses; its properties are those that the declaration sets.
    private static let artifactory = PipelineModel.ActionType(
        id: ActionTypeID(category: "Deploy", owner: "Custom", provider: "Artifactory"),
        properties: ["UserName", "ArtifactoryHost", "EmailAddress", "TypeOfArtifact", "RepoKey"].map {
            .init(name: $0, required: true)
        } + [.init(name: "Password", required: true, secret: true)],
        inputs: .init(1, 1), outputs: .init(0, 1))

    @Test(
        "each compiles, or is refused for the rule that it breaks",
        .enabled(if: isThere, "the reference's pipelines are not beside the package"))
    func compileAll() throws {
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "json" && !$0.lastPathComponent.contains("-fragment-") }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
        #expect(!files.isEmpty)
        for file in files {
            let number = String(file.lastPathComponent.prefix(2))
            let document = try decodeDocument(CreatePipelineInput.self, from: Array(Data(contentsOf: file)))
            let result = compile(document.pipeline, types: [Self.artifactory])
            switch result {
            case .failure(let issues):
                #expect(issues.first.message == Self.refused[number], "\(file.lastPathComponent)")
            case .success(let compiled):
                #expect(Self.refused[number] == nil, "\(file.lastPathComponent)")
                try checkStoredForm(compiled, file: file.lastPathComponent)
            }
        }
    }

    /// The stored form survives its bytes, and compiles to itself.
    private func checkStoredForm(_ compiled: CompiledPipeline, file: String) throws {
        let bytes = encodeDocument(compiled.declaration)
        let read = try decodeDocument(PipelineDeclaration.self, from: bytes)
        #expect(read == compiled.declaration, "\(file)")
        let previous = PreviousVersion(definition: compiled.definition, secrets: compiled.secrets)
        let again = try compile(read, types: [Self.artifactory], replacing: previous).get()
        #expect(again == compiled, "\(file)")
    }
}
