"""The life of a job: offered, acknowledged, reported, once each."""

import concurrent.futures

import pytest
from botocore.exceptions import ClientError

from conftest import PARTNER
from declarations import action, approval, create_action_type, gate_pipeline, pipeline, prop
from eventually import eventually
from live_files import files_below
from progress import action_state, until_status
from worker import Worker


@pytest.fixture
def offered(server, codepipeline, unique):
    """A worker whose source job is queued, and the name of the pipeline."""
    provider, name = unique("j"), unique("jobs")
    create_action_type(codepipeline, "Source", provider, [prop("Password", secret=True)])
    codepipeline.create_pipeline(pipeline=pipeline(
        name, ("Source", [
            action("Fetch", "Source", "Custom", provider, {"Password": "in-the-clear"}, outputs=["Source"])]),
        ("Gate", [approval()])))
    yield Worker(server, "Source", provider), name
    codepipeline.delete_pipeline(name=name)


def test_a_job_is_offered_to_one_poll_only(codepipeline, offered):
    worker, _ = offered
    job = worker.next_job()
    assert worker.poll(10) == []
    assert job["data"]["actionConfiguration"]["configuration"] == {"Password": "in-the-clear"}
    assert job["data"]["actionTypeId"] == worker.type
    assert set(job["data"]["artifactCredentials"]) == {"accessKeyId", "secretAccessKey", "sessionToken"}


def test_of_many_acknowledgements_one_is_taken(codepipeline, offered):
    worker, _ = offered
    job = worker.next_job()

    def one(_):
        try:
            return codepipeline.acknowledge_job(jobId=job["id"], nonce=job["nonce"])["status"]
        except ClientError as refusal:
            return refusal.response["Error"]["Code"]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        results = sorted(pool.map(one, range(16)))
    assert results == ["InProgress"] + ["InvalidNonceException"] * 15


def test_an_unacknowledged_job_is_offered_again_with_a_new_nonce(codepipeline, offered, error_of):
    worker, _ = offered
    first = worker.next_job()
    second = worker.next_job()
    assert second["id"] == first["id"] and second["nonce"] != first["nonce"]
    assert error_of(codepipeline.acknowledge_job, jobId=first["id"], nonce=first["nonce"])[0] == "InvalidNonceException"
    assert codepipeline.acknowledge_job(jobId=first["id"], nonce=second["nonce"])["status"] == "InProgress"


def test_an_acknowledged_job_is_not_offered_again(codepipeline, offered):
    worker, _ = offered
    job = worker.take()
    details = codepipeline.get_job_details(jobId=job["id"])["jobDetails"]
    assert details["id"] == job["id"] and details["data"]["outputArtifacts"] == job["data"]["outputArtifacts"]
    assert details["data"]["actionConfiguration"]["configuration"] == {"Password": "in-the-clear"}
    assert worker.poll() == []


def test_only_the_first_result_counts(codepipeline, offered, error_of):
    worker, name = offered
    job = worker.take()
    worker.succeed(job, {"Source": b"x"})
    failure = {"type": "JobFailed", "message": "late"}
    assert error_of(codepipeline.put_job_success_result, jobId=job["id"])[0] == "InvalidJobStateException"
    assert error_of(codepipeline.put_job_failure_result, jobId=job["id"], failureDetails=failure)[0] == (
        "InvalidJobStateException")
    assert action_state(codepipeline, name, "Source", "Fetch")["latestExecution"]["status"] == "Succeeded"


def test_the_jobs_of_a_deleted_pipeline_are_gone(codepipeline, offered, error_of):
    worker, name = offered
    job = worker.take()
    codepipeline.delete_pipeline(name=name)
    assert error_of(codepipeline.put_job_success_result, jobId=job["id"])[0] == "JobNotFoundException"


