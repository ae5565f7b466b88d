extension BuiltInActionType {
    /// Invoke and approval actions (semantics-v2 4.4).
    static let invokeAndApproval: [BuiltInActionType] = [
        BuiltInActionType(
            "Invoke", "Lambda", inputs: .init(0, 5), outputs: .init(0, 5), timeout: .hours(24),
            [.required("FunctionName"), .optional("UserParameters")]),
        BuiltInActionType(
            "Invoke", "StepFunctions", inputs: .init(0, 1), outputs: .init(0, 1), timeout: .days(7),
            [
                .required("StateMachineArn"), .optional("ExecutionNamePrefix"), .optional("InputType"),
                .optional("Input"),
            ]),
        BuiltInActionType(
            "Invoke", "CodePipeline", inputs: .init(0, 0), outputs: .init(0, 0), requiresV2: true,
            [.required("PipelineName"), .optional("SourceRevisions"), .optional("Variables")]),
        BuiltInActionType(
            "Invoke", "InspectorScan", inputs: .init(0, 1), outputs: .init(1, 1),
            [
                .required("InspectorRunMode"), .optional("ECRRepositoryName"), .optional("ImageTag"),
                .optional("CriticalThreshold"), .optional("HighThreshold"), .optional("MediumThreshold"),
                .optional("LowThreshold"),
            ]),
        BuiltInActionType(
            "Approval", "Manual", inputs: .init(0, 0), outputs: .init(0, 0), timeout: .days(7), runsHere: true,
            [
                .optional("NotificationArn", "The ARN of the topic that is told when the approval waits"),
                .optional("CustomData", "A text for the approver"),
                .optional("ExternalEntityLink", "A URL for the approver to look at"),
            ]),
    ]
}
