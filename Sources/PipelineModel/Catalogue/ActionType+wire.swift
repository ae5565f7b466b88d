package import CodePipelineWire

extension ActionTypeID {
    /// The id of the wire.
    package init(wire: ActionTypeId) {
        self.init(
            category: wire.category, owner: wire.owner, provider: wire.provider, version: wire.version)
    }

    /// The id as the wire has it.
    package var wire: ActionTypeId {
        ActionTypeId(category: category, owner: owner, provider: provider, version: version)
    }
}

extension ActionType {
    /// The type that a CreateCustomActionType call describes; the owner is always `Custom` (semantics-core 6.1).
    package init(creating input: CreateCustomActionTypeInput) {
        self.init(
            id: ActionTypeID(
                category: input.category, owner: "Custom", provider: input.provider, version: input.version),
            settings: input.settings.map(Settings.init(wire:)),
            properties: (input.configurationProperties ?? []).map(Property.init(wire:)),
            inputs: ArtifactBounds(wire: input.inputArtifactDetails),
            outputs: ArtifactBounds(wire: input.outputArtifactDetails))
    }

    /// The type of the wire.
    package init(wire: CodePipelineWire.ActionType) {
        self.init(
            id: ActionTypeID(wire: wire.id), settings: wire.settings.map(Settings.init(wire:)),
            properties: (wire.actionConfigurationProperties ?? []).map(Property.init(wire:)),
            inputs: ArtifactBounds(wire: wire.inputArtifactDetails),
            outputs: ArtifactBounds(wire: wire.outputArtifactDetails))
    }

    /// The type as ListActionTypes and CreateCustomActionType send it.
    package var wire: CodePipelineWire.ActionType {
        CodePipelineWire.ActionType(
            id: id.wire, settings: settings?.wire, actionConfigurationProperties: properties.map(\.wire),
            inputArtifactDetails: inputs.wire, outputArtifactDetails: outputs.wire)
    }
}

extension ActionType.Settings {
    /// The links of the wire.
    init(wire: ActionTypeSettings) {
        self.init(
            thirdPartyConfigurationUrl: wire.thirdPartyConfigurationUrl, entityUrlTemplate: wire.entityUrlTemplate,
            executionUrlTemplate: wire.executionUrlTemplate, revisionUrlTemplate: wire.revisionUrlTemplate)
    }

    /// The links as the wire has them.
    var wire: ActionTypeSettings {
        ActionTypeSettings(
            thirdPartyConfigurationUrl: thirdPartyConfigurationUrl, entityUrlTemplate: entityUrlTemplate,
            executionUrlTemplate: executionUrlTemplate, revisionUrlTemplate: revisionUrlTemplate)
    }
}

extension ActionType.Property {
    /// The property of the wire.
    init(wire: ActionConfigurationProperty) {
        self.init(
            name: wire.name, required: wire.required, key: wire.key, secret: wire.secret, queryable: wire.queryable,
            description: wire.description, type: wire.type)
    }

    /// The property as the wire has it.
    var wire: ActionConfigurationProperty {
        ActionConfigurationProperty(
            name: name, required: required, key: key, secret: secret, queryable: queryable, description: description,
            type: type)
    }
}

extension ActionType.ArtifactBounds {
    /// The bounds of the wire.
    init(wire: ArtifactDetails) {
        self.init(wire.minimumCount, wire.maximumCount)
    }

    /// The bounds as the wire has them.
    var wire: ArtifactDetails {
        ArtifactDetails(minimumCount: minimum, maximumCount: maximum)
    }
}
