package import AWSProtocol
package import PipelineModel

extension PipelineDefinition: StoredRecord {
    package func write(to json: inout JSONWriter) {
        json.beginObject()
        json.put("name", name)
        json.put("version", version)
        json.put("roleArn", roleArn)
        json.put("artifactStore", artifactStore)
        json.put("executionMode", executionMode.rawValue)
        json.put("stages", stages)
        json.endObject()
    }
}

extension ArtifactStoreDefinition: StoredRecord {
    package func write(to json: inout JSONWriter) {
        json.beginObject()
        json.put("bucket", bucket)
        json.put("encryptionKeyID", encryptionKeyID)
        json.endObject()
    }
}

extension StageDefinition: StoredRecord {
    package func write(to json: inout JSONWriter) {
        json.beginObject()
        json.put("name", name)
        json.put("actions", actions)
        json.endObject()
    }
}

extension ActionDefinition: StoredRecord {
    package func write(to json: inout JSONWriter) {
        json.beginObject()
        json.put("name", name)
        json.put("typeID", typeID)
        json.put("runOrder", runOrder)
        json.put("configuration", configuration)
        json.put("inputArtifacts", inputArtifacts)
        json.put("outputArtifacts", outputArtifacts)
        json.put("roleArn", roleArn)
        json.put("region", region)
        json.put("namespace", namespace)
        json.put("timeoutInMinutes", timeoutInMinutes)
        json.put("unservedReason", unservedReason)
        json.put("hasTrigger", hasTrigger)
        json.endObject()
    }
}

extension ActionTypeID: StoredRecord {
    package func write(to json: inout JSONWriter) {
        json.beginObject()
        json.put("category", category)
        json.put("owner", owner)
        json.put("provider", provider)
        json.put("version", version)
        json.endObject()
    }
}

extension ArtifactLocation: StoredRecord {
    package func write(to json: inout JSONWriter) {
        json.beginObject()
        json.put("name", name)
        json.put("bucket", bucket)
        json.put("key", key)
        json.put("revision", revision)
        json.endObject()
    }
}
