"""What the cases of the decision sheet are about: pipelines, jobs and approvals in the states that errors tell of."""

import functools
import uuid

from declarations import action, approval, create_action_type, gate_pipeline, pipeline
from eventually import eventually
from progress import answer, approval_token, until_status
from worker import Worker

UNKNOWN = "01234567-89ab-cdef-0123-456789abcdef"
PARTNER_TYPE = {"category": "Test", "owner": "ThirdParty", "provider": "PartnerTool", "version": "1"}


class Things:
    """Each is made when a case first asks for it, and kept for the others: no case changes what it finds."""

    def __init__(self, server):
        self.server, self.client = server, server.client("codepipeline")
        self.names = []
        self.provider = self._provider()

    def close(self):
        for name in self.names:
            self.client.delete_pipeline(name=name)

    def _provider(self):
        provider = f"nine-{uuid.uuid4().hex[:8]}"
        for category in ("Source", "Build"):
            create_action_type(self.client, category, provider)
        return provider

    def _create(self, stage, *actions, mode=None):
        """A pipeline of a custom source and another stage, named as the provider: only its own workers have its jobs."""
        name = self._provider()
        fetch = action("Fetch", "Source", "Custom", name, outputs=["Source"])
        build = action("Compile", "Build", "Custom", name, {}, ["Source"])
        declared = pipeline(name, ("Source", [fetch]), (stage, actions or [build]))
        if mode:
            declared |= {"executionMode": mode, "pipelineType": "V2"}
        self.client.create_pipeline(pipeline=declared)
        self.names.append(name)
        return name

    def _fetch(self, name):
        """Lets the source succeed, and returns the execution."""
        job = Worker(self.server, "Source", name, self.client).source("1")
        return job["data"]["pipelineContext"]["pipelineExecutionId"]

    def _gate(self):
        name = self._create("Gate", approval("Approve"))
        self._fetch(name)
        return name, approval_token(self.client, name, "Gate")

    @functools.cached_property
    def gate(self):
        """A pipeline whose approval waits, and its token."""
        return self._gate()

    @functools.cached_property
    def answered(self):
        """A pipeline whose approval was given, and its token."""
        name, token = self._gate()
        answer(self.client, name, "Gate", token)
        return name, token

    def _built(self):
        name = self._create("Build")
        execution = self._fetch(name)
        return name, execution, Worker(self.server, "Build", name, self.client).take()

    @functools.cached_property
    def building(self):
        """A pipeline whose build is in progress, its execution and the build's job."""
        return self._built()

    def _failed(self):
        name, execution, job = self._built()
        self.client.put_job_failure_result(jobId=job["id"], failureDetails={"type": "JobFailed", "message": "m"})
        until_status(self.client, name, execution, "Failed")
        return name, execution, job

    @functools.cached_property
    def failed(self):
        """A pipeline whose build failed, its execution and the failed job."""
        return self._failed()

    @functools.cached_property
    def retried(self):
        """A pipeline whose failed build is retried right now, and its execution."""
        name, execution, _ = self._failed()
        self.client.retry_stage_execution(
            pipelineName=name, stageName="Build", pipelineExecutionId=execution, retryMode="FAILED_ACTIONS")
        return name, execution

    @functools.cached_property
    def changed(self):
        """A pipeline that was updated after its build failed, and the execution."""
        name, execution, _ = self._failed()
        self.client.update_pipeline(pipeline=self.client.get_pipeline(name=name)["pipeline"])
        return name, execution

    @functools.cached_property
    def full(self):
        """A pipeline whose queue holds as many executions as it may."""
        name = self._create("Gate", approval("Approve"), mode="QUEUED")
        for _ in range(49):
            self.client.start_pipeline_execution(name=name)
        return name

    def _partner_job(self):
        name = self._create("Check", action("Scan", "Test", "ThirdParty", "PartnerTool", {"Token": "t"}, ["Source"]))
        self._fetch(name)
        poll = self.client.poll_for_third_party_jobs
        return eventually(lambda: poll(actionTypeId=PARTNER_TYPE)["jobs"], f"the job of {name}")[0]["jobId"]

    # A partner's worker may take whatever job is offered, so these two are made one right after the other.
    @functools.cached_property
    def partner_job(self):
        """A partner's job that is acknowledged."""
        return self._acknowledged(self._partner_job())

    @functools.cached_property
    def partner_job_done(self):
        """A partner's job that is over."""
        job = self._acknowledged(self._partner_job())
        self.client.put_third_party_job_success_result(jobId=job, clientToken="second-token")
        return job

    def _acknowledged(self, job):
        proof = {"jobId": job, "clientToken": "second-token"}
        nonce = self.client.get_third_party_job_details(**proof)["jobDetails"]["nonce"]
        self.client.acknowledge_third_party_job(nonce=nonce, **proof)
        return job


class LimitedThings:
    """A server that may have one pipeline and one custom action type, and has them."""

    def __init__(self, server):
        self.server = server
        client = server.client("codepipeline")
        create_action_type(client, "Source", "Only")
        client.create_pipeline(pipeline=gate_pipeline("only", "Only"))
