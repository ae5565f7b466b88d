"""The structure of declarations: semantics-core section 3, row by row, through CreatePipeline and UpdatePipeline alike.

What came to declarations after 2016 is in the table TODAY, by the sections of semantics-v2.
"""

import copy

import pytest
from botocore.config import Config

from declarations import ROLE, action, approval, create_action_type, gate_pipeline, pipeline, prop
from penstock_server import ACCOUNT
from signed_http import call

STRUCTURE, STAGE = "InvalidStructureException", "InvalidStageDeclarationException"
ACTION, VALIDATION = "InvalidActionDeclarationException", "ValidationException"
BLOCKER = "InvalidBlockerDeclarationException"
ACCEPTED = (None, None)

NOT_PRECEDING = ("Input Artifact Bundle {} in action {} is not declared as Output Artifact Bundle in any of the "
                 "preceding actions")
ONE_STORE = "Either 'pipeline.artifactStore' or 'pipeline.artifactStores' must be specified, but not both."
REGION_MISSING = ("Your pipeline must have an artifact store, such as an artifact bucket, for each region where you have "
                  "an action. The following region is missing in 'pipeline.artifactStores': {}.")
STAYS_HOME = ("Action '{}' cannot run in another region than its pipeline: source, third-party and custom actions cannot "
              "be cross-region actions")
MASK = ('Action configuration for the new action "{}" contains an invalid configuration for the secret property '
        '"Password". "****" may be used in secret properties only when updating an existing action.')


def src(name="Fetch", outputs=("Source",), order=None, **more):
    return action(name, "Source", "Custom", "RuleSource", outputs=outputs, order=order) | more


def build(name="Compile", inputs=("Source",), outputs=(), order=None, configuration=None, **more):
    chosen = {"Project": "web"} if configuration is None else configuration
    return action(name, "Build", "Custom", "RuleBuild", chosen, inputs, outputs, order) | more


def exact(name="Exact", inputs=("Source", "Other"), outputs=("Made",)):
    return action(name, "Test", "Custom", "RuleExact", inputs=inputs, outputs=outputs)


def deploy(name="Ship", **more):
    return action(name, "Deploy", "AWS", "CodeDeploy", {"ApplicationName": "a", "DeploymentGroupName": "g"},
                  ["Source"]) | more


GITHUB = {"Owner": "o", "Repo": "r", "Branch": "main", "OAuthToken": "t"}
SOURCE = ("Source", [src()])
GATE = ("Gate", [approval()])
TWO_SOURCES = ("Source", [src(), src("Second", ["Other"])])
STORE = {"type": "S3", "location": "artifacts-rules"}


def after_source(*actions):
    return [SOURCE, ("Build", list(actions))]


def unavailable(category, owner, provider, version, name):
    return (f"ActionType (Category: '{category}', Provider: '{provider}', Owner: '{owner}', Version: '{version}') in action "
            f"'{name}' is not available in region 'US_EAST_1'")


def missing(name, key):
    return f"Action configuration for action '{name}' is missing required configuration '{key}'"


