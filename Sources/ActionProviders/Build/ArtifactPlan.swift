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

    /// Packs what a build left; no process of it runs any more.
    func pack(_ workspace: BuildWorkspace, log: ActionLog) async throws -> [String: FilePath] {
        var files: [String: FilePath] = [:]
        for (index, part) in parts.enumerated() {
            let file = workspace.archives.appending("output-\(index).zip")
            do {
                let base = try Self.baseNames(part.artifacts, workspace: workspace)
                let listing = try await FolderListing.list(workspace.output, below: base)
                var items = try ArtifactSelection.items(part.artifacts, in: listing)
                log.write("[build] Packing artifact \(part.output): \(items.count) files\n")
                for index in items.indices { items[index].path = (base + [items[index].path]).joined(separator: "/") }
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

    /// The base folder, as names below the workspace's output.
    private static func baseNames(
        _ artifacts: Buildspec.Artifacts, workspace: BuildWorkspace
    ) throws(ArtifactSelection.Failure) -> [String] {
        var text = artifacts.baseDirectory ?? ""
        let source = workspace.sourceInside()
        if text == source || text.hasPrefix(source + "/") { text = String(text.dropFirst(source.count + 1)) }
        guard !PathBytes.isAbsolute(text) else {
            throw .init(description: "base-directory '\(text)' is absolute: write it relative to the source folder")
        }
        let names = PathBytes.names(of: text).filter { $0 != "." }
        guard !names.contains("..") else {
            throw .init(description: "base-directory '\(text)' leads out of the source folder")
        }
        return workspace.sourceNames() + names
    }
}
