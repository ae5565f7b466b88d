extension ActionTypeID {
    /// How errors about an action type itself name it (semantics-core 6.6): category, owner, provider, version.
    package var errorText: String {
        "ActionType (Category: '\(category)', Owner: '\(owner)', Provider: '\(provider)', Version: '\(version)')"
    }

    /// How errors about a declaration name it (semantics-core 3.1): the provider comes before the owner.
    var declarationErrorText: String {
        "ActionType (Category: '\(category)', Provider: '\(provider)', Owner: '\(owner)', Version: '\(version)')"
    }
}