# Stages, what else differs (None takes a member away), and the refusal: its type and its text.
RULES = {
    "3.1-two-stages-at-least": ([SOURCE], {}, STRUCTURE,
        "Pipeline has only 1 stage(s). There should be a minimum of 2 stages in a pipeline"),
    "3.1-fifty-stages-at-most": ([SOURCE, *((f"G{n}", [approval()]) for n in range(50))], {}, STRUCTURE,
        "Pipeline has too many stages. There can only be up to 50 stages in a pipeline"),
    "3.1-fifty-stages": ([SOURCE, *((f"G{n}", [approval()]) for n in range(49))], {}, *ACCEPTED),
    "3.1-first-stage-has-only-sources": ([("Source", [src(), approval()]), GATE], {}, STRUCTURE,
        "Pipeline should start with a stage that only contains source actions"),
    "3.1-first-stage-has-a-source": ([("Empty", []), GATE], {}, STRUCTURE,
        "Pipeline should start with a stage that only contains source actions"),
    "3.1-sources-in-the-first-stage-only": ([SOURCE, ("Build", [src("Late", ["Other"]), approval()])], {}, STRUCTURE,
        "Source actions can only be included in the first stage of the pipeline"),
    "3.1-not-only-sources": ([SOURCE, ("More", [src("Late", ["Other"])])], {}, STRUCTURE,
        "Pipeline should contain at least 1 action whose category is not Source"),
    "3.1-stage-names-are-unique": ([SOURCE, GATE, GATE], {}, STAGE, "Stage name 'Gate' is used more than once"),
    "3.1-action-names-are-unique-in-a-stage": ([SOURCE, ("Gate", [approval(), approval()])], {}, ACTION,
        "Action name 'Approve' is used more than once in stage 'Gate'"),
    "3.1-an-action-name-in-two-stages": ([SOURCE, GATE, ("Again", [approval()])], {}, *ACCEPTED),
    "3.1-a-stage-has-an-action": ([SOURCE, ("Nothing", []), GATE], {}, STAGE,
        "Stage 'Nothing' should contain at least 1 action"),
    "3.1-fifty-actions-in-a-stage-at-most": ([SOURCE, ("Gate", [approval(f"A{n}") for n in range(51)])], {}, STAGE,
        "Stage 'Gate' has too many actions. There can only be up to 50 actions in a stage"),
    "3.1-fifty-actions-in-a-stage": ([SOURCE, ("Gate", [approval(f"A{n}") for n in range(50)])], {}, *ACCEPTED),
    "3.1-type-of-aws": (after_source(action("Ship", "Deploy", "AWS", "Nowhere")), {}, ACTION,
        unavailable("Deploy", "AWS", "Nowhere", "1", "Ship")),
    "3.1-type-of-a-partner": (after_source(action("Ship", "Deploy", "ThirdParty", "Nowhere")), {}, ACTION,
        unavailable("Deploy", "ThirdParty", "Nowhere", "1", "Ship")),
    "3.1-type-of-yours": (after_source(action("Ship", "Deploy", "Custom", "Nowhere")), {}, ACTION,
        unavailable("Deploy", "Custom", "Nowhere", "1", "Ship")),
    "3.1-version-of-a-type": (after_source(build() | {"actionTypeId": {
        "category": "Build", "owner": "Custom", "provider": "RuleBuild", "version": "2"}}), {}, ACTION,
        unavailable("Build", "Custom", "RuleBuild", "2", "Compile")),
    "3.1-required-configuration": (
        [("Source", [action("Pull", "Source", "ThirdParty", "GitHub",
                            {key: value for key, value in GITHUB.items() if key != "OAuthToken"}, outputs=["Source"])]),
         GATE], {}, ACTION, missing("Pull", "OAuthToken")),
    "3.1-unknown-configuration": (after_source(build(configuration={"Project": "web", "Colour": "red"})), {}, ACTION,
        "Action configuration for action 'Compile' contains unknown configuration 'Colour'"),
    "3.1-no-number": (after_source(build(configuration={"Project": "web", "Level": "high"})), {}, ACTION,
        "Action configuration for action 'Compile' contains an invalid value for 'Level'. The property has the type "
        "Number"),
    "3.1-no-boolean": (after_source(build(configuration={"Project": "web", "Exact": "yes"})), {}, ACTION,
        "Action configuration for action 'Compile' contains an invalid value for 'Exact'. The property has the type "
        "Boolean: true or false"),
    "3.1-too-few-inputs": ([TWO_SOURCES, ("Test", [exact(inputs=["Source"])])], {}, ACTION,
        "Action Exact declares 1 input artifacts which is less than the minimum count (2)"),
    "3.1-too-many-inputs": ([("Source", [src(outputs=["Source", "Other", "Third"])]), ("Test", [
        exact(inputs=["Source", "Other", "Third"])])], {}, ACTION,
        "Action Exact declares 3 input artifacts which is more than the maximum count (2)"),
    "3.1-too-few-outputs": ([TWO_SOURCES, ("Test", [exact(outputs=[])])], {}, ACTION,
        "Action Exact declares 0 output artifacts which is less than the minimum count (1)"),
    "3.1-too-many-outputs": ([TWO_SOURCES, ("Test", [exact(outputs=["Made", "More"])])], {}, ACTION,
        "Action Exact declares 2 output artifacts which is more than the maximum count (1)"),
    "3.1-input-from-nowhere": (after_source(build(inputs=["Nothing"])), {}, ACTION,
        NOT_PRECEDING.format("Nothing", "Compile")),
    "3.1-input-from-itself": (after_source(build(inputs=["Own"], outputs=["Own"])), {}, ACTION,
        NOT_PRECEDING.format("Own", "Compile")),
    "3.1-input-from-a-later-stage": ([SOURCE, ("Build", [build(inputs=["Late"])]), ("Later", [build(outputs=["Late"])])],
        {}, ACTION, NOT_PRECEDING.format("Late", "Compile")),
    "3.1-input-from-the-same-run-order": (after_source(build("One", outputs=["O"]), build("Two", ["O"])), {}, ACTION,
        NOT_PRECEDING.format("O", "Two")),
    "3.1-input-from-a-higher-run-order": (
        after_source(build("One", outputs=["O"], order=3), build("Two", ["O"], order=2)), {}, ACTION,
        NOT_PRECEDING.format("O", "Two")),
    "3.1-input-from-a-lower-run-order": (
        after_source(build("Two", ["O"], order=2), build("One", outputs=["O"], order=1)), {}, *ACCEPTED),
    "3.1-input-from-an-earlier-stage": ([SOURCE, GATE, ("Build", [build()])], {}, *ACCEPTED),
    "3.1-output-names-are-unique": (after_source(build(outputs=["Source"])), {}, STRUCTURE,
        "Output Artifact Bundle name must be unique within the pipeline. Source has been used more than once."),
    "3.1-mask-of-a-new-action": (after_source(build("New", configuration={"Project": "web", "Password": "****"})), {},
        ACTION, MASK.format("New")),
    "3.1-mask-of-five-asterisks": (after_source(build("New", configuration={"Project": "web", "Password": "*****"})), {},
        ACTION, MASK.format("New")),
    "3.1-role-is-not-assumed": ([SOURCE, ("Ship", [deploy(roleArn="arn:aws:iam::999999999999:role/elsewhere")])],
        {"roleArn": "arn:aws:iam::222222222222:role/of-nobody"}, *ACCEPTED),
    "3.1-blockers-are-reserved": ([SOURCE, GATE], {"second": {"blockers": [{"name": "b", "type": "Schedule"}]}}, BLOCKER,
        "Stage 'Gate' declares blockers, which are reserved for future use"),
    "3.1-no-blockers": ([SOURCE, GATE], {"second": {"blockers": []}}, *ACCEPTED),
    "3.2-run-order-1-at-least": (after_source(build(order=0)), {}, VALIDATION,
        "1 validation error detected: Value at 'pipeline.stages.2.member.actions.1.member.runOrder' failed to satisfy "
        "constraint: Member must have value greater than or equal to 1"),
    "3.2-run-order-999-at-most": (after_source(build(order=1000)), {}, VALIDATION,
        "1 validation error detected: Value at 'pipeline.stages.2.member.actions.1.member.runOrder' failed to satisfy "
        "constraint: Member must have value less than or equal to 999"),
    "3.2-gaps-between-run-orders": (after_source(build("A", order=7), build("B", order=999)), {}, *ACCEPTED),
    "3.2-fifty-in-sequence": (after_source(*(build(f"A{n}", order=n + 1) for n in range(50))), {}, *ACCEPTED),
    "3.4-no-store": ([SOURCE, GATE], {"artifactStore": None}, VALIDATION, ONE_STORE),
    "3.4-both-kinds-of-store": ([SOURCE, GATE], {"artifactStores": {"us-east-1": STORE}}, VALIDATION, ONE_STORE),
    "3.4-no-stores-by-region": ([SOURCE, GATE], {"artifactStore": None, "artifactStores": {}}, VALIDATION, ONE_STORE),
    "3.4-one-store-serves-one-region": ([SOURCE, ("Ship", [deploy(region="eu-west-1")])], {}, VALIDATION,
        "Your pipeline contains actions in more than one region. Use 'pipeline.artifactStores' instead of "
        "'pipeline.artifactStore' to declare an artifact store, such as an artifact bucket, for each region where you "
        "have an action."),
    "3.4-own-region-named": ([SOURCE, ("Ship", [deploy(region="us-east-1")])], {}, *ACCEPTED),
    "3.4-store-of-the-own-region": ([SOURCE, ("Ship", [deploy(region="eu-west-1")])],
        {"artifactStore": None, "artifactStores": {"eu-west-1": STORE}}, VALIDATION,
        REGION_MISSING.format("us-east-1")),
    "3.4-store-of-another-region": ([SOURCE, ("Ship", [deploy(region="eu-west-1")])],
        {"artifactStore": None, "artifactStores": {"us-east-1": STORE}}, VALIDATION,
        REGION_MISSING.format("eu-west-1")),
    "3.4-a-store-for-each-region": ([SOURCE, ("Ship", [deploy(region="eu-west-1")])],
        {"artifactStore": None, "artifactStores": {"us-east-1": STORE, "eu-west-1": STORE}}, *ACCEPTED),
    "3.4-custom-action-elsewhere": (after_source(build(region="eu-west-1")),
        {"artifactStore": None, "artifactStores": {"us-east-1": STORE, "eu-west-1": STORE}}, ACTION,
        STAYS_HOME.format("Compile")),
    "3.4-source-elsewhere": (
        [("Source", [action("Pull", "Source", "AWS", "S3", {"S3Bucket": "b", "S3ObjectKey": "k"}, outputs=["Source"]) | {
            "region": "eu-west-1"}]), GATE],
        {"artifactStore": None, "artifactStores": {"us-east-1": STORE, "eu-west-1": STORE}}, ACTION,
        STAYS_HOME.format("Pull")),
    "3.4-partner-action-elsewhere": (
        after_source(action("Scan", "Test", "ThirdParty", "PartnerTool", {"Token": "t"}, ["Source"]) | {
            "region": "eu-west-1"}),
        {"artifactStore": None, "artifactStores": {"us-east-1": STORE, "eu-west-1": STORE}}, ACTION,
        STAYS_HOME.format("Scan")),
    "3.4-buckets-need-not-exist": (
        [("Source", [action("Pull", "Source", "AWS", "S3", {"S3Bucket": "not-there", "S3ObjectKey": "k"},
                            outputs=["Source"])]), GATE],
        {"artifactStore": {"type": "S3", "location": "not-there-either"}}, *ACCEPTED),
}

