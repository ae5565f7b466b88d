import ActionProviders
import ArtifactStorage
import PipelineEngine
import PipelineModel
import Testing

@Suite("S3 sources")
struct S3SourceTests {
    private func version(etag: String = "\"abc\"", metadata: [String: String] = [:]) -> ObjectVersion {
        ObjectVersion(
            bucket: "src", key: "app.zip", versionID: "v1", size: 3, etag: etag, lastModified: 1_500_000_000_123,
            attributes: ObjectAttributes(metadata: metadata), sha256: "", fileName: "f")
    }

    @Test("A version is reported with its id, its ETag and the default summary")
    func reportOfAVersion() {
        #expect(
            S3Source.success(version())
                == JobSuccess(
                    currentRevision: JobSuccess.CurrentRevision(
                        revision: "v1", changeIdentifier: "abc", created: Timestamp(milliseconds: 1_500_000_000_123),
                        summary: "Amazon S3 version id: v1"),
                    summary: "Amazon S3 version id: v1", externalExecutionID: "v1",
                    outputVariables: ["ETag": "abc", "VersionId": "v1", "BucketName": "src", "ObjectKey": "app.zip"]))
    }

    @Test("The object's own summary is used, cut to what the API takes")
    func summaryMetadata() {
        let name = "codepipeline-artifact-revision-summary"
        #expect(S3Source.success(version(metadata: [name: "Release 7"])).currentRevision?.summary == "Release 7")
        let long = String(repeating: "x", count: 3000)
        #expect(S3Source.success(version(metadata: [name: long])).currentRevision?.summary?.count == 2048)
        #expect(S3Source.success(version(metadata: [name: ""])).summary == "Amazon S3 version id: v1")
    }

    @Test(
        "An ETag loses its quotes and nothing else",
        arguments: [
            ("\"abc-2\"", "abc-2"), ("abc", "abc"), ("\"", "\""), ("", ""), ("\"a", "\"a"),
        ])
    func quotes(etag: String, bare: String) {
        #expect(S3Source.changeIdentifier(version(etag: etag)) == bare)
    }

    @Test("Each refusal of the store names the bucket and key, and is of its own type")
    func refusals() {
        let cases: [(ObjectStoreError, String, [String])] = [
            (.noSuchBucket("b1"), "ConfigurationError", ["b1"]),
            (.noSuchKey(bucket: "b1", key: "k1"), "RevisionUnavailable", ["b1", "k1"]),
            (.isDeleteMarker(bucket: "b1", key: "k1", versionID: "v"), "RevisionUnavailable", ["b1", "k1"]),
            (.noSuchVersion(bucket: "b1", key: "k1", versionID: "v9"), "RevisionUnavailable", ["b1", "k1", "v9"]),
            (.corrupt(bucket: "b1", key: "k1", versionID: "v9"), "SystemUnavailable", ["b1", "k1", "v9"]),
            (.storageFull("disk full"), "SystemUnavailable", ["disk full"]),
        ]
        for (error, type, names) in cases {
            let failure = SourceError(error as any Error, activity: "fetch the source object").failure
            #expect(failure.type == type, "\(error)")
            for name in names { #expect(failure.message.contains(name), "\(error)") }
        }
    }

    @Test("A type that can't run here fails with what to use instead")
    func unavailableTypes() {
        for (category, provider, hint) in [
            ("Deploy", "CodeDeploy", "S3 deploy"), ("Source", "ECR", "CodeCommit"), ("Test", "DeviceFarm", "CodeBuild"),
            ("Invoke", "StepFunctions", "CodeBuild"),
        ] {
            let failure = UnavailableProvider.failure(
                of: ActionTypeID(category: category, owner: "AWS", provider: provider))
            #expect(failure.type == "ConfigurationError")
            #expect(failure.message.contains(provider) && failure.message.contains(hint))
        }
    }
}
