package import AWSProtocol
package import PipelineModel

extension PipelineDefinition: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init(
            name: try json.string("name"), version: try json.integer("version"), roleArn: try json.string("roleArn"),
            artifactStore: try json.record("artifactStore"), executionMode: try json.choice("executionMode"),
            stages: try json.records("stages"))
    }

    package static func write(_ record: Borrowed<Self>, from base: Borrowed<Self>?, to json: inout JSONWriter) {
        json.beginObject()
        json.put("name", record.name, from: base?.name)
        json.put("version", record.version, from: base?.version)
        json.put("roleArn", record.roleArn, from: base?.roleArn)
        json.put("artifactStore", record.artifactStore, from: base?.artifactStore)
        json.put("executionMode", record.executionMode.rawValue, from: base?.executionMode.rawValue)
        json.put("stages", record.stages, from: base?.stages)
        json.endObject()
    }
}

extension ArtifactStoreDefinition: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init(
            bucket: try json.string("bucket"), encryptionKeyID: try json.optionalString("encryptionKeyID"))
    }

    package static func write(_ record: Borrowed<Self>, from base: Borrowed<Self>?, to json: inout JSONWriter) {
        json.beginObject()
        json.put("bucket", record.bucket, from: base?.bucket)
        json.put("encryptionKeyID", record.encryptionKeyID, from: base?.encryptionKeyID)
        json.endObject()
    }
}

extension StageDefinition: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init(name: try json.string("name"), actions: try json.records("actions"))
    }

    package static func write(_ record: Borrowed<Self>, from base: Borrowed<Self>?, to json: inout JSONWriter) {
        json.beginObject()
        json.put("name", record.name, from: base?.name)
        json.put("actions", record.actions, from: base?.actions)
        json.endObject()
    }
}

extension ActionDefinition: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init(
            name: try json.string("name"), typeID: try json.record("typeID"), runOrder: try json.integer("runOrder"),
            configuration: try json.texts("configuration"), inputArtifacts: try json.strings("inputArtifacts"),
            outputArtifacts: try json.strings("outputArtifacts"), roleArn: try json.optionalString("roleArn"),
            region: try json.optionalString("region"), namespace: try json.optionalString("namespace"),
            timeoutInMinutes: try json.optionalInteger("timeoutInMinutes"))
        unservedReason = try json.optionalString("unservedReason")
        hasTrigger = try json.flag("hasTrigger")
    }

    package static func write(_ record: Borrowed<Self>, from base: Borrowed<Self>?, to json: inout JSONWriter) {
        json.beginObject()
        json.put("name", record.name, from: base?.name)
        json.put("typeID", record.typeID, from: base?.typeID)
        json.put("runOrder", record.runOrder, from: base?.runOrder)
        json.put("configuration", record.configuration, from: base?.configuration)
        json.put("inputArtifacts", record.inputArtifacts, from: base?.inputArtifacts)
        json.put("outputArtifacts", record.outputArtifacts, from: base?.outputArtifacts)
        json.put("roleArn", record.roleArn, from: base?.roleArn)
        json.put("region", record.region, from: base?.region)
        json.put("namespace", record.namespace, from: base?.namespace)
        json.put("timeoutInMinutes", record.timeoutInMinutes, from: base?.timeoutInMinutes)
        json.put("unservedReason", record.unservedReason, from: base?.unservedReason)
        json.put("hasTrigger", record.hasTrigger, from: base?.hasTrigger)
        json.endObject()
    }
}

extension ActionTypeID: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init(
            category: try json.string("category"), owner: try json.string("owner"),
            provider: try json.string("provider"), version: try json.string("version"))
    }

    package static func write(_ record: Borrowed<Self>, from base: Borrowed<Self>?, to json: inout JSONWriter) {
        json.beginObject()
        json.put("category", record.category, from: base?.category)
        json.put("owner", record.owner, from: base?.owner)
        json.put("provider", record.provider, from: base?.provider)
        json.put("version", record.version, from: base?.version)
        json.endObject()
    }
}

extension ArtifactLocation: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init(
            name: try json.string("name"), bucket: try json.string("bucket"), key: try json.string("key"),
            revision: try json.optionalString("revision"))
    }

    package static func write(_ record: Borrowed<Self>, from base: Borrowed<Self>?, to json: inout JSONWriter) {
        json.beginObject()
        json.put("name", record.name, from: base?.name)
        json.put("bucket", record.bucket, from: base?.bucket)
        json.put("key", text: record.key, from: base?.key)
        json.put("revision", record.revision, from: base?.revision)
        json.endObject()
    }
}
