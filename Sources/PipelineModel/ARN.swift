/// Amazon Resource Names, as policies, tags and replies spell them (semantics-v2 section 0).
///
/// The partition is always `aws`.
package enum ARN {
    /// `arn:aws:codepipeline:REGION:ACCOUNT:NAME`
    package static func pipeline(region: String, accountID: String, name: String) -> String {
        "arn:aws:codepipeline:\(region):\(accountID):\(name)"
    }

    /// `…:PIPELINE/STAGE`, a resource of policies only.
    package static func stage(region: String, accountID: String, pipeline: String, stage: String) -> String {
        ARN.pipeline(region: region, accountID: accountID, name: pipeline) + "/\(stage)"
    }

    /// `…:PIPELINE/STAGE/ACTION`, a resource of policies only.
    package static func action(
        region: String, accountID: String, pipeline: String, stage: String, action: String
    ) -> String {
        ARN.stage(region: region, accountID: accountID, pipeline: pipeline, stage: stage) + "/\(action)"
    }

    /// `…:actiontype:OWNER/CATEGORY/PROVIDER/VERSION`
    package static func actionType(region: String, accountID: String, id: ActionTypeID) -> String {
        "arn:aws:codepipeline:\(region):\(accountID):actiontype:"
            + "\(id.owner)/\(id.category)/\(id.provider)/\(id.version)"
    }

    /// `arn:aws:iam::ACCOUNT:user/NAME`
    package static func user(accountID: String, name: String) -> String {
        "arn:aws:iam::\(accountID):user/\(name)"
    }

    /// `arn:aws:iam::ACCOUNT:root`, the account itself.
    package static func root(accountID: String) -> String {
        "arn:aws:iam::\(accountID):root"
    }
}
