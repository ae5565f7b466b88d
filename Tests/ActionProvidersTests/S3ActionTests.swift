import ActionProviders
import ArtifactStorage
import Foundation
import PipelineEngine
import PipelineModel
import PipelineStoreSQLite
import SystemPackage
import Testing

@Suite("S3 source and deploy actions")
struct S3ActionTests {
    private let sourceConfiguration = ["S3Bucket": "source", "S3ObjectKey": "in/app.zip"]

    private func source(_ fixture: GitS3Fixture) -> S3Source {
        S3Source(store: fixture.store, workFolder: fixture.workFolder)
    }

    @Test("An S3 source copies the newest version, or the pinned one, into the output artifact")
    func sourceCopies() async throws {
        let fixture = try await GitS3Fixture()
        try await fixture.store.ensureBucket("source")
        try await fixture.index.setVersioning(.enabled, bucket: "source")
        let first = try await fixture.put("one", bucket: "source", key: "in/app.zip")
        let second = try await fixture.put("two", bucket: "source", key: "in/app.zip")
        let newest = try await fixture.run(
            source(fixture), fixture.job(SourceAddress.objectStore, sourceConfiguration)
        ).outcome
        #expect(newest.success?.currentRevision?.revision == second.versionID)
        #expect(try await fixture.text(bucket: "artifacts", key: "web/App/abc1234") == "two")
        let pinned = try await fixture.run(
            source(fixture),
            fixture.job(SourceAddress.objectStore, sourceConfiguration, pinned: first.versionID)
        ).outcome
        #expect(pinned.success?.currentRevision?.revision == first.versionID)
        #expect(try await fixture.text(bucket: "artifacts", key: "web/App/abc1234") == "one")
    }

    @Test("An S3 source says what is missing: the bucket, its versioning, or the object")
    func sourceFailures() async throws {
        let fixture = try await GitS3Fixture()
        let job = fixture.job(SourceAddress.objectStore, sourceConfiguration)
        let bucket = try await fixture.run(source(fixture), job).outcome.failure
        #expect(bucket?.type == "ConfigurationError")
        #expect(bucket?.message.contains("'source' does not exist") == true)
        try await fixture.index.createBucket(Bucket(name: "source", createdAt: 0))
        let versioning = try await fixture.run(source(fixture), job).outcome.failure
        #expect(versioning?.type == "ConfigurationError")
        #expect(versioning?.message.contains("put-bucket-versioning --bucket source") == true)
        try await fixture.index.setVersioning(.enabled, bucket: "source")
        let object = try await fixture.run(source(fixture), job).outcome.failure
        #expect(object?.type == "RevisionUnavailable")
        #expect(object?.message.contains("in/app.zip") == true)
    }

    private func deployJob(_ fixture: GitS3Fixture, _ configuration: [String: String]) -> ActionJob {
        fixture.job(
            S3Deploy.typeID, ["BucketName": "site"].merging(configuration) { $1 },
            inputs: [ArtifactLocation(name: "Site", bucket: "artifacts", key: "in.zip")])
    }

    private func deploy(_ fixture: GitS3Fixture, _ configuration: [String: String]) async throws -> ActionOutcome {
        try await fixture.run(
            S3Deploy(store: fixture.store, workFolder: fixture.workFolder), deployJob(fixture, configuration)
        ).outcome
    }

    /// Commits files and stores the zip of them as the input artifact.
    private func putArtifact(_ fixture: GitS3Fixture) async throws {
        try fixture.git.commit("site")
        let zip = fixture.git.folder.appending("site.zip")
        _ = try await fixture.git.repository().export(branch: GitBranch("main"), commit: nil, to: zip)
        _ = try await fixture.store.upload(zip, bucket: "artifacts", key: "in.zip")
        try FileManager.default.removeItem(atPath: zip.string)
    }

    @Test("Extracted files are stored one by one, with their types; links are stored as what they lead to")
    func extract() async throws {
        let fixture = try await GitS3Fixture()
        try await fixture.store.ensureBucket("site")
        try fixture.git.write("<p>hi</p>", to: "index.html")
        try fixture.git.write("b {}", to: "css/main.css")
        try FileManager.default.createSymbolicLink(
            atPath: "\(fixture.git.tree)/start.html", withDestinationPath: "index.html")
        try await putArtifact(fixture)
        let outcome = try await deploy(
            fixture, ["Extract": "true", "ObjectKey": "v/{datetime}", "CacheControl": "max-age=5"])
        #expect(outcome.success?.summary?.contains("3 files") == true, "\(outcome)")
        let css = try await fixture.store.head(bucket: "site", key: "v/2019-01-10_07-39-57/css/main.css")
        #expect(css.attributes.contentType == "text/css; charset=utf-8")
        #expect(css.attributes.cacheControl == "max-age=5")
        for page in ["index.html", "start.html"] {
            #expect(try await fixture.text(bucket: "site", key: "v/2019-01-10_07-39-57/\(page)") == "<p>hi</p>")
        }
    }

    @Test("Without extraction the artifact is stored as it is")
    func whole() async throws {
        let fixture = try await GitS3Fixture()
        try await fixture.store.ensureBucket("site")
        try await fixture.put("any bytes", bucket: "artifacts", key: "in.zip")
        let outcome = try await deploy(
            fixture, ["Extract": "false", "ObjectKey": "app.zip", "CannedACL": "public-read"])
        // All versions of such a bucket are called "null".
        #expect(outcome.success?.externalExecutionID == fixture.executionID, "\(outcome)")
        #expect(try await fixture.text(bucket: "site", key: "app.zip") == "any bytes")
    }

    @Test("In a bucket that keeps versions a deployment without extraction is named by the version")
    func wholeVersion() async throws {
        let fixture = try await GitS3Fixture()
        try await fixture.store.ensureBucket("site")
        try await fixture.index.setVersioning(.enabled, bucket: "site")
        try await fixture.put("any bytes", bucket: "artifacts", key: "in.zip")
        let outcome = try await deploy(fixture, ["Extract": "false", "ObjectKey": "app.zip"])
        let version = try await fixture.store.head(bucket: "site", key: "app.zip").versionID
        #expect(outcome.success?.externalExecutionID == version && version != "null", "\(outcome)")
    }

    @Test("A deployment that can't be done stores nothing and says why")
    func deployFailures() async throws {
        let fixture = try await GitS3Fixture()
        try await fixture.put("no archive at all", bucket: "artifacts", key: "in.zip")
        let bucket = try await deploy(fixture, ["Extract": "true"]).failure
        #expect(bucket?.message.contains("'site' to deploy to does not exist") == true)
        try await fixture.store.ensureBucket("site")
        let archive = try await deploy(fixture, ["Extract": "true"]).failure
        #expect(archive?.type == "ConfigurationError")
        #expect(archive?.message.contains("Site (s3://artifacts/in.zip)") == true, "\(archive?.message ?? "")")
        try fixture.git.write("x", to: "folder/file")
        try fixture.git.write("x", to: "a.txt")
        try FileManager.default.createSymbolicLink(
            atPath: "\(fixture.git.tree)/link", withDestinationPath: "folder")
        try await putArtifact(fixture)
        let link = try await deploy(fixture, ["Extract": "true"]).failure
        #expect(link?.message.contains("'link'") == true)
        let long = try await deploy(
            fixture, ["Extract": "true", "ObjectKey": String(repeating: "k", count: 1024)]
        ).failure
        #expect(long != nil)
        await #expect(throws: ObjectStoreError.self) { try await fixture.store.head(bucket: "site", key: "a.txt") }
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.workFolder.string).isEmpty)
    }
}