CONNECTED = ("Source", [action("Pull", "Source", "AWS", "CodeStarSourceConnection", {
    "ConnectionArn": "arn", "FullRepositoryId": "o/r", "BranchName": "main"}, outputs=["Source"]), src(outputs=["Other"])])
BRANCHES, TAGS, PATHS = ({kind: {"includes": ["x*"]}} for kind in ("branches", "tags", "filePaths"))
BAD_FILTERS = ("The trigger configuration for the source action is not valid. Make sure to choose valid filter "
               "combinations.")
BAD_TRIGGER = ("Triggers for connection must reference a CodeStarSourceConnection action. Note that when you specify a "
               "trigger, you cant specify more than one trigger per source action.")
COMPUTE = {"inputs": ["Source"], "configuration": {}}


def triggers(*configurations):
    """Members with a trigger for each git configuration, on the action Pull unless it says otherwise."""
    return {"triggers": [{"providerType": "CodeStarSourceConnection", "gitConfiguration": {
        "sourceActionName": "Pull"} | one} for one in configurations]}


def commands(name="Run", **more):
    return action(name, "Compute", "AWS", "Commands", **COMPUTE) | more


def rules(*providers):
    return [{"name": f"R{number}", "configuration": {"Variable": "v", "Value": "v", "Operator": "EQ", "ProjectName": "p"},
             "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": provider, "version": "1"}}
            for number, provider in enumerate(providers)]


def conditions(kind, result, /, *providers, **more):
    """Members with a condition of a kind in the second stage."""
    return {"second": {kind: {"conditions": [{"result": result, "rules": rules(*providers)}]} | more}}


def only_v2(feature):
    return STRUCTURE, f"{feature} can only be used with V2 pipelines"