def test_a_job_that_was_over_is_gone_with_its_pipeline_and_its_secrets(codepipeline, offered, error_of):
    worker, name = offered
    job = worker.take()
    worker.succeed(job, {"Source": b"x"})
    assert codepipeline.get_job_details(jobId=job["id"])["jobDetails"]["id"] == job["id"]
    codepipeline.delete_pipeline(name=name)
    assert error_of(codepipeline.get_job_details, jobId=job["id"])[0] == "JobNotFoundException"
    codepipeline.create_pipeline(pipeline=gate_pipeline(name, worker.type["provider"]))
    assert error_of(codepipeline.get_job_details, jobId=job["id"])[0] == "JobNotFoundException"


def test_what_a_worker_reports_is_shown_and_kept_without_its_jobs_secrets(server, codepipeline, offered):
    worker, name = offered
    job = worker.take()
    codepipeline.put_job_failure_result(jobId=job["id"], failureDetails={
        "type": "JobFailed", "message": "login with in-the-clear failed", "externalExecutionId": "run?in-the-clear"})
    execution = job["data"]["pipelineContext"]["pipelineExecutionId"]
    until_status(codepipeline, name, execution, "Failed")
    latest = action_state(codepipeline, name, "Source", "Fetch")["latestExecution"]
    assert latest["errorDetails"]["message"] == "login with **** failed"
    assert latest["externalExecutionId"] == "run?****"
    codepipeline.retry_stage_execution(
        pipelineName=name, stageName="Source", pipelineExecutionId=execution, retryMode="FAILED_ACTIONS")
    job = worker.take()
    worker.succeed(
        job, {"Source": b"x"}, executionDetails={"summary": "used in-the-clear", "externalExecutionId": "e"},
        currentRevision={"revision": "r-in-the-clear", "changeIdentifier": "c", "revisionSummary": "in-the-clear"},
        outputVariables={"Token": "in-the-clear"})
    latest = action_state(codepipeline, name, "Source", "Fetch")["latestExecution"]
    assert latest["summary"] == "used ****"
    [revision] = codepipeline.get_pipeline_execution(
        pipelineName=name, pipelineExecutionId=execution)["pipelineExecution"]["artifactRevisions"]
    assert (revision["revisionId"], revision["revisionSummary"]) == ("r-****", "****")
    kept = [path for path, content in files_below(server.data) if b"in-the-clear" in content]
    assert kept == []


def test_a_report_is_taken_without_its_texts_where_the_secrets_cannot_be_told(quick_server):
    server = quick_server
    client = server.client("codepipeline")
    create_action_type(client, "Source", "Lost", [prop("Password", secret=True)])
    client.create_pipeline(pipeline=pipeline(
        "lost", ("Source", [
            action("Fetch", "Source", "Custom", "Lost", {"Password": "in-the-clear"}, outputs=["Source"])]),
        ("Gate", [approval()])))
    job = Worker(server, "Source", "Lost", client).take()
    assert server.terminate() == 0
    key = server.data / "secret.key"
    text = key.read_bytes()
    key.write_bytes(bytes([text[0] ^ 1]) + text[1:])
    server.start()
    client = server.client("codepipeline")
    client.put_job_failure_result(
        jobId=job["id"], failureDetails={"type": "JobFailed", "message": "login with in-the-clear failed"})
    latest = action_state(client, "lost", "Source", "Fetch")["latestExecution"]
    assert (latest["status"], latest["errorDetails"]) == ("Failed", {"code": "JobFailed", "message": "****"})


def test_a_revision_is_told_as_its_worker_told_it(codepipeline, offered):
    worker, name = offered
    job = worker.take()
    worker.succeed(job, {"Source": b"x"}, currentRevision={"revision": "r", "changeIdentifier": "c"})
    [revision] = codepipeline.get_pipeline_execution(
        pipelineName=name, pipelineExecutionId=job["data"]["pipelineContext"]["pipelineExecutionId"]
    )["pipelineExecution"]["artifactRevisions"]
    assert revision == {
        "name": "Source", "revisionId": "r", "revisionChangeIdentifier": "c"}
    # Here a time is required.
    assert "created" in action_state(codepipeline, name, "Source", "Fetch")["currentRevision"]


