package import AWSProtocol
package import PipelineModel

extension PipelineDefinition: StoredRecord {
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
    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("bucket", bucket, from: base?.bucket)
        json.put("encryptionKeyID", encryptionKeyID, from: base?.encryptionKeyID)
        json.endObject()
    }
}

extension StageDefinition: StoredRecord {
    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("name", name, from: base?.name)
        json.put("actions", actions, from: base?.actions)
        json.endObject()
    }
}

extension ActionDefinition: StoredRecord {
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
    package func write(to json: inout JSONWriter, from base: Self?) {
        json.beginObject()
        json.put("name", name, from: base?.name)
        json.put("bucket", bucket, from: base?.bucket)
        json.put("key", key, from: base?.key)
        json.put("revision", revision, from: base?.revision)
        json.endObject()
    }
}
