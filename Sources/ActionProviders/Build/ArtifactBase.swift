import SystemPackage

/// The folders that an artifact's `base-directory` stands for, and what lies in them.
///
/// By CodeBuild's reference it is a folder, relative to the original build location, or `my-directory*` for all whose names
/// begin so: what is in each of them is packed, without the folder itself. Its samples name the sources' folders by
/// variables, `$CODEBUILD_SRC_DIR` and `$CODEBUILD_SRC_DIR_<input>`.
struct ArtifactBase {
    /// All that is in the folders, relative to the one that it is in.
    let listing: FolderListing
    /// Names below the workspace's output.
    private let folders: [[String]]
    /// Which folder an entry is in; empty where there is one folder only.
    private let places: [PathBytes: Int]

    /// - Parameters:
    ///   - text: what the buildspec says.
    ///   - variables: values after the last phase.
    static func find(
        _ text: String, variables: [String: String], in workspace: BuildWorkspace
    ) async throws -> ArtifactBase {
        let names = try names(of: expanded(text, variables), written: text, workspace: workspace)
        guard let last = names.last, last.utf8.contains(UInt8(ascii: "*")) else {
            let listing = try await FolderListing.list(workspace.output, below: names)
            return ArtifactBase(listing: listing, folders: [names], places: [:])
        }
        let parent = Array(names.dropLast())
        let pattern = ArtifactPattern(last)
        let folders = try await FolderListing.folders(in: workspace.output, below: parent).filter(pattern.matches)
        guard !folders.isEmpty else {
            throw ArtifactSelection.Failure(description: "no folder fits base-directory '\(text)'")
        }
        var listings: [FolderListing] = []
        for folder in folders {
            listings.append(try await FolderListing.list(workspace.output, below: parent + [folder]))
        }
        return try ArtifactBase(text, folders: folders.map { parent + [$0] }, listings: listings)
    }

    private init(listing: FolderListing, folders: [[String]], places: [PathBytes: Int]) {
        self.listing = listing
        self.folders = folders
        self.places = places
    }

    private init(
        _ text: String, folders: [[String]], listings: [FolderListing]
    ) throws(ArtifactSelection.Failure) {
        var places: [PathBytes: Int] = [:]
        var directories: Set<PathBytes> = []
        var entries: [FolderListing.Entry] = []
        for (index, listing) in listings.enumerated() {
            for entry in listing.entries {
                let path = PathBytes(entry.path)
                if entry.kind == .folder, directories.contains(path) { continue }
                guard places.updateValue(index, forKey: path) == nil else {
                    throw .init(
                        description:
                            "several folders of base-directory '\(text)' have a '\(entry.path)', and the artifact "
                            + "can have one: name one folder")
                }
                if entry.kind == .folder { directories.insert(path) }
                entries.append(entry)
            }
        }
        self.init(listing: FolderListing(entries: entries), folders: folders, places: places)
    }

    /// The path of a file or link of the listing below the workspace's output.
    func path(of entry: String) -> String {
        (folders[places[PathBytes(entry)] ?? 0] + [entry]).joined(separator: "/")
    }

    /// The names below the workspace's output that lead to the folder; the last one may have a `*`.
    private static func names(
        of path: String, written text: String, workspace: BuildWorkspace
    ) throws(ArtifactSelection.Failure) -> [String] {
        let names = PathBytes.names(of: path).filter { $0 != "." }
        guard !names.contains("..") else {
            throw .init(description: "base-directory '\(text)' leads out of the source folder")
        }
        guard !names.dropLast().contains(where: { $0.utf8.contains(UInt8(ascii: "*")) }) else {
            throw .init(
                description: "base-directory '\(text)' has a * before its last name, and only the last may have one")
        }
        guard PathBytes.isAbsolute(path) else { return workspace.sourceNames() + names }
        // The folder of all sources, of which each has one.
        let sources = PathBytes.names(of: workspace.outputInside) + workspace.sourceNames().dropLast()
        guard names.count > sources.count, names.starts(with: sources) else {
            throw .init(
                description:
                    "base-directory '\(text)' is absolute, and no source's folder: write it relative to the source "
                    + "folder, or with $CODEBUILD_SRC_DIR")
        }
        return workspace.sourceNames().dropLast() + names.dropFirst(sources.count)
    }

    // MARK: - Variables

    /// `$NAME` or `${NAME}`.
    private static var reference: Regex<(Substring, Substring?, Substring?)> {
        /\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})/
    }

    /// The names of the variables in a text.
    static func variables(in text: String) -> [String] {
        text.matches(of: reference).compactMap { ($0.1 ?? $0.2).map(String.init) }
    }

    private static func expanded(
        _ text: String, _ values: [String: String]
    ) throws(ArtifactSelection.Failure) -> String {
        if let missing = variables(in: text).first(where: { values[$0, default: ""].isEmpty }) {
            throw .init(description: "base-directory '\(text)': the variable \(missing) is not set, or is empty")
        }
        return text.replacing(reference) { match in (match.1 ?? match.2).flatMap { values[String($0)] } ?? "" }
    }
}
