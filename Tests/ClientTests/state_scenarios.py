"""Pipelines brought into every situation that their state can tell of, one after the other on one server."""

import uuid

from botocore.exceptions import ClientError

from declarations import action, approval, create_action_type, pipeline, prop, s3_source
from eventually import eventually
from worker import Worker

ENCRYPTION_KEY = "arn:aws:kms:us-east-1:111111111111:key/1"
CLIENT = {"clientId": "0a0a0a0a-1111-4222-8333-444444444444", "clientToken": "first-token", "pipelines": ["*"]}


def partner(category, inputs, outputs):
    return {
        "category": category, "provider": "Partner", "version": "1",
        "inputArtifactDetails": {"minimumCount": inputs, "maximumCount": 5},
        "outputArtifactDetails": {"minimumCount": outputs, "maximumCount": 5},
        "settings": {"thirdPartyConfigurationUrl": "https://partner.example.com/setup"},
        "configurationProperties": [{"name": "Token", "required": True, "key": False, "secret": True}],
        "clients": [CLIENT],
    }


CONFIGURATION = {
    "engine": {"continuationDelay": 0, "sourcePollInterval": 3600},
    "thirdPartyActionTypes": [partner("Source", 0, 1), partner("Test", 0, 0)],
}

SETTINGS = {
    "entityUrlTemplate": "https://ci.example.com/{Config:Job}",
    "executionUrlTemplate": "https://ci.example.com/{Config:Job}/{ExternalExecutionId}",
    "revisionUrlTemplate": "https://ci.example.com/rev/{RevisionId}",
    "thirdPartyConfigurationUrl": "https://ci.example.com/setup",
}
PROPERTIES = [
    prop("Job", required=True, key=True, queryable=True, description="the job's name", type="String"),
    prop("Password", secret=True),
]
REVISION = {"revision": "r1", "changeIdentifier": "c1", "created": 1446137312.204, "revisionSummary": "first words"}


