import FoundationEssentials
package import PipelineEngine
import PipelineModel

/// What a topic's subscribers get when an approval opens (semantics-core section 5).
package struct ApprovalNotification: Sendable, Equatable {
    package var request: ApprovalRequest
    package var region: String
    /// The pipeline's page in the console.
    package var consoleLink: String
    /// The page where the approval can be answered.
    package var approvalReviewLink: String

    package init(request: ApprovalRequest, region: String, consoleLink: String, approvalReviewLink: String) {
        self.request = request
        self.region = region
        self.consoleLink = consoleLink
        self.approvalReviewLink = approvalReviewLink
    }

    /// The JSON document: members in alphabetical order, so that equal notifications are equal bytes and a signature
    /// made again is the same. A link or comment that the action doesn't have is `null`.
    package func body() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try Array(
            encoder.encode(
                Document(
                    region: region, consoleLink: consoleLink,
                    approval: Document.Approval(request, reviewLink: approvalReviewLink))))
    }
}

/// The shape of the document. Written out because absent members are sent as null.
private struct Document: Encodable {
    var region: String
    var consoleLink: String
    var approval: Approval

    struct Approval: Encodable {
        private enum CodingKeys: String, CodingKey {
            case pipelineName, stageName, actionName, token, expires, externalEntityLink, approvalReviewLink, customData
        }

        private let request: ApprovalRequest
        private let reviewLink: String

        init(_ request: ApprovalRequest, reviewLink: String) {
            self.request = request
            self.reviewLink = reviewLink
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(request.pipeline, forKey: .pipelineName)
            try container.encode(request.stage, forKey: .stageName)
            try container.encode(request.action, forKey: .actionName)
            try container.encode(request.token, forKey: .token)
            try container.encode(request.expires.iso8601(.minutes), forKey: .expires)
            try container.encode(request.externalEntityLink, forKey: .externalEntityLink)
            try container.encode(reviewLink, forKey: .approvalReviewLink)
            try container.encode(request.customData, forKey: .customData)
        }
    }
}
