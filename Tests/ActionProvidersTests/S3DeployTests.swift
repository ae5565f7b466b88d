import ActionProviders
import ArtifactStorage
import PipelineModel
import Testing

@Suite("S3 deployments")
struct S3DeployTests {
    private func plan(_ configuration: [String: String]) throws(SourceError) -> S3DeployPlan {
        try S3DeployPlan(
            configuration: ["BucketName": "site", "Extract": "true"].merging(configuration) { $1 },
            time: Timestamp(milliseconds: 1_547_105_997_999), id: "5f1b2c3d-0000-4000-8000-000000000000")
    }

    @Test(
        "Files are stored under the prefix, with one slash between",
        arguments: [
            ("", "a/b.txt"), ("web", "web/a/b.txt"), ("web/", "web/a/b.txt"), ("/web", "/web/a/b.txt"),
        ])
    func prefixes(prefix: String, key: String) throws {
        #expect(try plan(["ObjectKey": prefix]).key(ofFile: "a/b.txt") == key)
    }

    @Test("No ObjectKey is no prefix")
    func noPrefix() throws {
        #expect(try plan([:]).key(ofFile: "index.html") == "index.html")
    }

    @Test("{datetime} and {uuid} are the job's, so that a repetition stores the same key")
    func placeholders() throws {
        let key = try plan(["ObjectKey": "r/{datetime}/{uuid}.zip", "Extract": "false"]).key
        #expect(key == "r/2019-01-10_07-39-57/5f1b2c3d-0000-4000-8000-000000000000.zip")
    }

    @Test(
        "Wrong configurations are refused, by the property's name",
        arguments: [
            (["BucketName": ""], "BucketName"), (["Extract": "yes"], "Extract"), (["Extract": ""], "Extract"),
            (["Extract": "false"], "ObjectKey"), (["CannedACL": "everyone"], "CannedACL"),
        ])
    func refused(configuration: [String: String], name: String) {
        let error = #expect(throws: SourceError.self) { try plan(configuration) }
        #expect(error?.type == "ConfigurationError")
        #expect(error?.message.contains(name) == true)
    }

    @Test("Cache control and key are kept with every object")
    func attributes() throws {
        let plan = try plan(["CacheControl": "public, max-age=60", "KMSEncryptionKeyARN": "arn:aws:kms:k"])
        #expect(
            plan.attributes(contentType: "text/css")
                == ObjectAttributes(
                    contentType: "text/css", cacheControl: "public, max-age=60", serverSideEncryption: "aws:kms",
                    kmsKeyID: "arn:aws:kms:k"))
        #expect(try self.plan([:]).attributes(contentType: "x").serverSideEncryption == nil)
    }

    @Test(
        "Content types go by the end of the name",
        arguments: [
            ("index.html", "text/html; charset=utf-8"), ("a/B.HTML", "text/html; charset=utf-8"),
            ("app.min.js", "text/javascript; charset=utf-8"), ("logo.svg", "image/svg+xml"),
            ("README", "binary/octet-stream"), (".html", "binary/octet-stream"), ("a.b/c", "binary/octet-stream"),
            ("x.unknown", "binary/octet-stream"),
        ])
    func contentTypes(path: String, type: String) {
        #expect(ContentType.of(path) == type)
    }
}
