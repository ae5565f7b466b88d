package import PipelineModel

/// Where a source action gets its revisions from: its configuration put into the server's templates.
package enum SourceAddress: Hashable, Sendable {
    case git(remote: GitRemote, branch: GitBranch)
    case object(bucket: String, key: String)

    /// The action types that the server fetches itself (semantics-v2 4.1).
    package static let actionTypes = [
        codeCommit, gitHub, connection, objectStore,
    ]

    package static let codeCommit = ActionTypeID(category: "Source", owner: "AWS", provider: "CodeCommit")
    package static let gitHub = ActionTypeID(category: "Source", owner: "ThirdParty", provider: "GitHub")
    package static let connection = ActionTypeID(
        category: "Source", owner: "AWS", provider: "CodeStarSourceConnection")
    package static let objectStore = ActionTypeID(category: "Source", owner: "AWS", provider: "S3")

    /// Checks the configuration on the way: what a value may hold is bounded, so that it can't lead the URL to another
    /// host or the path to another folder (users-faults-security, cases 52 and 59).
    ///
    /// - Throws: ``SourceError`` that names the property, with `ConfigurationError`.
    package init(
        typeID: ActionTypeID, configuration: [String: String], git: GitSettings
    ) throws(SourceError) {
        let properties = SourceProperties(configuration)
        switch typeID {
        case Self.codeCommit:
            let name = try properties.repositoryPart("RepositoryName")
            self = try Self.git(
                template: git.codeCommit, ["RepositoryName": name], setting: "git.codeCommit",
                branch: properties.required("BranchName"))
        case Self.gitHub:
            let owner = try properties.repositoryPart("Owner")
            let repository = try properties.repositoryPart("Repo")
            self = try Self.git(
                template: git.gitHub, ["Owner": owner, "Repo": repository], setting: "git.gitHub",
                branch: properties.required("Branch"))
        case Self.connection:
            let arn = try properties.required("ConnectionArn")
            guard let template = git.connections[arn] else {
                throw SourceError.configuration(
                    "This server knows no connection '\(arn.shown(charactersMax: 256))'. Add it with its URL to git.connections in the configuration file."
                )
            }
            let id = try properties.repositoryPath("FullRepositoryId")
            self = try Self.git(
                template: template, ["FullRepositoryId": id], setting: "git.connections",
                branch: properties.required("BranchName"))
        case Self.objectStore:
            self = try .object(bucket: properties.required("S3Bucket"), key: properties.required("S3ObjectKey"))
        default:
            throw SourceError.configuration(
                "This server can't fetch from the source provider \(typeID.provider). Use CodeCommit, GitHub, CodeStarSourceConnection or S3."
            )
        }
    }

    private static func git(
        template: String, _ values: [String: String], setting: String, branch: String
    ) throws(SourceError) -> SourceAddress {
        let url = values.reduce(template) { $0.replacing("{\($1.key)}", with: $1.value) }
        guard !url.contains("{"), !url.contains("}") else {
            let known = values.keys.sorted().map { "{\($0)}" }.joined(separator: ", ")
            throw SourceError.configuration(
                "The template \(setting) in the configuration file has a placeholder that this action doesn't fill. It may hold \(known)."
            )
        }
        do {
            return try .git(remote: GitRemote(url), branch: GitBranch(branch))
        } catch {
            throw SourceError(error)
        }
    }
}

extension SourceAddress: CustomStringConvertible {
    /// The form that marks are kept under and logs show: no credentials are in a remote.
    package var description: String {
        switch self {
        case .git(let remote, let branch): "git:\(remote)#\(branch)"
        case .object(let bucket, let key): "s3://\(bucket)/\(key)"
        }
    }
}

/// The configuration of a source action, read with complaints that name the property.
struct SourceProperties {
    private let configuration: [String: String]

    init(_ configuration: [String: String]) {
        self.configuration = configuration
    }

    func required(_ name: String) throws(SourceError) -> String {
        guard let value = configuration[name], !value.isEmpty else {
            throw SourceError.configuration("The source action's configuration lacks \(name). Add it to the pipeline.")
        }
        return value
    }

    /// A value that is one name in a path: letters, digits, `.`, `_` and `-`, as repository names are.
    func repositoryPart(_ name: String) throws(SourceError) -> String {
        let value = try required(name)
        guard Self.isName(value[...]) else { throw Self.unsafe(name, value) }
        return value
    }

    /// Names joined by `/`: `owner/repository`, or deeper in GitLab's groups.
    func repositoryPath(_ name: String) throws(SourceError) -> String {
        let value = try required(name)
        let parts = value.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count > 1, parts.allSatisfy(Self.isName) else { throw Self.unsafe(name, value) }
        return value
    }

    private static func isName(_ text: Substring) -> Bool {
        guard !text.isEmpty, text.utf8.count <= 255, text != ".", text != "..", !text.hasPrefix("-") else {
            return false
        }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
            default: false
            }
        }
    }

    private static func unsafe(_ name: String, _ value: String) -> SourceError {
        .configuration(
            "\(name) '\(value.shown(charactersMax: 100))' is no repository name: it may hold letters, digits, '.', '_' and '-'. Correct it in the pipeline."
        )
    }
}
