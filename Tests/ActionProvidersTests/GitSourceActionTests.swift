import ActionProviders
import ArtifactStorage
import PipelineEngine
import PipelineModel
import SystemPackage
import Testing

@Suite("Git source actions")
struct GitSourceActionTests {
    private let configuration = ["RepositoryName": "origin", "BranchName": "main"]

    @Test("A CodeCommit action stores the branch's tree and reports the commit")
    func codeCommit() async throws {
        let fixture = try await GitS3Fixture()
        try fixture.git.write("hello", to: "file.txt")
        let id = try fixture.git.commit("Say hello")
        let job = fixture.job(SourceAddress.codeCommit, configuration, encryptionKeyID: "arn:aws:kms:key")
        let (outcome, log) = try await fixture.run(CodeCommitSource(fixture.source), job)
        let success = try #require(outcome.success, "\(outcome)")
        #expect(success.currentRevision?.revision == id)
        #expect(success.currentRevision?.summary == "Say hello")
        #expect(success.outputVariables["RepositoryName"] == "origin")
        #expect(success.outputVariables["BranchName"] == "main")
        #expect(log.contains(id))
        let zip = fixture.git.folder.appending("artifact.zip")
        let stored = try await fixture.store.download(bucket: "artifacts", key: "web/App/abc1234", to: zip)
        #expect(stored.attributes.contentType == "application/zip")
        #expect(stored.attributes.serverSideEncryption == "aws:kms")
        #expect(stored.attributes.kmsKeyID == "arn:aws:kms:key")
        let folder = fixture.git.folder.appending("unpacked")
        try await ArchiveReader.extract(zip, into: folder)
        #expect(try await FolderListing.list(folder).entries.map(\.path) == ["file.txt"])
    }

    @Test("A pinned revision wins over the branch's newest commit")
    func pinned() async throws {
        let fixture = try await GitS3Fixture()
        let first = try fixture.git.commit("first")
        try fixture.git.commit("second")
        let job = fixture.job(SourceAddress.codeCommit, configuration, pinned: first)
        let (outcome, _) = try await fixture.run(CodeCommitSource(fixture.source), job)
        #expect(outcome.success?.currentRevision?.revision == first)
    }

    @Test("A failure is of its own type and names the thing, in the outcome and in the log")
    func failures() async throws {
        let fixture = try await GitS3Fixture()
        try fixture.git.commit("first")
        let absent = String(repeating: "1", count: 40)
        let cases: [([String: String], String?, String, String)] = [
            (["RepositoryName": "absent"], nil, "ConfigurationError", "absent"),
            (["BranchName": "absent"], nil, "ConfigurationError", "'absent'"),
            (["BranchName": "--upload-pack=touch x"], nil, "ConfigurationError", "begins with '-'"),
            (["RepositoryName": ".."], nil, "ConfigurationError", "RepositoryName"),
            (["OutputArtifactFormat": "CODEBUILD_CLONE_REF"], nil, "ConfigurationError", "CODE_ZIP"),
            ([:], absent, "RevisionUnavailable", absent),
        ]
        for (change, pinned, type, name) in cases {
            let job = fixture.job(
                SourceAddress.codeCommit, configuration.merging(change) { $1 }, pinned: pinned)
            let (outcome, log) = try await fixture.run(CodeCommitSource(fixture.source), job)
            #expect(outcome.failure?.type == type, "\(change): \(outcome)")
            #expect(outcome.failure?.message.contains(name) == true, "\(outcome)")
            #expect(log.contains(name))
        }
        await #expect(throws: ObjectStoreError.self) {
            try await fixture.store.head(bucket: "artifacts", key: "web/App/abc1234")
        }
    }

    @Test("The probe sees what a source action would fetch")
    func probe() async throws {
        let fixture = try await GitS3Fixture()
        let id = try fixture.git.commit("first")
        let probe = SourceProbe(
            command: GitCommand(serverEnvironment: [:]), store: fixture.store, workFolder: fixture.workFolder)
        let address = try SourceAddress.git(remote: GitRemote(fixture.git.url), branch: GitBranch("main"))
        #expect(
            try await probe.currentRevision(SourceWatch(address: address))
                == RevisionMark(revisionID: id, revisionChangeID: id))
        try await fixture.store.ensureBucket("source")
        let version = try await fixture.put("x", bucket: "source", key: "app.zip")
        let object = try await probe.currentRevision(SourceWatch(address: .object(bucket: "source", key: "app.zip")))
        #expect(object.revisionID == version.versionID)
        #expect(object.created == Timestamp(milliseconds: 1_500_000_000_000))
        let error = await #expect(throws: SourceError.self) {
            try await probe.currentRevision(SourceWatch(address: .object(bucket: "source", key: "absent")))
        }
        #expect(error?.message.contains("absent") == true)
    }
}