V1 = {"pipelineType": "V1"}
TODAY = {
    "2.2-triggers-are-of-v2": ([CONNECTED, GATE], V1 | triggers({"push": [BRANCHES]}), *only_v2("Triggers")),
    "2.2-triggers-on-tags-are-of-v2": ([CONNECTED, GATE], V1 | triggers({"push": [TAGS]}), *only_v2("Triggers on tag")),
    "2.2-variables-are-of-v2": ([SOURCE, GATE], V1 | {"variables": [{"name": "a"}]}, *only_v2("Variables")),
    "2.2-queued-is-of-v2": ([SOURCE, GATE], V1 | {"executionMode": "QUEUED"}, *only_v2("Execution mode QUEUED")),
    "2.2-conditions-are-of-v2": ([SOURCE, GATE], V1 | {"second": {"onFailure": {"result": "ROLLBACK"}}},
        *only_v2("Stage conditions")),
    "2.2-commands-are-of-v2": (after_source(commands(commands=["true"])), V1, *only_v2("Commands actions")),
    "2.2-v1-takes-what-is-empty": ([SOURCE, GATE], V1 | {
        "variables": [], "triggers": [], "executionMode": "SUPERSEDED"}, *ACCEPTED),
    "2.1-parallel-is-not-run": ([SOURCE, GATE], {"executionMode": "PARALLEL"}, VALIDATION,
        "Pipelines with execution mode PARALLEL can't be run by this version of Penstock; use SUPERSEDED or QUEUED"),
    "2.3-entry-fails-or-skips": ([SOURCE, GATE], conditions("beforeEntry", "ROLLBACK", "VariableCheck"), STAGE,
        "Stage 'Gate' has a condition with the result 'ROLLBACK' in beforeEntry, which only takes: FAIL, SKIP"),
    "2.3-success-fails-or-rolls-back": ([SOURCE, GATE], conditions("onSuccess", "SKIP", "VariableCheck"), STAGE,
        "Stage 'Gate' has a condition with the result 'SKIP' in onSuccess, which only takes: ROLLBACK, FAIL"),
    "2.3-failure-rolls-back": ([SOURCE, GATE], conditions("onFailure", "FAIL", "VariableCheck"), STAGE,
        "Stage 'Gate' has a condition with the result 'FAIL' in onFailure, which only takes: ROLLBACK"),
    "2.3-failed-stages-roll-back-or-retry": ([SOURCE, GATE], {"second": {"onFailure": {"result": "SKIP"}}}, STAGE,
        "Stage 'Gate' has the result 'SKIP' in onFailure, which only takes: ROLLBACK, RETRY"),
    "2.3-no-retry-with-conditions": ([SOURCE, GATE], conditions("onFailure", "ROLLBACK", "VariableCheck", result="RETRY"),
        STAGE, "Stage 'Gate' has conditions in onFailure, which cannot be combined with the result RETRY"),
    "2.3-only-a-retry-is-configured": ([SOURCE, GATE], {"second": {"onFailure": {
        "result": "ROLLBACK", "retryConfiguration": {"retryMode": "ALL_ACTIONS"}}}}, VALIDATION,
        "Stage 'Gate' has a retryConfiguration in onFailure, which can only be used with the result RETRY"),
    "2.3-retry": ([SOURCE, GATE], {"second": {"onFailure": {
        "result": "RETRY", "retryConfiguration": {"retryMode": "ALL_ACTIONS"}}}}, *ACCEPTED),
    "2.3-rules-that-skip": ([SOURCE, GATE], conditions("beforeEntry", "SKIP", "VariableCheck", "CodeBuild"), STAGE,
        "Rule 'R1' in beforeEntry of stage 'Gate' cannot be used with the result SKIP, which only takes the rules: "
        "LambdaInvoke, VariableCheck"),
    "2.4-rule-names-are-unique": ([SOURCE, GATE], {"second": {"beforeEntry": {"conditions": [{
        "result": "FAIL", "rules": rules("VariableCheck") * 2}]}}}, STAGE,
        "Rule name 'R0' is used more than once in beforeEntry of stage 'Gate'"),
    "2.4-types-of-rules": ([SOURCE, GATE], conditions("onSuccess", "FAIL", "VariableCheck", "Nowhere"), STAGE,
        "RuleType (Category: 'Rule', Provider: 'Nowhere', Owner: 'AWS', Version: '1') in rule 'R1' of stage 'Gate' is not "
        "available in region 'US_EAST_1'"),
    "2.4-configuration-of-rules": ([SOURCE, GATE], conditions("onFailure", "ROLLBACK", "DeploymentWindow"), STAGE,
        "Rule configuration for rule 'R0' of stage 'Gate' is missing required configuration 'Cron'"),
    "2.4-commands-of-rules": ([SOURCE, GATE], conditions("beforeEntry", "FAIL", "Commands"), STAGE,
        "Rule 'R0' of stage 'Gate' must have a non-empty commands field"),
    "2.5-namespaces-are-unique": (after_source(build(namespace="N"), build("Second", namespace="N")), {}, ACTION,
        "Namespaces must be unique across the pipeline definition. The following occur more than once in the pipeline. "
        "StageName=[Build], ActionName=[Second], Namespace=[N]"),
    "2.5-reserved-namespaces": (after_source(build(namespace="variables")), {}, ACTION,
        "Namespace 'variables' in action 'Compile' is reserved"),
    "2.5-namespaces-and-artifacts": (after_source(build(namespace="Source")), {}, ACTION,
        "Namespace 'Source' in action 'Compile' is also the name of an artifact"),
    "2.5-time-outs-of-approvals": (after_source(build(timeoutInMinutes=5)), {}, ACTION,
        "Action 'Compile' has timeoutInMinutes, which can only be used with manual approval actions"),
    "2.5-commands-are-there": (after_source(commands()), {}, ACTION, "Action Run must have a non-empty commands field"),
    "2.5-commands-of-commands": (after_source(build(commands=["true"])), {}, ACTION,
        "Action 'Compile' has commands, which can only be used with Commands actions"),
    "2.5-output-variables-of-commands": (after_source(build(outputVariables=["A"])), {}, ACTION,
        "Action 'Compile' has outputVariables, which can only be used with Commands actions"),
    "2.5-output-files-of-commands": (after_source(build(outputArtifacts=[{"name": "O", "files": ["*"]}])), {}, ACTION,
        "Action 'Compile' has outputArtifacts.files, which can only be used with Commands actions"),
    "2.5-environment-of-commands-and-eks": (after_source(build(environmentVariables=[{"name": "A", "value": "b"}])), {},
        ACTION, "Action 'Compile' has environmentVariables, which can only be used with Commands and EKS actions"),
    "2.6-variable-names-are-unique": ([SOURCE, GATE], {"variables": [{"name": "a"}, {"name": "a"}]}, STRUCTURE,
        "Variable name 'a' is used more than once"),
    "2.7-triggers-name-a-connection": ([CONNECTED, GATE], triggers({"sourceActionName": "Fetch", "push": [BRANCHES]}),
        STRUCTURE, BAD_TRIGGER),
    "2.7-one-trigger-a-source": ([CONNECTED, GATE], triggers(*[{"push": [BRANCHES]}] * 2), STRUCTURE, BAD_TRIGGER),
    "2.7-a-trigger-has-a-filter": ([CONNECTED, GATE], triggers({}), STRUCTURE, BAD_FILTERS),
    "2.7-tags-or-branches": ([CONNECTED, GATE], triggers({"push": [TAGS | BRANCHES]}), STRUCTURE, BAD_FILTERS),
    "2.7-paths-need-branches": ([CONNECTED, GATE], triggers({"push": [PATHS]}), STRUCTURE, BAD_FILTERS),
    "2.7-pull-requests-need-branches": ([CONNECTED, GATE], triggers({"pullRequest": [PATHS]}), STRUCTURE, BAD_FILTERS),
    "2.7-filters": ([CONNECTED, GATE], triggers({"push": [TAGS, BRANCHES | PATHS], "pullRequest": [BRANCHES | PATHS]}),
        *ACCEPTED),
    "3.7-references-name-a-preceding-namespace": (
        after_source(build(configuration={"Project": "#{Nobody.Key}"})), {}, ACTION,
        "Action 'Compile' in stage 'Build' references the variable #{Nobody.Key}, but no preceding action declares the "
        "namespace 'Nobody'"),
    "3.7-references-name-a-declared-variable": (
        after_source(build(configuration={"Project": "#{variables.Size}"})), {}, ACTION,
        "Action 'Compile' in stage 'Build' references the variable #{variables.Size}, which the pipeline does not declare"),
    "3.7-references": ([("Source", [src(namespace="From")]), ("Build", [build(configuration={
        "Project": "#{From.Key} #{codepipeline.PipelineExecutionId} #{not one} #{variables.Size}"})])],
        {"variables": [{"name": "Size"}]}, *ACCEPTED),
}

