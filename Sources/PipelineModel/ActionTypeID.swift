/// What names an action type: category, owner, provider and version.
package struct ActionTypeID: Hashable, Sendable, Codable {
    package var category: String
    package var owner: String
    package var provider: String
    package var version: String

    package init(category: String, owner: String, provider: String, version: String = "1") {
        self.category = category
        self.owner = owner
        self.provider = provider
        self.version = version
    }

    /// Provider and version tell nearly all types apart; looking one up need not hash the rest of it.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(provider)
        hasher.combine(version)
    }

    /// Whether the server's own workers run its jobs; those are invisible to PollForJobs (Settled 17).
    package var isBuiltIn: Bool {
        owner == "AWS" || (owner == "ThirdParty" && ["GitHub", "AlexaSkillsKit"].contains(provider))
    }
}
