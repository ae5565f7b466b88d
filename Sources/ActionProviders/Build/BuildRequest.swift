import PipelineEngine
import PipelineModel

/// What a job asks of CodeBuild, checked.
struct BuildRequest {
    let projectName: String
    let project: CodeBuildProject
    /// The input that lies in `CODEBUILD_SRC_DIR` and holds the buildspec.
    let primary: ArtifactLocation
    let actionVariables: [CodeBuildProject.EnvironmentVariable]

    init(_ job: ActionJob, settings: CodeBuildSettings) throws(BuildFailure) {
        guard let name = job.configuration["ProjectName"], !name.isEmpty else {
            throw .configuration("ProjectName is missing in the action's configuration")
        }
        guard job.configuration["BatchEnabled"]?.lowercased() != "true" else {
            throw .configuration("BatchEnabled is true in the action's configuration: batch builds are not served")
        }
        projectName = name
        project = settings.projects[name] ?? CodeBuildProject()
        for input in job.record.inputs where !Self.isFolderName(input.name) {
            throw .configuration("the input artifact's name '\(EntryPath.shown(input.name))' cannot be a folder's")
        }
        primary = try Self.primary(of: job)
        actionVariables = try BuildEnvironment.overrides(job.configuration["EnvironmentVariables"])
        try BuildEnvironment.check(actionVariables, place: "EnvironmentVariables of the action")
        try BuildEnvironment.check(project.environmentVariables, place: "project \(name)")
    }

    private static func primary(of job: ActionJob) throws(BuildFailure) -> ArtifactLocation {
        let inputs = job.record.inputs
        guard let named = job.configuration["PrimarySource"], !named.isEmpty else {
            guard let only = inputs.first, inputs.count == 1 else {
                throw .configuration(
                    "PrimarySource is missing in the action's configuration: it has several input artifacts")
            }
            return only
        }
        guard let primary = inputs.first(where: { $0.name == named }) else {
            throw .configuration("PrimarySource '\(EntryPath.shown(named))' is not one of the action's input artifacts")
        }
        return primary
    }

    private static func isFolderName(_ name: String) -> Bool {
        (1...100).contains(name.utf8.count) && !name.hasPrefix(".") && !name.utf8.contains(UInt8(ascii: "/"))
            && !name.utf8.contains(0)
    }

    /// The variables that CodeBuild sets itself.
    func ownVariables(
        _ job: ActionJob, buildID: String, workspace: BuildWorkspace, start: Timestamp
    ) -> [String: String] {
        var own = [
            "CODEBUILD_BUILD_ID": buildID,
            "CODEBUILD_BUILD_ARN": "arn:aws:codebuild:\(job.region):\(job.accountID):build/\(buildID)",
            "CODEBUILD_BUILD_IMAGE": "penstock/host",
            "CODEBUILD_INITIATOR": "codepipeline/\(job.record.pipeline)",
            "CODEBUILD_LOG_PATH": job.record.actionExecutionID,
            "CODEBUILD_START_TIME": String(start.milliseconds),
            "CODEBUILD_SRC_DIR": workspace.sourceInside(),
            "AWS_REGION": job.region,
            "AWS_DEFAULT_REGION": job.region,
        ]
        own["CODEBUILD_RESOLVED_SOURCE_VERSION"] = primary.revision
        own["CODEBUILD_SOURCE_VERSION"] = "arn:aws:s3:::\(primary.bucket)/\(primary.key)"
        for input in job.record.inputs where BuildEnvironment.isName(input.name) {
            let isPrimary = input.name == primary.name
            own["CODEBUILD_SRC_DIR_\(input.name)"] = workspace.sourceInside(isPrimary ? nil : input.name)
            if !isPrimary {
                own["CODEBUILD_SOURCE_VERSION_\(input.name)"] = "arn:aws:s3:::\(input.bucket)/\(input.key)"
            }
        }
        return own
    }
}

/// Turns what a build throws into a job's failure.
enum BuildJobFailure {
    static func of(_ error: any Error) -> BuildFailure {
        switch error {
        case let failure as BuildFailure: failure
        case is CancellationError: .failed("the build was ended")
        default: .failed("the build could not be run: \(error)")
        }
    }
}