# Category, owner, provider, inputs, outputs, and the required configuration. Everything else is optional.
TYPES = {
    "3.3-Source-S3": ("Source", "AWS", "S3", (0, 0), (1, 1), ["S3Bucket", "S3ObjectKey"]),
    "3.3-Source-CodeCommit": ("Source", "AWS", "CodeCommit", (0, 0), (1, 1), ["RepositoryName", "BranchName"]),
    "3.3-Source-ECR": ("Source", "AWS", "ECR", (0, 0), (1, 1), ["RepositoryName"]),
    "3.3-Source-GitHub": ("Source", "ThirdParty", "GitHub", (0, 0), (1, 1), ["Owner", "Repo", "Branch", "OAuthToken"]),
    "3.3-Build-CodeBuild": ("Build", "AWS", "CodeBuild", (1, 5), (0, 5), ["ProjectName"]),
    "3.3-Test-CodeBuild": ("Test", "AWS", "CodeBuild", (1, 5), (0, 5), ["ProjectName"]),
    "3.3-Test-DeviceFarm": ("Test", "AWS", "DeviceFarm", (1, 1), (0, 0), [
        "AppType", "ProjectId", "App", "AppiumVersion", "DevicePoolArn", "TestType"]),
    "3.3-Approval-Manual": ("Approval", "AWS", "Manual", (0, 0), (0, 0), []),
    "3.3-Deploy-S3": ("Deploy", "AWS", "S3", (1, 1), (0, 0), ["BucketName", "Extract"]),
    "3.3-Deploy-CodeDeploy": ("Deploy", "AWS", "CodeDeploy", (1, 1), (0, 0), [
        "ApplicationName", "DeploymentGroupName"]),
    "3.3-Deploy-ElasticBeanstalk": ("Deploy", "AWS", "ElasticBeanstalk", (1, 1), (0, 0), [
        "ApplicationName", "EnvironmentName"]),
    "3.3-Deploy-OpsWorks": ("Deploy", "AWS", "OpsWorks", (1, 1), (0, 0), ["Stack", "App"]),
    "3.3-Deploy-ECS": ("Deploy", "AWS", "ECS", (1, 1), (0, 0), ["ClusterName", "ServiceName"]),
    "3.3-Deploy-ServiceCatalog": ("Deploy", "AWS", "ServiceCatalog", (1, 1), (0, 0), ["ProductId"]),
    "3.3-Deploy-CloudFormation": ("Deploy", "AWS", "CloudFormation", (0, 10), (0, 1), ["ActionMode", "StackName"]),
    "3.3-Invoke-Lambda": ("Invoke", "AWS", "Lambda", (0, 5), (0, 5), ["FunctionName"]),
    "3.3-Test-Custom": ("Test", "Custom", "RuleExact", (2, 2), (1, 1), []),
}

