import ArtifactStorage
import PipelineEngine
import PipelineModel

/// Where a source action puts what it fetched.
struct OutputArtifact {
    let location: ArtifactLocation
    private let encryptionKeyID: String?

    init(of job: ActionJob) throws(SourceError) {
        guard let location = job.record.outputs.first else {
            throw SourceError.configuration(
                "The action \(job.record.action) declares no output artifact. Add one to the pipeline.")
        }
        self.location = location
        encryptionKeyID = job.record.encryptionKeyID
    }

    /// What is kept with the artifact: the pipeline's encryption key, as workers see it.
    func attributes(contentType: String?) -> ObjectAttributes {
        ObjectAttributes(
            contentType: contentType, serverSideEncryption: encryptionKeyID == nil ? nil : "aws:kms",
            kmsKeyID: encryptionKeyID)
    }
}
