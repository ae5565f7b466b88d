package import ArtifactStorage
import CLibArchive
import Failpoints
import Foundation
import Glibc
import PipelineEngine
package import PipelineModel
package import SystemPackage

/// The CodeBuild action of the categories Build and Test: runs a buildspec on this machine.
package struct CodeBuildProvider: ActionProvider {
    private let settings: CodeBuildSettings
    private let store: ObjectStore
    private let workspaces: FilePath
    private let now: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - workspaces: folder for the builds' workspaces; what an earlier run of the server left there for the same
    ///     action execution is removed when that one runs again.
    ///   - now: for `CODEBUILD_START_TIME`.
    package init(
        settings: CodeBuildSettings, store: ObjectStore, workspaces: FilePath, now: @escaping @Sendable () -> Timestamp
    ) {
        self.settings = settings
        self.store = store
        self.workspaces = workspaces
        self.now = now
    }

    package var actionTypes: [ActionTypeID] {
        [
            ActionTypeID(category: "Build", owner: "AWS", provider: "CodeBuild"),
            ActionTypeID(category: "Test", owner: "AWS", provider: "CodeBuild"),
        ]
    }

    package func perform(_ job: ActionJob, log: ActionLog) async -> ActionOutcome {
        let buildID = BuildID.make(
            project: job.configuration["ProjectName"] ?? "", actionExecutionID: job.record.actionExecutionID)
        let workspace = BuildWorkspace(
            folder: workspaces.appending(job.record.actionExecutionID), sandbox: settings.sandbox)
        let outcome: ActionOutcome
        do {
            await workspace.remove()
            let success = try await build(job, buildID: buildID, workspace: workspace, log: log)
            log.write("[build] Build succeeded\n")
            outcome = .succeeded(success)
        } catch {
            let failure = BuildJobFailure.of(error)
            let whole = "\n[build] The whole log: GET /logs/\(job.record.actionExecutionID)"
            let reason = log.masked(failure.message).prefix(BuildFailure.maximumMessage - whole.count)
            let message = String(reason) + whole
            log.write("[build] Build failed: \(reason.prefix(1000))\n")
            outcome = .failed(JobFailure(type: failure.type, message: message, externalExecutionID: buildID))
        }
        Failpoint.buildEnded.reached()
        // Not a child task: the workspace has to go also when this one was cancelled.
        await Task { await workspace.remove() }.value
        return outcome
    }

    private func build(
        _ job: ActionJob, buildID: String, workspace: BuildWorkspace, log: ActionLog
    ) async throws -> JobSuccess {
        let request = try BuildRequest(job, settings: settings)
        log.write("[build] Project \(request.projectName), build \(buildID)\n")
        guard mkdir(workspaces.string, 0o700) == 0 || errno == EEXIST else {
            throw ArchiveError.last(workspaces.string, "make the folder")
        }
        try workspace.make()
        let disk = BuildDisk(
            folder: workspace.folder, project: request.projectName, limitMiB: request.project.diskMiB,
            reserveMiB: settings.diskReserveMiB)
        return try await disk.watch(log: log) {
            try await run(request, job: job, buildID: buildID, workspace: workspace, log: log)
        }
    }

    private func run(
        _ request: BuildRequest, job: ActionJob, buildID: String, workspace: BuildWorkspace, log: ActionLog
    ) async throws -> JobSuccess {
        for input in job.record.inputs {
            try await fetch(input, isPrimary: input.name == request.primary.name, workspace: workspace, log: log)
        }
        let spec = try await readBuildspec(request, workspace: workspace)
        let own = request.ownVariables(job, buildID: buildID, workspace: workspace, start: now())
        let environment = BuildEnvironment.compose(
            own: own, action: request.actionVariables, project: request.project.environmentVariables,
            buildspec: spec.variables)
        let build = BuildRun(
            spec: spec, project: request.project, sandbox: settings.sandbox, workspace: workspace,
            environment: environment, outputs: job.record.outputs.map(\.name), log: log,
            id: job.record.actionExecutionID)
        let result = try await build.run()
        for output in job.record.outputs {
            guard let file = result.artifacts[output.name] else {
                throw BuildFailure.failed("the output artifact '\(output.name)' was not made")
            }
            try await upload(file, to: output, key: job.record.encryptionKeyID, log: log)
        }
        return JobSuccess(
            summary: "Build \(buildID) succeeded", externalExecutionID: buildID,
            outputVariables: result.exportedVariables)
    }

    private func fetch(
        _ input: ArtifactLocation, isPrimary: Bool, workspace: BuildWorkspace, log: ActionLog
    ) async throws {
        let file = workspace.archives.appending("input-\(input.name).zip")
        log.write("[build] Fetching artifact \(input.name)\n")
        do {
            _ = try await store.download(bucket: input.bucket, key: input.key, to: file)
            try await ArchiveReader.extract(file, into: workspace.source(isPrimary ? nil : input.name))
        } catch ObjectStoreError.corrupt {
            throw BuildFailure.failed(
                "the input artifact '\(input.name)' (bucket \(input.bucket), key \(input.key)) is damaged on disk: restore "
                    + "it from a backup, or start the pipeline again")
        } catch let error as ObjectStoreError {
            throw BuildFailure.failed(
                "the input artifact '\(input.name)' (bucket \(input.bucket), key \(input.key)) cannot be read: \(error)"
            )
        } catch let error as ArchiveError {
            throw BuildFailure.failed("the input artifact '\(input.name)': \(error)")
        }
        unlink(file.string)
    }

    private func upload(
        _ file: FilePath, to output: ArtifactLocation, key: String?, log: ActionLog
    ) async throws {
        log.write("[build] Storing artifact \(output.name)\n")
        let attributes = ObjectAttributes(
            contentType: "application/zip", serverSideEncryption: key == nil ? nil : "aws:kms", kmsKeyID: key)
        do {
            _ = try await store.upload(file, bucket: output.bucket, key: output.key, attributes: attributes)
        } catch let error as ObjectStoreError {
            throw BuildFailure.failed(
                "the output artifact '\(output.name)' (bucket \(output.bucket), key \(output.key)) cannot be stored: \(error)"
            )
        }
    }

    private func readBuildspec(_ request: BuildRequest, workspace: BuildWorkspace) async throws -> Buildspec {
        let name = request.project.buildspec
        let place = "\(name) in the artifact \(request.primary.name)"
        let source = workspace.source()
        let bytes: [UInt8]? = try await FileWork.run { _ in
            try BuildspecFile.read(name, in: source, limit: YAMLTree.maximumBytes + 1)
        }
        guard let bytes else {
            throw BuildFailure.failed(
                "there is no buildspec \(place): add the file, or set buildspec of the project "
                    + "\(request.projectName) in the server's configuration")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw BuildFailure.failed("the buildspec \(place) is not UTF-8")
        }
        do throws(BuildspecError) {
            return try BuildspecReader.read(text)
        } catch {
            let message = "the buildspec \(place): \(error)"
            throw error.isUnresolvable ? BuildFailure.configuration(message) : BuildFailure.failed(message)
        }
    }
}
