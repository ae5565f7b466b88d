extension BuiltInActionType {
    /// Build, test and compute actions (semantics-v2 4.2).
    static let build: [BuiltInActionType] = [
        codeBuild(category: "Build"),
        BuiltInActionType(
            "Build", "ECRBuildAndPublish", inputs: .init(1, 1), outputs: .init(0, 0), timeout: .minutes(55),
            requiresV2: true,
            [
                .required("ECRRepositoryName"), .optional("DockerFilePath"), .optional("ImageTags"),
                .optional("RegistryType"),
            ]),
        codeBuild(category: "Test"),
        BuiltInActionType(
            "Test", "DeviceFarm", inputs: .init(1, 1), outputs: .init(0, 0),
            [
                .required("AppType"), .required("ProjectId"), .required("App"), .required("AppiumVersion"),
                .required("DevicePoolArn"), .required("TestType"), .optional("Test"),
                .optional("RadioBluetoothEnabled"), .optional("RecordAppPerformanceData"), .optional("RecordVideo"),
                .optional("RadioWifiEnabled"), .optional("RadioNfcEnabled"), .optional("RadioGpsEnabled"),
                .optional("FuzzEventCount"), .optional("FuzzEventThrottle"), .optional("FuzzRandomizerSeed"),
                .optional("CustomHostMachineArtifacts"), .optional("CustomDeviceArtifacts"),
                .optional("UnmeteredDevicesOnly"), .optional("JobTimeoutMinutes"), .optional("Latitude"),
                .optional("Longitude"),
            ]),
        BuiltInActionType(
            "Compute", "Commands", inputs: .init(1, 10), outputs: .init(0, 1), timeout: .minutes(55),
            requiresV2: true,
            [
                .optional("EnvironmentType"), .optional("ComputeType"), .optional("VpcId"), .optional("Subnets"),
                .optional("SecurityGroupIds"),
            ]),
    ]

    /// CodeBuild stands in two categories with one description.
    private static func codeBuild(category: String) -> BuiltInActionType {
        BuiltInActionType(
            category, "CodeBuild", inputs: .init(1, 5), outputs: .init(0, 5), timeout: .hours(8), runsHere: true,
            [
                .required("ProjectName", "The name of the build project"),
                .optional("PrimarySource", "The input artifact that holds the buildspec; needed with several inputs"),
                .optional("BatchEnabled", "Whether the builds of the buildspec's batch run; false when absent"),
                .optional("CombineArtifacts", "Whether a batch puts its outputs together; needs BatchEnabled"),
                .optional("EnvironmentVariables", "A JSON list of objects with name, value and type"),
            ])
    }
}