class Situations:
    """Drives pipelines over the wire and keeps named replies in `found`."""

    def __init__(self, server, replies):
        self.server, self.replies, self.found = server, replies, {}
        self.client = server.client("codepipeline")
        self.s3 = server.client("s3")
        for category in ("Source", "Build"):
            create_action_type(self.client, category, "Ci", PROPERTIES, settings=SETTINGS)
        self.source = Worker(server, "Source", "Ci", self.client, {"Job": "web"})
        self.build = Worker(server, "Build", "Ci", self.client, {"Job": "web"})

    def run(self):
        for situation in (
                self.fresh, self.running, self.continued, self.custom_source, self.failed, self.retried,
                self.approval_pending, self.approved, self.rejected, self.held, self.superseded, self.queued,
                self.updated, self.pushed_revision, self.stored_source, self.third_party, self.catalogue):
            situation()
        return self.found

    # What they are made of

    def state(self, name):
        return self.replies.call("GetPipelineState", name=name)

    def execution(self, name, execution):
        return self.replies.call(
            "GetPipelineExecution", pipelineName=name, pipelineExecutionId=execution)["pipelineExecution"]

    def start(self, name):
        return self.replies.call("StartPipelineExecution", name=name)["pipelineExecutionId"]

    def create(self, prefix, *later, mode=None):
        """A pipeline of a custom source and a custom build, each with links and an encryption key."""
        name = f"{prefix}-{uuid.uuid4().hex[:8]}"
        settings = {"Job": "web", "Password": "in-the-clear"}
        declared = pipeline(
            name, ("Source", [action("Fetch", "Source", "Custom", "Ci", settings, outputs=["Code"])]),
            ("Build", [action("Compile", "Build", "Custom", "Ci", settings, ["Code"], ["App"])]), *later)
        declared["artifactStore"]["encryptionKey"] = {"id": ENCRYPTION_KEY, "type": "KMS"}
        if mode:
            declared |= {"executionMode": mode, "pipelineType": "V2"}
        self.client.create_pipeline(pipeline=declared)
        return name

    def take(self, worker):
        """A job of the wire, acknowledged."""
        kind = {"actionTypeId": worker.type, "queryParam": worker.query, "maxBatchSize": 1}
        job = eventually(lambda: self.replies.call("PollForJobs", **kind)["jobs"], "a job")[0]
        self.replies.call("AcknowledgeJob", jobId=job["id"], nonce=job["nonce"])
        return job

    def succeed(self, job, **result):
        self.replies.call("PutJobSuccessResult", jobId=job["id"], **result)

    def through_source(self, **result):
        """Lets the source that waits succeed, and returns its execution."""
        job = self.take(self.source)
        self.source.upload(job, {artifact["name"]: b"source" for artifact in job["data"]["outputArtifacts"]})
        self.succeed(job, **({"currentRevision": REVISION} | result))
        return job["data"]["pipelineContext"]["pipelineExecutionId"]

    def through_build(self, **result):
        self.succeed(self.take(self.build), **result)

    def fail_build(self):
        job = self.take(self.build)
        self.replies.call("PutJobFailureResult", jobId=job["id"], failureDetails={
            "type": "JobFailed", "message": "3 tests failed: see line 7", "externalExecutionId": "88"})

    def drop(self, name):
        self.replies.call("DeletePipeline", name=name)

    # The situations

    def fresh(self):
        name = self.create("fresh")
        self.found["fresh"] = self.state(name)
        self.found["fresh pipeline"] = self.replies.call("GetPipeline", name=name)
        self.drop(name)

    def running(self):
        name = self.create("running")
        self.through_source()
        self.fail_build()
        execution = self.start(name)
        self.found["running"] = self.state(name), execution
        self.found["running execution"] = self.execution(name, execution)
        self.drop(name)

    def continued(self):
        name = self.create("continued")
        first = self.take(self.source)
        details = {"summary": "half way", "percentComplete": 50, "externalExecutionId": "7 7"}
        self.succeed(first, continuationToken="step 2", executionDetails=details)
        self.found["continued"] = self.state(name)
        second = self.take(self.source)
        again = self.replies.call("GetJobDetails", jobId=second["id"])["jobDetails"]
        self.found["continued jobs"] = first, second, again
        self.drop(name)

    def custom_source(self):
        name = self.create("source")
        execution = self.through_source()
        self.found["source state"] = self.state(name)
        self.found["source execution"] = self.execution(name, execution)
        job = self.take(self.build)
        self.found["build job"] = job, self.replies.call("GetJobDetails", jobId=job["id"])["jobDetails"]
        self.succeed(job, currentRevision={"revision": "built-1", "changeIdentifier": "b1"})
        self.found["built"] = self.state(name)
        self.found["succeeded execution"] = self.execution(name, execution)
        self.drop(name)

    def failed(self):
        self.retried_pipeline = self.create("failed")
        self.failed_execution = self.through_source()
        self.fail_build()
        self.found["failed"] = self.state(self.retried_pipeline)
        self.found["failed execution"] = self.execution(self.retried_pipeline, self.failed_execution)

    def retried(self):
        name = self.retried_pipeline
        retry = {"pipelineName": name, "stageName": "Build", "pipelineExecutionId": self.failed_execution,
                 "retryMode": "FAILED_ACTIONS"}
        self.replies.call("RetryStageExecution", **retry)
        self.found["retried"] = self.state(name)
        self.fail_build()
        self.replies.call("RetryStageExecution", **retry)
        self.through_build()
        self.found["retried twice"] = self.state(name)
        self.start(name)
        self.through_source()
        self.found["entered again"] = self.state(name)
        self.drop(name)

    def gate(self, prefix):
        name = self.create(prefix, ("Gate", [approval("Review", {"CustomData": "look first"})]))
        execution = self.through_source()
        self.through_build()
        return name, execution

    def answer(self, name, verdict, summary):
        token = self.state(name)["stageStates"][2]["actionStates"][0]["latestExecution"]["token"]
        self.replies.call(
            "PutApprovalResult", pipelineName=name, stageName="Gate", actionName="Review", token=token,
            result={"status": verdict, "summary": summary})
        return self.state(name)

    def approval_pending(self):
        self.gated, _ = self.gate("pending")
        self.found["pending"] = self.state(self.gated)

    def approved(self):
        self.found["approved"] = self.answer(self.gated, "Approved", "")
        self.drop(self.gated)

    def rejected(self):
        name, execution = self.gate("rejected")
        self.found["rejected"] = self.answer(name, "Rejected", "not like this")
        self.found["rejected execution"] = self.execution(name, execution)
        self.drop(name)

    def held(self):
        name = self.create("held")
        where = {"pipelineName": name, "stageName": "Build", "transitionType": "Inbound"}
        self.replies.call("DisableStageTransition", **where, reason="Freeze")
        execution = self.through_source()
        self.found["held"] = self.state(name), execution
        self.replies.call("EnableStageTransition", **where)
        self.found["let in"] = self.state(name), execution
        self.drop(name)

    def superseded(self):
        name = self.create("superseded")
        second, third = self.start(name), self.start(name)
        self.found["superseded"] = self.state(name), self.execution(name, second), third
        self.drop(name)

    def queued(self):
        name = self.create("queued", mode="QUEUED")
        waiting = [self.start(name), self.start(name)]
        self.found["queued"] = self.state(name), waiting
        self.found["queued execution"] = self.execution(name, waiting[0])
        changed = self.client.get_pipeline(name=name)["pipeline"] | {"executionMode": "SUPERSEDED"}
        self.client.update_pipeline(pipeline=changed)
        self.found["queued execution after an update"] = self.execution(name, waiting[0])
        self.drop(name)

    def updated(self):
        name = self.create("updated")
        execution = self.found["update waits"] = self.start(name)
        self.client.update_pipeline(pipeline=self.client.get_pipeline(name=name)["pipeline"])
        self.found["updated"] = self.state(name)
        self.found["updated execution"] = self.execution(name, execution)
        self.found["list"] = self.replies.call("ListPipelines", maxResults=1)
        self.drop(name)

    def pushed_revision(self):
        name = self.create("pushed")
        self.through_source()
        self.fail_build()
        reply = self.replies.call(
            "PutActionRevision", pipelineName=name, stageName="Source", actionName="Fetch",
            actionRevision={"revisionId": "r2", "revisionChangeId": "c2", "created": 1446137313})
        self.found["pushed state"] = self.state(name)
        job = self.take(self.source)
        self.replies.call("GetJobDetails", jobId=job["id"])
        self.found["pushed"] = reply, job, self.execution(name, reply["pipelineExecutionId"])
        self.drop(name)

    def stored_source(self):
        bucket, name = f"bucket-{uuid.uuid4().hex[:8]}", f"stored-{uuid.uuid4().hex[:8]}"
        self.s3.create_bucket(Bucket=bucket)
        self.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        version = self.s3.put_object(Bucket=bucket, Key="app.zip", Body=b"zip")["VersionId"]
        self.client.create_pipeline(pipeline=pipeline(
            name, ("Source", [s3_source(bucket, "app.zip")]), ("Gate", [approval("Review")])))
        shown = lambda: self.state(name)["stageStates"][0]
        stage = eventually(lambda: (s := shown())["latestExecution"]["status"] == "Succeeded" and s, "the object")
        execution = stage["latestExecution"]["pipelineExecutionId"]
        self.found["stored"] = stage, self.execution(name, execution), version
        self.drop(name)

    def third_party(self):
        name = f"partner-{uuid.uuid4().hex[:8]}"
        declared = pipeline(
            name, ("Source", [action("Fetch", "Source", "ThirdParty", "Partner", {"Token": "t"}, outputs=["Code"])]),
            ("Check", [action("Scan", "Test", "ThirdParty", "Partner", {"Token": "t"}, ["Code"])]))
        declared["artifactStore"]["encryptionKey"] = {"id": ENCRYPTION_KEY, "type": "KMS"}
        self.client.create_pipeline(pipeline=declared)
        first = self.take_third_party("Source")
        self.replies.call("PutThirdPartyJobSuccessResult", jobId=first["id"], clientToken="first-token",
                          continuationToken="step 2")
        second = self.take_third_party("Source")
        self.replies.call("PutThirdPartyJobSuccessResult", jobId=second["id"], clientToken="first-token",
                          currentRevision=REVISION)
        scan = self.take_third_party("Test")
        self.found["third-party jobs"] = first, second, scan
        self.replies.call("PutThirdPartyJobFailureResult", jobId=scan["id"], clientToken="first-token",
                          failureDetails={"type": "PermissionError", "message": "no licence"})
        self.replies.call(
            "PutActionRevision", pipelineName=name, stageName="Source", actionName="Fetch",
            actionRevision={"revisionId": "r2", "revisionChangeId": "c2", "created": 1446137313})
        self.take_third_party("Source")
        self.drop(name)

    def take_third_party(self, category):
        kind = {"category": category, "owner": "ThirdParty", "provider": "Partner", "version": "1"}
        poll = lambda: self.replies.call("PollForThirdPartyJobs", actionTypeId=kind)["jobs"]
        offer = {"jobId": eventually(poll, "a partner's job")[0]["jobId"], "clientToken": "first-token"}
        job = self.replies.call("GetThirdPartyJobDetails", **offer)["jobDetails"]
        self.replies.call("AcknowledgeThirdPartyJob", nonce=job["nonce"], **offer)
        return job

    def catalogue(self):
        self.found["catalogue"] = self.replies.call("ListActionTypes")
        kept = [self.create("one"), self.create("two")]
        self.found["pages"] = [self.replies.call("ListPipelines", maxResults=1)]
        self.found["pages"].append(
            self.replies.call("ListPipelines", maxResults=1, nextToken=self.found["pages"][0]["nextToken"]))
        for name in kept:
            self.drop(name)
        for category in ("Source", "Build"):
            self.replies.call("DeleteCustomActionType", category=category, provider="Ci", version="1")
        try:
            self.client.poll_for_jobs(actionTypeId=self.build.type)
        except ClientError as refusal:
            self.found["deleted type"] = refusal.response["Error"]["Code"]