def test_a_job_made_while_its_type_was_deleted_is_found_by_its_value_once_the_type_is_back(
        server, codepipeline, unique):
    provider, name = unique("back"), unique("back")
    properties = [prop("Project", required=True, queryable=True)]
    create_action_type(codepipeline, "Source", provider, properties)
    codepipeline.create_pipeline(pipeline=pipeline(
        name, ("Source", [
            action("Fetch", "Source", "Custom", provider, {"Project": "web"}, outputs=["Source"])]),
        ("Gate", [approval()])))
    worker = Worker(server, "Source", provider, query={"Project": "web"})
    first = worker.take()
    codepipeline.delete_custom_action_type(category="Source", provider=provider, version="1")
    codepipeline.put_job_success_result(jobId=first["id"], continuationToken="step-2")
    create_action_type(codepipeline, "Source", provider, properties)
    assert worker.take()["data"]["continuationToken"] == "step-2"
    codepipeline.delete_pipeline(name=name)


def test_a_continuation_token_makes_a_new_job_of_the_same_action(codepipeline, offered):
    worker, name = offered
    first = worker.take()
    codepipeline.put_job_success_result(
        jobId=first["id"], continuationToken="step-2", executionDetails={"summary": "half way", "percentComplete": 50})
    state = action_state(codepipeline, name, "Source", "Fetch")["latestExecution"]
    assert (state["status"], state["summary"], state["percentComplete"]) == ("InProgress", "half way", 50)
    second = worker.take()
    assert second["id"] != first["id"] and second["data"]["continuationToken"] == "step-2"
    context = "pipelineContext"
    assert second["data"][context] == first["data"][context]
    worker.succeed(second, {"Source": b"x"})
    eventually(lambda: action_state(codepipeline, name, "Source", "Fetch")["latestExecution"]["status"] == "Succeeded",
               "the action succeeded")


@pytest.mark.parametrize("kind", ["JobFailed", "ConfigurationError", "PermissionError", "RevisionOutOfSync",
                                  "RevisionUnavailable", "SystemUnavailable"])
def test_every_kind_of_failure_is_shown_with_its_message(codepipeline, offered, kind):
    worker, name = offered
    job = worker.take()
    codepipeline.put_job_failure_result(
        jobId=job["id"], failureDetails={"type": kind, "message": "why it failed", "externalExecutionId": "e-9"})
    until_status(codepipeline, name, job["data"]["pipelineContext"]["pipelineExecutionId"], "Failed")
    latest = action_state(codepipeline, name, "Source", "Fetch")["latestExecution"]
    assert latest["errorDetails"] == {"code": kind, "message": "why it failed"}
    assert latest["externalExecutionId"] == "e-9"


def test_a_batch_brings_as_many_jobs_as_asked_for(server, codepipeline, unique):
    provider = unique("batch")
    create_action_type(codepipeline, "Source", provider)
    names = [unique("many") for _ in range(5)]
    for name in names:
        codepipeline.create_pipeline(pipeline=gate_pipeline(name, provider))
    worker = Worker(server, "Source", provider)
    found = [job["data"]["pipelineContext"]["pipelineName"] for job in worker.poll(3)]
    assert found == names[:3]
    assert len(codepipeline.poll_for_jobs(actionTypeId=worker.type)["jobs"]) == 1
    for name in names:
        codepipeline.delete_pipeline(name=name)


