package import AWSProtocol
package import PipelineModel

extension PipelineDefinition: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init(
            name: try json.string("name"), version: try json.integer("version"), roleArn: try json.string("roleArn"),
            artifactStore: try json.record("artifactStore"), executionMode: try json.choice("executionMode"),
            stages: try json.records("stages"))
    }

    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("name", name, from: base?.name)
        json.put("version", version, from: base?.version)
        json.put("roleArn", roleArn, from: base?.roleArn)
        json.put("artifactStore", artifactStore, from: base?.artifactStore)
        json.put("executionMode", executionMode.rawValue, from: base?.executionMode.rawValue)
        json.put("stages", stages, from: base?.stages)
        json.endObject()
    }
}

extension ArtifactStoreDefinition: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init(
            bucket: try json.string("bucket"), encryptionKeyID: try json.optionalString("encryptionKeyID"))
    }

    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("bucket", bucket, from: base?.bucket)
        json.put("encryptionKeyID", encryptionKeyID, from: base?.encryptionKeyID)
        json.endObject()
    }
}

extension StageDefinition: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init(name: try json.string("name"), actions: try json.records("actions"))
    }

    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("name", name, from: base?.name)
        json.put("actions", actions, from: base?.actions)
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

    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("name", name, from: base?.name)
        json.put("typeID", typeID, from: base?.typeID)
        json.put("runOrder", runOrder, from: base?.runOrder)
        json.put("configuration", configuration, from: base?.configuration)
        json.put("inputArtifacts", inputArtifacts, from: base?.inputArtifacts)
        json.put("outputArtifacts", outputArtifacts, from: base?.outputArtifacts)
        json.put("roleArn", roleArn, from: base?.roleArn)
        json.put("region", region, from: base?.region)
        json.put("namespace", namespace, from: base?.namespace)
        json.put("timeoutInMinutes", timeoutInMinutes, from: base?.timeoutInMinutes)
        json.put("unservedReason", unservedReason, from: base?.unservedReason)
        json.put("hasTrigger", hasTrigger, from: base?.hasTrigger)
        json.endObject()
    }
}

extension ActionTypeID: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init(
            category: try json.string("category"), owner: try json.string("owner"),
            provider: try json.string("provider"), version: try json.string("version"))
    }

    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("category", category, from: base?.category)
        json.put("owner", owner, from: base?.owner)
        json.put("provider", provider, from: base?.provider)
        json.put("version", version, from: base?.version)
        json.endObject()
    }
}

extension ArtifactLocation: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init(
            name: try json.string("name"), bucket: try json.string("bucket"), key: try json.string("key"),
            revision: try json.optionalString("revision"))
    }

    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("name", name, from: base?.name)
        json.put("bucket", bucket, from: base?.bucket)
        json.put("key", text: key, from: base?.key)
        json.put("revision", revision, from: base?.revision)
        json.endObject()
    }
}
