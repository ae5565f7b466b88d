extension BuiltInActionType {
    /// Deploy actions (semantics-v2 4.3).
    static let deploy: [BuiltInActionType] = [
        BuiltInActionType(
            "Deploy", "S3", inputs: .init(1, 1), outputs: .init(0, 0), timeout: .minutes(90), runsHere: true,
            [
                .required("BucketName", "The bucket to deploy to"),
                .required("Extract", "true puts each file of the artifact, false the artifact as one object"),
                .optional("ObjectKey", "The key of the object; with Extract an optional prefix of every key"),
                .optional("KMSEncryptionKeyARN", "The key that objects are encrypted with"),
                .optional("CannedACL", "The access control list of the objects"),
                .optional("CacheControl", "The Cache-Control header of the objects"),
            ]),
        BuiltInActionType(
            "Deploy", "CloudFormation", inputs: .init(0, 10), outputs: .init(0, 1), timeout: .days(3),
            [
                .required("ActionMode"), .required("StackName"), .optional("ChangeSetName"),
                .optional("TemplatePath"), .optional("TemplateConfiguration"), .optional("Capabilities"),
                .optional("RoleArn"), .optional("ParameterOverrides"), .optional("OutputFileName"),
            ]),
        BuiltInActionType(
            "Deploy", "CloudFormationStackSet", inputs: .init(1, 3), outputs: .init(0, 0), timeout: .days(3),
            [
                .required("StackSetName"), .required("TemplatePath"), .optional("Description"),
                .optional("Parameters"), .optional("Capabilities"), .optional("PermissionModel"),
                .optional("AdministrationRoleArn"), .optional("ExecutionRoleName"),
                .optional("OrganizationsAutoDeployment"), .optional("DeploymentTargets"), .optional("Regions"),
                .optional("FailureTolerancePercentage"), .optional("MaxConcurrentPercentage"),
            ]),
        BuiltInActionType(
            "Deploy", "CloudFormationStackInstances", inputs: .init(0, 3), outputs: .init(0, 0), timeout: .days(3),
            [
                .required("StackSetName"), .required("DeploymentTargets"), .required("Regions"),
                .optional("ParameterOverrides"), .optional("FailureTolerancePercentage"),
                .optional("MaxConcurrentPercentage"),
            ]),
        BuiltInActionType(
            "Deploy", "CodeDeploy", inputs: .init(1, 1), outputs: .init(0, 0), timeout: .days(5),
            settings: .init(
                entityUrlTemplate: "https://console.aws.amazon.com/codedeploy/home?#/applications/"
                    + "{Config:ApplicationName}/deployment-groups/{Config:DeploymentGroupName}",
                executionUrlTemplate:
                    "https://console.aws.amazon.com/codedeploy/home?#/deployments/{ExternalExecutionId}"),
            [
                .required("ApplicationName", "The AWS CodeDeploy Application name"),
                .required("DeploymentGroupName", "The AWS CodeDeploy Deployment Group name"),
            ]),
        BuiltInActionType(
            "Deploy", "CodeDeployToECS", inputs: .init(1, 5), outputs: .init(0, 0), timeout: .days(5),
            [
                .required("ApplicationName"), .required("DeploymentGroupName"),
                .required("TaskDefinitionTemplateArtifact"), .required("AppSpecTemplateArtifact"),
                .optional("TaskDefinitionTemplatePath"), .optional("AppSpecTemplatePath"),
                .optional("Image1ArtifactName"), .optional("Image1ContainerName"), .optional("Image2ArtifactName"),
                .optional("Image2ContainerName"), .optional("Image3ArtifactName"), .optional("Image3ContainerName"),
                .optional("Image4ArtifactName"), .optional("Image4ContainerName"),
            ]),
        BuiltInActionType(
            "Deploy", "ECS", inputs: .init(1, 1), outputs: .init(0, 0),
            [
                .required("ClusterName"), .required("ServiceName"), .optional("FileName"),
                .optional("DeploymentTimeout"),
            ]),
        BuiltInActionType(
            "Deploy", "ElasticBeanstalk", inputs: .init(1, 1), outputs: .init(0, 0),
            settings: .init(
                entityUrlTemplate:
                    "https://console.aws.amazon.com/elasticbeanstalk/r/application/{Config:ApplicationName}",
                executionUrlTemplate:
                    "https://console.aws.amazon.com/elasticbeanstalk/r/application/{Config:ApplicationName}"),
            [
                .required("ApplicationName", "The AWS Elastic Beanstalk Application name"),
                .required("EnvironmentName", "The AWS Elastic Beanstalk Environment name"),
            ]),
        // Guess: the names of the properties.
        BuiltInActionType(
            "Deploy", "OpsWorks", inputs: .init(1, 1), outputs: .init(0, 0),
            [.required("Stack"), .required("App"), .optional("Layer")]),
        // Two forms share ProductId: the product's settings here, or in the file that ConfigurationFilePath names.
        BuiltInActionType(
            "Deploy", "ServiceCatalog", inputs: .init(1, 1), outputs: .init(0, 0),
            [
                .required("ProductId"), .optional("TemplateFilePath"), .optional("ProductVersionName"),
                .optional("ProductType"), .optional("ProductVersionDescription"), .optional("ConfigurationFilePath"),
            ]),
        BuiltInActionType(
            "Deploy", "AppConfig", inputs: .init(1, 1), outputs: .init(0, 0),
            [
                .required("Application"), .required("Environment"), .required("ConfigurationProfile"),
                .required("InputArtifactConfigurationPath"), .optional("DeploymentStrategy"),
            ]),
        BuiltInActionType(
            "Deploy", "EKS", inputs: .init(1, 1), outputs: .init(0, 0), requiresV2: true,
            [
                .required("ClusterName"), .optional("HelmReleaseName"), .optional("HelmChartLocation"),
                .optional("HelmValuesFiles"), .optional("ManifestFiles"), .optional("Namespace"),
                .optional("Subnets"), .optional("SecurityGroupIds"),
            ]),
        // PostScript belongs to the form without a DeploySpec.
        BuiltInActionType(
            "Deploy", "EC2", inputs: .init(1, 1), outputs: .init(0, 0), requiresV2: true,
            [
                .required("InstanceTagKey"), .optional("InstanceTagValue"), .required("InstanceType"),
                .optional("TargetDirectory"), .optional("PreScript"), .optional("PostScript"),
                .optional("DeploySpec"), .optional("MaxBatch"), .optional("MaxError"),
                .optional("TargetGroupNameList"),
            ]),
        BuiltInActionType(
            "Deploy", "AlexaSkillsKit", owner: "ThirdParty", inputs: .init(1, 2), outputs: .init(0, 0),
            [.required("ClientId"), .secret("ClientSecret"), .secret("RefreshToken"), .required("SkillId")]),
    ]
}
