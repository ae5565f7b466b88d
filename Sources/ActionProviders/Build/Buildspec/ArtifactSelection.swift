/// Picks the files of an artifact out of what a build left.
package enum ArtifactSelection {
    /// Why there is nothing to pick.
    package struct Failure: Error, Equatable, Sendable, CustomStringConvertible {
        package var description: String
    }

    /// Applies `files`, `exclude-paths` and `discard-paths`.
    ///
    /// - Parameters:
    ///   - artifacts: what the buildspec says.
    ///   - listing: all that lies in the base folder.
    /// - Returns: files and links, with the names they get in the archive.
    /// - Throws: ``Failure`` when a pattern fits nothing, as CodeBuild does; when discarding paths gives two files one
    ///   name; when a pattern leads out of the base folder.
    package static func items(
        _ artifacts: Buildspec.Artifacts, in listing: FolderListing
    ) throws(Failure) -> [ArchiveWriter.Item] {
        let excluded = artifacts.excludePaths.map(ArtifactPattern.init)
        let files = listing.entries.filter { $0.kind == .file || $0.kind == .link }.map(\.path)
        var chosen: Set<PathBytes> = []
        for text in artifacts.files {
            guard !PathBytes.names(of: text).contains("..") else {
                throw Failure(description: "the artifact path '\(text)' leads out of the base folder")
            }
            guard !PathBytes.isAbsolute(text) else {
                throw Failure(
                    description: "the artifact path '\(text)' is absolute: write it relative to the base folder")
            }
            let pattern = ArtifactPattern(text)
            let found = files.filter { pattern.matches($0) }
            guard !found.isEmpty else {
                throw Failure(description: "no matching artifact paths found: nothing fits '\(text)'")
            }
            chosen.formUnion(found.lazy.map(PathBytes.init))
        }
        let kept = chosen.sorted().map(\.text).filter { path in !excluded.contains { $0.matches(path) } }
        guard !kept.isEmpty else {
            throw Failure(description: "no matching artifact paths found: exclude-paths leaves nothing")
        }
        var items: [ArchiveWriter.Item] = []
        var paths: [PathBytes: String] = [:]
        for path in kept {
            let name = artifacts.discardPaths ? PathBytes.names(of: path).last ?? "" : path
            if let former = paths.updateValue(path, forKey: PathBytes(name)) {
                throw Failure(description: "discard-paths gives '\(former)' and '\(path)' the same name")
            }
            items.append(.init(path: path, name: name))
        }
        return items
    }
}
