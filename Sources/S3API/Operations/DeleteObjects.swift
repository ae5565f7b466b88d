import ArtifactStorage

extension S3Service {
    /// Deletes up to ``S3Limits/deletedKeys`` objects, each for itself.
    func deleteObjects(_ request: AuthenticatedS3Request, _ payload: S3Payload) async throws -> S3Response {
        let document = try S3Document.parse(try await payload.collect(), root: "Delete")
        let objects = document.all("Object")
        guard (1...S3Limits.deletedKeys).contains(objects.count) else { throw S3Error.malformedXML }
        let isQuiet = document["Quiet"]?.text == "true"
        _ = try await store.index.bucket(request.bucket)
        var results: [Result<Deletion, FailedDeletion>] = []
        for object in objects {
            guard let key = object["Key"]?.text, !key.isEmpty else { throw S3Error.malformedXML }
            let versionID = object["VersionId"]?.text
            do {
                guard key.utf8.count <= ObjectStore.maximumKeyLength else { throw S3Error.keyTooLong(key.utf8.count) }
                try S3Authorization.checkDelete(key: key, versionID: versionID, of: request)
                for name in ["LastModifiedTime", "Size"] where object[name] != nil {
                    throw S3Error.notImplemented("\(name) in DeleteObjects")
                }
                let outcome = try await store.delete(
                    bucket: request.bucket, key: key, versionID: versionID,
                    condition: PutCondition(etag: object["ETag"].map { S3Preconditions.quoted($0.text) }))
                results.append(.success(Deletion(key: key, versionID: versionID, outcome: outcome)))
            } catch {
                results.append(
                    .failure(FailedDeletion(key: key, versionID: versionID, error: S3Error.from(error).error)))
            }
        }
        return S3Response.result("DeleteResult") { xml in
            for result in results {
                switch result {
                case .success(let deletion): if !isQuiet { deletion.write(to: &xml) }
                case .failure(let failure): failure.write(to: &xml)
                }
            }
        }
    }

    private struct Deletion {
        let key: String
        let versionID: String?
        let outcome: DeleteOutcome

        func write(to xml: inout XMLWriter) {
            xml.element("Deleted") { xml in
                xml.element("Key", key)
                xml.optional("VersionId", versionID)
                if outcome.isDeleteMarker {
                    xml.element("DeleteMarker", true)
                    xml.optional("DeleteMarkerVersionId", outcome.versionID)
                }
            }
        }
    }

    private struct FailedDeletion: Error {
        let key: String
        let versionID: String?
        let error: S3Error

        func write(to xml: inout XMLWriter) {
            xml.element("Error") { xml in
                xml.element("Key", key)
                xml.optional("VersionId", versionID)
                xml.element("Code", error.code)
                xml.element("Message", error.message)
            }
        }
    }
}