class TestThirdParty:
    """Jobs of partners, whose workers prove with a client token that a job is theirs."""

    TYPE = {"category": "Test", "owner": "ThirdParty", "provider": "PartnerTool", "version": "1"}
    FIRST, SECOND = PARTNER["clients"]

    @pytest.fixture
    def prepared(self, server, codepipeline, unique):
        """A pipeline whose partner job is queued."""
        provider, name = unique("t"), unique("partner-a")
        create_action_type(codepipeline, "Source", provider)
        codepipeline.create_pipeline(pipeline=pipeline(
            name, ("Source", [action("Fetch", "Source", "Custom", provider, outputs=["Source"])]),
            ("Check", [action("Scan", "Test", "ThirdParty", "PartnerTool", {"Token": "partner-secret"}, ["Source"])])))
        job = Worker(server, "Source", provider).source("1")
        yield name, job["data"]["pipelineContext"]["pipelineExecutionId"]
        codepipeline.delete_pipeline(name=name)

    def poll(self, codepipeline):
        """One job as the poll tells it."""
        poll = codepipeline.poll_for_third_party_jobs
        return eventually(lambda: poll(actionTypeId=self.TYPE)["jobs"], "a partner's job")[0]

    def test_a_partner_does_the_job_with_its_token(self, codepipeline, prepared, error_of):
        name, execution = prepared
        offer = self.poll(codepipeline)
        assert set(offer) == {"clientId", "jobId"} and offer["clientId"] == self.FIRST["clientId"]
        job = {"jobId": offer["jobId"], "clientToken": self.FIRST["clientToken"]}
        wrong = job | {"clientToken": self.SECOND["clientToken"]}
        assert error_of(codepipeline.get_third_party_job_details, **wrong)[0] == "InvalidClientTokenException"
        details = codepipeline.get_third_party_job_details(**job)["jobDetails"]
        assert details["data"]["actionConfiguration"]["configuration"] == {"Token": "partner-secret"}
        assert details["data"]["pipelineContext"]["pipelineExecutionId"] == execution
        nonce = details["nonce"]
        acknowledge = codepipeline.acknowledge_third_party_job
        assert error_of(acknowledge, nonce=nonce, **wrong)[0] == "InvalidClientTokenException"
        assert error_of(acknowledge, nonce="nonsense", **job)[0] == "InvalidNonceException"
        assert acknowledge(nonce=nonce, **job)["status"] == "InProgress"
        assert error_of(codepipeline.put_third_party_job_success_result, **wrong)[0] == "InvalidClientTokenException"
        assert error_of(codepipeline.put_job_success_result, jobId=offer["jobId"])[0] == "JobNotFoundException"
        codepipeline.put_third_party_job_success_result(**job)
        until_status(codepipeline, name, execution, "Succeeded")
        assert error_of(codepipeline.put_third_party_job_success_result, **job)[0] == "InvalidJobStateException"

    def test_a_job_that_was_over_is_gone_with_its_pipeline(self, codepipeline, prepared, error_of):
        name, _ = prepared
        job = {"jobId": self.poll(codepipeline)["jobId"], "clientToken": self.FIRST["clientToken"]}
        nonce = codepipeline.get_third_party_job_details(**job)["jobDetails"]["nonce"]
        codepipeline.acknowledge_third_party_job(nonce=nonce, **job)
        codepipeline.put_third_party_job_success_result(**job)
        codepipeline.delete_pipeline(name=name)
        for token in (job["clientToken"], "another-token"):
            asked = job | {"clientToken": token}
            assert error_of(codepipeline.get_third_party_job_details, **asked)[0] == "JobNotFoundException"

    def test_a_partner_reports_a_failure(self, codepipeline, prepared):
        name, execution = prepared
        job = {"jobId": self.poll(codepipeline)["jobId"], "clientToken": self.FIRST["clientToken"]}
        nonce = codepipeline.get_third_party_job_details(**job)["jobDetails"]["nonce"]
        codepipeline.acknowledge_third_party_job(nonce=nonce, **job)
        codepipeline.put_third_party_job_failure_result(
            **job, failureDetails={"type": "JobFailed", "message": "found something"})
        until_status(codepipeline, name, execution, "Failed")
        assert action_state(codepipeline, name, "Check", "Scan")["latestExecution"]["errorDetails"]["message"] == (
            "found something")
