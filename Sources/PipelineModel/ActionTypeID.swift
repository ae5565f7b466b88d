/// What names an action type: category, owner, provider and version.
///
/// One reference, since each action, job and queue has one.
package struct ActionTypeID: Sendable {
    private final class Names: Sendable {
        let category: String
        let owner: String
        let provider: String
        let version: String
        let isBuiltIn: Bool
        /// Of provider and version, which tell nearly all types apart.
        let hash: Int

        init(category: String, owner: String, provider: String, version: String) {
            self.category = category
            self.owner = owner
            self.provider = provider
            self.version = version
            isBuiltIn = owner == "AWS" || (owner == "ThirdParty" && ["GitHub", "AlexaSkillsKit"].contains(provider))
            var hasher = Hasher()
            hasher.combine(provider)
            hasher.combine(version)
            hash = hasher.finalize()
        }
    }

    private let names: Names

    package init(category: String, owner: String, provider: String, version: String = "1") {
        names = Names(category: category, owner: owner, provider: provider, version: version)
    }

    package var category: String { names.category }
    package var owner: String { names.owner }
    package var provider: String { names.provider }
    package var version: String { names.version }

    /// Whether the server's own workers run its jobs; those are invisible to PollForJobs (Settled 17).
    package var isBuiltIn: Bool { names.isBuiltIn }
}

extension ActionTypeID: Hashable {
    package static func == (left: Self, right: Self) -> Bool {
        let (left, right) = (left.names, right.names)
        if left === right { return true }
        return left.hash == right.hash && left.provider == right.provider && left.category == right.category
            && left.owner == right.owner && left.version == right.version
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(names.hash)
    }
}

extension ActionTypeID: Codable {
    private enum CodingKeys: CodingKey {
        case category, owner, provider, version
    }

    package init(from decoder: any Decoder) throws {
        let names = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            category: try names.decode(String.self, forKey: .category),
            owner: try names.decode(String.self, forKey: .owner),
            provider: try names.decode(String.self, forKey: .provider),
            version: try names.decode(String.self, forKey: .version))
    }

    package func encode(to encoder: any Encoder) throws {
        var names = encoder.container(keyedBy: CodingKeys.self)
        try names.encode(category, forKey: .category)
        try names.encode(owner, forKey: .owner)
        try names.encode(provider, forKey: .provider)
        try names.encode(version, forKey: .version)
    }
}
