"""Servers set up as the samples of the API reference and the examples of the AWS CLI suppose them.

Each scene takes a started server of its own, since the names are those of the documents, and returns the ids that stand
there for the documents' ids.
"""

from declarations import action, approval, create_action_type, pipeline, prop, s3_source
from eventually import eventually
from progress import action_state, approval_token, first_execution, stage_state, until_status
from worker import Worker

# Quick to find and to pass on, but the nonce of a job must outlive several runs of the CLI.
ENGINE = {"continuationDelay": 0, "sourcePollInterval": 1, "jobAcknowledgeTimeout": 600}
FIRST, SECOND = "MyFirstPipeline", "MySecondPipeline"
BUCKET, KEY = "awscodepipeline-demo-bucket", "aws-codepipeline-s3-aws-codedeploy_linux.zip"
STORE = "codepipeline-us-east-1-11EXAMPLE11"
JOB_URL = "http://192.0.2.4/job/{Config:ProjectName}"


def source_object(server):
    """The object that the pipelines of the documents take."""
    store = server.client("s3")
    store.create_bucket(Bucket=BUCKET)
    store.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    store.put_object(Bucket=BUCKET, Key=KEY, Body=b"an application")


def declaration(name, source_stage="Source", output="MyApp", then=None):
    """A pipeline of the documents: an object of S3, then a stage, by default `Beta` with CodeDeploy."""
    fleet = action("CodePipelineDemoFleet", "Deploy", "AWS", "CodeDeploy",
                   {"ApplicationName": "CodePipelineDemoApplication", "DeploymentGroupName": "CodePipelineDemoFleet"},
                   [output], order=1)
    stage, actions = then or ("Beta", [fleet])
    return pipeline(
        name, (source_stage, [s3_source(BUCKET, KEY, output=output)]), (stage, actions), store=STORE)


def pipelines(*names):
    """A scene with the pipelines of these names."""
    def scene(server):
        source_object(server)
        client = server.client("codepipeline")
        for name in names:
            client.create_pipeline(pipeline=declaration(name))
        return {}

    return scene


def nothing(server):
    """A scene without anything."""
    return {}


def failed_stage(server, name=FIRST, stage="Beta"):
    """A stage with an action that failed: here no CodeDeploy deploys."""
    source_object(server)
    client = server.client("codepipeline")
    declared = declaration(name)
    declared["stages"][1]["name"] = stage
    client.create_pipeline(pipeline=declared)
    execution = first_execution(client, name, "Source")
    until_status(client, name, execution, "Failed")
    return {"pipelineExecutionId": execution}


def put_revision(server):
    """The sample's source action is in the stage `Beta`."""
    source_object(server)
    server.client("codepipeline").create_pipeline(pipeline=declaration(FIRST, "Beta", then=("Gate", [approval()])))
    return {}


def waiting_approval(server):
    source_object(server)
    client = server.client("codepipeline")
    client.create_pipeline(pipeline=declaration(FIRST, then=("MyApprovalStage", [approval("MyApprovalAction")])))
    return {"token": approval_token(client, FIRST, "MyApprovalStage", "MyApprovalAction")}


def action_types(provider, properties, *categories):
    """A scene with custom action types, `properties` by category."""
    def scene(server):
        for category in categories:
            create_action_type(
                server.client("codepipeline"), category, provider,
                [prop(properties.format(category), required=True, key=True, queryable=True)],
                settings={"entityUrlTemplate": JOB_URL, "executionUrlTemplate": JOB_URL + "/{ExternalExecutionId}"})
        return {}

    return scene


def queued_job(server, provider, project, test="JenkinsTestAction"):
    """A job of the documents' test action that nobody has polled."""
    source_object(server)
    client = server.client("codepipeline")
    create_action_type(
        client, "Test", provider, [prop("ProjectName", required=True, key=True, queryable=True)])
    testing = action(test, "Test", "Custom", provider, {"ProjectName": project}, ["MyAppBuild"])
    client.create_pipeline(pipeline=declaration(SECOND, output="MyAppBuild", then=("Testing", [testing])))
    eventually(
        lambda: action_state(client, SECOND, "Testing", test).get("latestExecution", {}).get("status") == "InProgress",
        f"{test} is in progress")
    return {}


def polled_job(server, provider, project, **names):
    """A job that was polled: its id and its nonce."""
    queued_job(server, provider, project, **names)
    job = Worker(server, "Test", provider, query={"ProjectName": project}).next_job()
    return {"jobId": job["id"], "nonce": job["nonce"]}


def finished_execution(server):
    """An execution with a revision, a deployment that told all there is to tell, and a transition that was changed."""
    client = server.client("codepipeline")
    console = "https://console.example.com"
    create_action_type(client, "Source", "Store", settings={
        "entityUrlTemplate": console + "/s3/home", "executionUrlTemplate": console + "/runs/{ExternalExecutionId}",
        "revisionUrlTemplate": console + "/commits/{RevisionId}"})
    create_action_type(client, "Deploy", "Fleet", settings={
        "entityUrlTemplate": console + "/codedeploy/home",
        "executionUrlTemplate": console + "/deployments/{ExternalExecutionId}"})
    client.create_pipeline(pipeline=pipeline(
        FIRST, ("Source", [action("Source", "Source", "Custom", "Store", outputs=["MyApp"])]),
        ("Beta", [action("CodePipelineDemoFleet", "Deploy", "Custom", "Fleet", {}, ["MyApp"])]), store=STORE))
    client.disable_stage_transition(
        pipelineName=FIRST, stageName="Beta", transitionType="Inbound", reason="An example reason")
    source, fleet = Worker(server, "Source", "Store"), Worker(server, "Deploy", "Fleet")
    job = source.take()
    source.succeed(job, {"MyApp": b"an application"}, currentRevision={
        "revision": "7636d59f3c461c8417dbc6371", "changeIdentifier": "1427298921.3976923", "created": 1427298837,
        "revisionSummary": "Updating the application for feature 12-4820"})
    client.enable_stage_transition(pipelineName=FIRST, stageName="Beta", transitionType="Inbound")
    fleet.succeed(
        fleet.take(), currentRevision={"revision": "deployed", "changeIdentifier": "d", "created": 1466726263},
        executionDetails={"externalExecutionId": "d-1", "summary": "Deployment Succeeded"})
    execution = stage_state(client, FIRST, "Beta")["latestExecution"]["pipelineExecutionId"]
    until_status(client, FIRST, execution, "Succeeded")
    return {"pipelineExecutionId": execution}