OPTIONAL = {
    "3.3-PollForSourceChanges-S3": ("Source", "AWS", "S3", {
        "S3Bucket": "b", "S3ObjectKey": "k", "PollForSourceChanges": "false"}),
    "3.3-PollForSourceChanges-CodeCommit": ("Source", "AWS", "CodeCommit", {
        "RepositoryName": "r", "BranchName": "b", "PollForSourceChanges": "true"}),
    "3.3-PollForSourceChanges-GitHub": ("Source", "ThirdParty", "GitHub", GITHUB | {"PollForSourceChanges": "false"}),
    "3.3-approval-texts": ("Approval", "AWS", "Manual", {
        "NotificationArn": "arn:aws:sns:us-east-1:111111111111:t", "CustomData": "look",
        "ExternalEntityLink": "http://example.com"}),
}


@pytest.fixture(scope="module")
def codepipeline(server):
    """A client that sends what botocore itself would refuse."""
    return server.client("codepipeline", config=Config(parameter_validation=False))


@pytest.fixture(scope="module")
def standing(codepipeline):
    """The pipeline that refused updates must leave as it is, with the custom types that the cases use."""
    create_action_type(codepipeline, "Source", "RuleSource")
    create_action_type(codepipeline, "Build", "RuleBuild", properties=[
        prop("Project", required=True, key=True), prop("Password", secret=True), prop("Level", type="Number"),
        prop("Exact", type="Boolean")])
    create_action_type(codepipeline, "Test", "RuleExact", inputs=(2, 2), outputs=(1, 1))
    create_action_type(codepipeline, "Test", "RuleVault", properties=[
        prop("Project", required=True), prop("Password", secret=True), prop("Level")])
    declaration = pipeline("standing", SOURCE, GATE)
    created = codepipeline.create_pipeline(pipeline=declaration)["pipeline"]
    yield created
    assert codepipeline.get_pipeline(name="standing")["pipeline"] == created, "a refused update changed the pipeline"
    codepipeline.delete_pipeline(name="standing")


def declared(name, stages, more):
    """The declaration of a case: `more` replaces members, takes away those that are None, and adds to its second stage."""
    declaration = copy.deepcopy(pipeline(name, *stages, store="artifacts-rules") | more)
    declaration["stages"][-1] |= declaration.pop("second", {})
    return {member: value for member, value in declaration.items() if value is not None}


def check(codepipeline, error_of, unique, stages, more=None, kind=None, message=None):
    """Creates and updates: both are refused with the same error, or both are taken."""
    name = unique("rule")
    fresh, changed = declared(name, stages, more or {}), declared("standing", stages, more or {})
    if kind:
        assert error_of(codepipeline.create_pipeline, pipeline=fresh) == (kind, message)
        assert error_of(codepipeline.update_pipeline, pipeline=changed) == (kind, message)
        assert error_of(codepipeline.get_pipeline, name=name)[0] == "PipelineNotFoundException"
        return
    assert codepipeline.create_pipeline(pipeline=fresh)["pipeline"]["version"] == 1
    assert codepipeline.update_pipeline(pipeline=fresh)["pipeline"]["version"] == 2
    codepipeline.delete_pipeline(name=name)


@pytest.mark.parametrize("case", RULES)
def test_a_rule_holds_for_create_and_update(codepipeline, standing, error_of, unique, case):
    check(codepipeline, error_of, unique, *RULES[case])


@pytest.mark.parametrize("case", TODAY)
def test_a_rule_of_today_holds_for_create_and_update(codepipeline, standing, error_of, unique, case):
    check(codepipeline, error_of, unique, *TODAY[case])


def typed_stages(category, owner, provider, inputs, outputs, configuration):
    """A pipeline with one action of a type, its inputs made before it. The action is called Typed."""
    names = [f"I{number}" for number in range(inputs)]
    if provider == "CodeBuild" and inputs > 1:
        configuration = configuration | {"PrimarySource": "I0"}
    typed = action("Typed", category, owner, provider, configuration, names, [f"O{n}" for n in range(outputs)])
    if category == "Source":
        # A source with inputs has nothing before it: its count is refused first.
        return [("Source", [typed]), GATE]
    made = names + ["Source"]
    sources = [src(f"Fetch{at}", made[at:at + 5]) for at in range(0, len(made), 5)]
    return [("Source", sources), ("Typed", [typed])]


@pytest.mark.parametrize("case", TYPES)
def test_a_type_takes_its_artifacts_and_needs_its_keys(codepipeline, standing, error_of, unique, case):
    category, owner, provider, inputs, outputs, keys = TYPES[case]
    configuration = {key: "true" for key in keys}

    def checked(taken, made, chosen, *refusal):
        check(codepipeline, error_of, unique, typed_stages(category, owner, provider, taken, made, chosen), {}, *refusal)

    for taken, made in {(inputs[0], outputs[0]), (inputs[1], outputs[1])}:
        checked(taken, made, configuration)
    declares = "Action Typed declares {} {} artifacts which is {}"
    few, many = "less than the minimum count ({})", "more than the maximum count ({})"
    for kind, bounds, place in (("input", inputs, 0), ("output", outputs, 1)):
        for count, text in ((bounds[0] - 1, few.format(bounds[0])), (bounds[1] + 1, many.format(bounds[1]))):
            if count >= 0:
                counts = [inputs[1], outputs[1]]
                counts[place] = count
                checked(*counts, configuration, ACTION, declares.format(count, kind, text))
    for key in keys:
        rest = {other: value for other, value in configuration.items() if other != key}
        checked(inputs[0], outputs[0], rest, ACTION, missing("Typed", key))


