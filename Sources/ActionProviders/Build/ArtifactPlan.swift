import SystemPackage

/// Which part of the buildspec makes which output artifact; settled before anything runs.
struct ArtifactPlan: Sendable {
    private let parts: [(output: String, artifacts: Buildspec.Artifacts)]

    /// One output is the buildspec's `artifacts` or the secondary artifact of its name; several are secondary artifacts
    /// by their names (semantics-v2 4.2).
    ///
    /// - Throws: ``BuildFailure`` that names an output which the buildspec does not make.
    init(spec: Buildspec, outputs: [String], log: ActionLog) throws(BuildFailure) {
        var parts: [(output: String, artifacts: Buildspec.Artifacts)] = []
        for (index, output) in outputs.enumerated() {
            if let secondary = spec.secondaryArtifacts[output] {
                parts.append((output, secondary))
            } else if let primary = spec.artifacts, index == 0, outputs.count == 1 || spec.secondaryArtifacts.isEmpty {
                parts.append((output, primary))
            } else {
                let way = outputs.count == 1 ? "artifacts" : "artifacts.secondary-artifacts.\(output)"
                throw .failed(
                    "the action declares the output artifact '\(output)', and the buildspec does not make it: add \(way)"
                )
            }
        }
        for name in spec.secondaryArtifacts.keys.sorted() where !outputs.contains(name) {
            log.write("[build] Note: secondary artifact \(name) is no output of the action: it is left out\n")
        }
        if outputs.isEmpty, spec.artifacts != nil {
            log.write("[build] Note: the action has no output artifacts: artifacts is left out\n")
        }
        self.parts = parts
    }

    /// The variables whose values ``pack(_:variables:log:)`` needs.
    var variables: [String] {
        parts.flatMap { ArtifactBase.variables(in: $0.artifacts.baseDirectory ?? "") }
    }

    /// Packs what a build left; no process of it runs any more.
    ///
    /// - Parameter variables: values after the last phase.
    func pack(
        _ workspace: BuildWorkspace, variables: [String: String], log: ActionLog
    ) async throws -> [String: FilePath] {
        var files: [String: FilePath] = [:]
        for (index, part) in parts.enumerated() {
            let file = workspace.archives.appending("output-\(index).zip")
            do {
                let base = try await ArtifactBase.find(
                    part.artifacts.baseDirectory ?? "", variables: variables, in: workspace)
                var items = try ArtifactSelection.items(part.artifacts, in: base.listing)
                log.write("[build] Packing artifact \(part.output): \(items.count) files\n")
                for index in items.indices { items[index].path = base.path(of: items[index].path) }
                try await ArchiveWriter.zip(workspace.output, items: items, to: file)
            } catch let error as ArtifactSelection.Failure {
                throw BuildFailure.failed("artifact '\(part.output)': \(error)")
            } catch let error as ArchiveError {
                throw BuildFailure.failed("artifact '\(part.output)': \(error)")
            }
            files[part.output] = file
        }
        return files
    }
}
