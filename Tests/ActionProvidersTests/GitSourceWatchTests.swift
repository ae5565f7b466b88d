import ActionProviders
import PipelineModel
import Testing

@Suite("What is watched for new revisions")
struct GitSourceWatchTests {
    private let git = GitSettings(
        codeCommit: "file:///srv/git/{RepositoryName}.git",
        connections: ["arn:c": "https://git.example.com/{FullRepositoryId}.git"])

    private func watch(_ type: ActionTypeID, _ configuration: [String: String]) -> SourceWatch? {
        SourceWatch(action: ActionDefinition(name: "Source", typeID: type, configuration: configuration), git: git)
    }

    private let codeCommit = ["RepositoryName": "web", "BranchName": "main"]
    private let connection = ["ConnectionArn": "arn:c", "FullRepositoryId": "a/b", "BranchName": "main"]
    private let bucket = ["S3Bucket": "src", "S3ObjectKey": "app.zip"]

    @Test("Sources are watched unless they say false")
    func defaults() {
        #expect(watch(SourceAddress.codeCommit, codeCommit) != nil)
        #expect(watch(SourceAddress.connection, connection) != nil)
        #expect(watch(SourceAddress.objectStore, bucket) != nil)
        for value in ["false", "False"] {
            #expect(watch(SourceAddress.codeCommit, codeCommit.merging(["PollForSourceChanges": value]) { $1 }) == nil)
            #expect(watch(SourceAddress.objectStore, bucket.merging(["PollForSourceChanges": value]) { $1 }) == nil)
            #expect(watch(SourceAddress.connection, connection.merging(["DetectChanges": value]) { $1 }) == nil)
        }
        #expect(watch(SourceAddress.codeCommit, codeCommit.merging(["PollForSourceChanges": "true"]) { $1 }) != nil)
    }

    @Test("Equal repositories and branches are one watch, whatever the token; other branches are others")
    func identity() {
        let one = ["Owner": "o", "Repo": "r", "Branch": "main", "OAuthToken": "one"]
        let two = ["Owner": "o", "Repo": "r", "Branch": "main", "OAuthToken": "****"]
        #expect(watch(SourceAddress.gitHub, one) == watch(SourceAddress.gitHub, two))
        #expect(watch(SourceAddress.gitHub, one)?.hashValue == watch(SourceAddress.gitHub, two)?.hashValue)
        let other = one.merging(["Branch": "next"]) { $1 }
        #expect(watch(SourceAddress.gitHub, one) != watch(SourceAddress.gitHub, other))
    }

    @Test("What can't be polled is not watched")
    func others() {
        let ecr = ActionTypeID(category: "Source", owner: "AWS", provider: "ECR")
        #expect(watch(ecr, ["RepositoryName": "web"]) == nil)
        let custom = ActionTypeID(category: "Source", owner: "Custom", provider: "S3")
        #expect(watch(custom, bucket) == nil)
        let deploy = ActionTypeID(category: "Deploy", owner: "AWS", provider: "S3")
        #expect(watch(deploy, bucket) == nil)
        #expect(watch(SourceAddress.codeCommit, ["RepositoryName": "../x", "BranchName": "main"]) == nil)
        #expect(watch(SourceAddress.objectStore, ["S3Bucket": "src"]) == nil)
        #expect(
            watch(SourceAddress.codeCommit, ["RepositoryName": "web", "BranchName": "#{variables.branch}"]) == nil)
    }
}