@pytest.mark.parametrize("case", OPTIONAL)
def test_optional_configuration_is_taken_and_kept(codepipeline, standing, unique, case):
    category, owner, provider, configuration = OPTIONAL[case]
    name = unique("rule")
    outputs = 1 if category == "Source" else 0
    stages = typed_stages(category, owner, provider, 0, outputs, configuration)
    created = codepipeline.create_pipeline(pipeline=pipeline(name, *stages))["pipeline"]
    typed = next(one for stage in created["stages"] for one in stage["actions"] if one["name"] == "Typed")
    masked = {"OAuthToken": "****"} if "OAuthToken" in configuration else {}
    assert typed["configuration"] == configuration | masked
    codepipeline.delete_pipeline(name=name)


@pytest.fixture
def kept(codepipeline, standing, unique):
    """A pipeline with a secret in its build."""
    name = unique("kept")
    declaration = pipeline(name, SOURCE, ("Build", [build(configuration={
        "Project": "web", "Password": "hunter2", "Level": "3"})]))
    codepipeline.create_pipeline(pipeline=declaration)
    yield declaration
    codepipeline.delete_pipeline(name=name)


class TestNames:
    def test_a_name_in_use_is_refused_for_create(self, codepipeline, kept, error_of):
        assert error_of(codepipeline.create_pipeline, pipeline=kept) == (
            "PipelineNameInUseException", f"A pipeline with the name '{kept['name']}' already exists in account '{ACCOUNT}'")

    def test_an_update_finds_its_pipeline_by_the_name(self, codepipeline, kept, error_of):
        assert error_of(codepipeline.update_pipeline, pipeline=kept | {"name": "another-name"}) == (
            "PipelineNotFoundException",
            f"The account with id '{ACCOUNT}' does not include a pipeline with the name 'another-name'")

    def test_structure_is_checked_before_a_create_s_name_and_after_an_update_s(self, codepipeline, kept, error_of):
        broken = kept | {"stages": kept["stages"][:1]}
        assert error_of(codepipeline.create_pipeline, pipeline=broken)[0] == STRUCTURE
        assert error_of(codepipeline.update_pipeline, pipeline=broken | {"name": "another-name"})[0] == (
            "PipelineNotFoundException")

    def test_the_two_texts_of_a_name_that_is_not_there(self, codepipeline, error_of):
        assert error_of(codepipeline.get_pipeline, name="no-such") == (
            "PipelineNotFoundException", f"Account '{ACCOUNT}' does not have a pipeline with name 'no-such'")
        for operation in (codepipeline.start_pipeline_execution, codepipeline.get_pipeline_state):
            assert error_of(operation, name="no-such") == (
                "PipelineNotFoundException", f"Pipeline with name no-such does not exist in account {ACCOUNT}")


class TestStoredDeclaration:
    def test_the_caller_s_version_is_ignored(self, codepipeline, kept):
        for sent, stored in ((1, 2), (77, 3)):
            assert codepipeline.update_pipeline(pipeline=kept | {"version": sent})["pipeline"]["version"] == stored

    def test_an_update_replaces_the_whole(self, codepipeline, kept):
        full = copy.deepcopy(kept)
        full["stages"][1]["actions"][0] |= {"namespace": "Built", "runOrder": 4}
        full |= {"pipelineType": "V2", "variables": [{"name": "Size"}]}
        codepipeline.update_pipeline(pipeline=full)
        bare = copy.deepcopy(kept)
        bare["stages"][1]["actions"][0]["configuration"] = {"Project": "web"}
        stored = codepipeline.update_pipeline(pipeline=bare)["pipeline"]
        assert "variables" not in stored and stored["pipelineType"] == "V1"
        built = stored["stages"][1]["actions"][0]
        assert "namespace" not in built and built["runOrder"] == 1 and built["configuration"] == {"Project": "web"}

    def test_unknown_and_old_members_are_ignored(self, server, codepipeline, standing, unique):
        name = unique("old")
        declaration = copy.deepcopy(pipeline(name, SOURCE, GATE)) | {"__type": "PipelineDeclaration", "Nonsense": {"deep": [1]}}
        declaration["stages"][0] |= {"__type": "StageDeclaration"}
        declaration["stages"][0]["actions"][0]["actionTypeId"] |= {"__type": "ActionTypeId"}
        document = {"pipeline": declaration, "metadata": {"pipelineArn": "arn", "created": 1}, "__type": "X"}
        for operation, version in (("CreatePipeline", 1), ("UpdatePipeline", 2)):
            reply = call(server, operation, document)
            assert reply.status == 200, reply.body
            assert b"__type" not in reply.body and b"Nonsense" not in reply.body and b"metadata" not in reply.body
            assert reply.json()["pipeline"]["version"] == version
        codepipeline.delete_pipeline(name=name)

    def test_an_unknown_version_is_told_from_an_unknown_pipeline(self, codepipeline, kept, error_of):
        name = kept["name"]
        for _ in range(12):
            codepipeline.update_pipeline(pipeline=kept)
        assert codepipeline.get_pipeline(name=name)["pipeline"]["version"] == 13
        assert codepipeline.get_pipeline(name=name, version=1)["pipeline"]["version"] == 1
        assert error_of(codepipeline.get_pipeline, name=name, version=14) == (
            "PipelineVersionNotFoundException", f"Pipeline '{name}' does not have a version 14")


