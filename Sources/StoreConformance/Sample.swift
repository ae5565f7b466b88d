package import PipelineEngine
package import PipelineModel
package import PipelineStore

/// Small values of every kind that a store keeps.
package enum Sample {
    package static let start = Timestamp(milliseconds: 1_700_000_000_000)
    package static let jenkins = ActionTypeID(category: "Build", owner: "Custom", provider: "Jenkins")
    package static let partner = ActionTypeID(category: "Test", owner: "ThirdParty", provider: "Partner")

    package static func definition(_ name: String, version: Int = 1, mode: ExecutionMode = .superseded)
        -> PipelineDefinition
    {
        PipelineDefinition(
            name: name, version: version, roleArn: "arn:aws:iam::111111111111:role/pipeline",
            artifactStore: ArtifactStoreDefinition(bucket: "artifacts"), executionMode: mode,
            stages: [
                StageDefinition(
                    name: "Build", actions: [ActionDefinition(name: "Compile", typeID: jenkins)])
            ])
    }

    package static func version(
        of name: String, _ version: Int = 1, mode: ExecutionMode = .superseded,
        secrets: [SecretReference: String] = [:]
    ) -> PipelineVersionRow {
        PipelineVersionRow(
            version: version, declaration: Array(#"{"name":"\#(name)","version":\#(version)}"#.utf8),
            definition: definition(name, version: version, mode: mode), secrets: secrets)
    }

    package static func state(_ name: String) -> PipelineState {
        PipelineState(name: name, created: start)
    }

    package static func execution(
        _ id: String, of pipeline: String, sequence: Int, status: ExecutionStatus = .inProgress,
        updatedAt: Timestamp = start
    ) -> ExecutionRecord {
        ExecutionRecord(
            id: id, pipeline: pipeline, sequence: sequence, version: 1, status: status,
            trigger: ExecutionTrigger(type: "StartPipelineExecution", detail: "arn:aws:iam::111111111111:root"),
            startedAt: start, updatedAt: updatedAt)
    }

    package static func attempt(_ id: String, execution: String, startedAt: Timestamp = start) -> AttemptRecord {
        AttemptRecord(
            pipeline: "website", version: 1, stage: "Build", action: "Compile",
            attempt: CopyOnWrite(ActionAttempt(actionExecutionID: id, executionID: execution, startedAt: startedAt)))
    }

    package static func job(
        _ id: String, type: ActionTypeID = jenkins, status: JobStatus = .queued, execution: String = "execution",
        createdAt: Timestamp = start, availableAt: Timestamp = start
    ) -> CopyOnWrite<JobRecord> {
        let record = JobRecord(
            id: id, status: status, nonce: "0", pipeline: "website", version: 1, executionID: execution,
            actionExecutionID: "attempt", stage: "Build", action: "Compile", typeID: type,
            configuration: ["Project": "web"], inputs: [],
            outputs: [ArtifactLocation(name: "App", bucket: "artifacts", key: "website/App/abcdefg")],
            createdAt: createdAt, availableAt: availableAt)
        return CopyOnWrite(record)
    }

    package static func timer(_ subject: String, _ seconds: Int64, kind: Timer.Kind = .actionTimeout) -> Timer {
        Timer(kind: kind, subject: subject, pipeline: "website", due: start.adding(seconds: seconds))
    }

    package static func approval(_ token: String) -> ApprovalRequest {
        ApprovalRequest(
            pipeline: "website", executionID: "execution", actionExecutionID: "attempt", stage: "Release",
            action: "Review", token: token, expires: start.adding(seconds: 604_800),
            notificationArn: "arn:aws:sns:us-east-1:111111111111:approvals", customData: nil, externalEntityLink: nil)
    }
}