class TestSecrets:
    def masked(self, kept, change):
        """The stored declaration as GetPipeline shows it, changed."""
        declaration = copy.deepcopy(kept)
        declaration["stages"][1]["actions"][0]["configuration"]["Password"] = "****"
        change(declaration["stages"][1])
        return declaration

    @pytest.mark.parametrize("change", [
        lambda stage: stage.update(name="Renamed"),
        lambda stage: stage["actions"][0].update(name="Renamed"),
        lambda stage: stage["actions"][0]["actionTypeId"].update(category="Test", provider="RuleVault"),
    ], ids=["3.6-renamed-stage", "3.6-renamed-action", "3.6-other-type"])
    def test_what_becomes_another_action_loses_its_secret(self, codepipeline, kept, error_of, change):
        declaration = self.masked(kept, change)
        name = declaration["stages"][1]["actions"][0]["name"]
        assert error_of(codepipeline.update_pipeline, pipeline=declaration) == (ACTION, MASK.format(name))

    def test_other_values_of_the_action_may_change_beside_a_mask(self, codepipeline, kept):
        declaration = self.masked(kept, lambda stage: stage["actions"][0]["configuration"].update(Level="4"))
        stored = codepipeline.update_pipeline(pipeline=declaration)["pipeline"]["stages"][1]["actions"][0]
        assert stored["configuration"] == {"Project": "web", "Password": "****", "Level": "4"}


class TestDeletion:
    def test_what_a_pipeline_used_stays_and_its_name_begins_anew(self, server, codepipeline, s3, standing, unique, error_of):
        from worker import Worker
        name, provider = unique("gone"), unique("p")
        create_action_type(codepipeline, "Source", provider)
        declaration = gate_pipeline(name, provider)
        codepipeline.create_pipeline(pipeline=declaration)
        job = Worker(server, "Source", provider).source("r1")
        execution = job["data"]["pipelineContext"]["pipelineExecutionId"]
        place = job["data"]["outputArtifacts"][0]["location"]["s3Location"]
        assert codepipeline.delete_pipeline(name=name)["ResponseMetadata"]["HTTPHeaders"]["content-length"] == "0"
        assert codepipeline.delete_pipeline(name=name)["ResponseMetadata"]["HTTPStatusCode"] == 200
        s3.head_object(Bucket=place["bucketName"], Key=place["objectKey"])
        types = codepipeline.list_action_types(actionOwnerFilter="Custom")["actionTypes"]
        assert any(one["id"]["provider"] == provider for one in types)
        assert codepipeline.create_pipeline(pipeline=declaration)["pipeline"]["version"] == 1
        assert error_of(codepipeline.get_pipeline_execution, pipelineName=name, pipelineExecutionId=execution) == (
            "PipelineExecutionNotFoundException", f"Pipeline execution '{execution}' was not found in pipeline '{name}'")
        fetch = codepipeline.get_pipeline_state(name=name)["stageStates"][0]["actionStates"][0]
        assert "currentRevision" not in fetch
        codepipeline.delete_pipeline(name=name)

    def test_jobs_of_a_deleted_pipeline_are_not_found(self, server, codepipeline, unique, error_of):
        from worker import Worker
        name, provider = unique("gone"), unique("p")
        create_action_type(codepipeline, "Source", provider)
        codepipeline.create_pipeline(pipeline=gate_pipeline(name, provider))
        job = Worker(server, "Source", provider).take()
        codepipeline.delete_pipeline(name=name)
        failure = {"type": "JobFailed", "message": "late"}
        for operation, more in (
                (codepipeline.get_job_details, {}), (codepipeline.acknowledge_job, {"nonce": job["nonce"]}),
                (codepipeline.put_job_success_result, {}),
                (codepipeline.put_job_failure_result, {"failureDetails": failure})):
            assert error_of(operation, jobId=job["id"], **more) == (
                "JobNotFoundException", f"Job '{job['id']}' was not found")


def test_a_role_that_the_caller_may_not_pass_is_refused(new_server, error_of):
    """Only a caller whose policies name iam:PassRole is asked for it."""
    user = {"name": "bob", "accessKeyId": "PENSTOCKBOB", "secretAccessKey": "bob-secret-for-the-tests", "policies": [
        {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["codepipeline:*"], "Resource": "*"},
            {"Effect": "Allow", "Action": "iam:PassRole", "Resource": ROLE}]}]}
    server = new_server({"users": [user]}).start()
    bob = server.client("codepipeline", "PENSTOCKBOB", "bob-secret-for-the-tests")
    create_action_type(bob, "Source", "RuleSource")
    allowed = copy.deepcopy(pipeline("passed", SOURCE, ("Ship", [deploy()])))
    bob.create_pipeline(pipeline=allowed)
    other = "arn:aws:iam::111111111111:role/other"
    refusal = ("AccessDeniedException", f"User: arn:aws:iam::{ACCOUNT}:user/bob is not authorized to perform: iam:PassRole "
               f"on resource: {other} because no identity-based policy allows the iam:PassRole action")
    assert error_of(bob.create_pipeline, pipeline=allowed | {"name": "second", "roleArn": other}) == refusal
    assert error_of(bob.update_pipeline, pipeline=allowed | {"roleArn": other}) == refusal
    allowed["stages"][1]["actions"][0]["roleArn"] = other
    assert error_of(bob.update_pipeline, pipeline=allowed) == refusal
    assert error_of(bob.create_pipeline, pipeline=allowed | {"name": "second"}) == refusal
