"""Jobs of partners: the rules of semantics-core 7, one case each, that no other test holds already."""

import pytest

from conftest import PARTNER
from declarations import action, create_action_type, gate_pipeline, pipeline
from eventually import eventually
from progress import action_state, until_status
from signed_http import call
from worker import Worker

TYPE = {"category": "Test", "owner": "ThirdParty", "provider": "PartnerTool", "version": "1"}
TOKEN = PARTNER["clients"][0]["clientToken"]
FAILURE = {"type": "JobFailed", "message": "m"}
NOT_VALID = ("InvalidClientTokenException", "The client token is not valid")

# The four operations that prove with a client token whose job it is.
PROVING = {
    "7-details": ("GetThirdPartyJobDetails", {}),
    "7-acknowledge": ("AcknowledgeThirdPartyJob", {"nonce": "1"}),
    "7-success": ("PutThirdPartyJobSuccessResult", {}),
    "7-failure": ("PutThirdPartyJobFailureResult", {"failureDetails": FAILURE}),
}


@pytest.fixture
def offered(server, codepipeline, unique):
    """A partner's job that a poll has handed out: the pipeline's name, the execution, the offer."""
    provider, name = unique("seven"), unique("partner-a")
    create_action_type(codepipeline, "Source", provider)
    codepipeline.create_pipeline(pipeline=pipeline(
        name, ("Source", [action("Fetch", "Source", "Custom", provider, outputs=["Source"])]),
        ("Check", [action("Scan", "Test", "ThirdParty", "PartnerTool", {"Token": "partner-secret"}, ["Source"])])))
    job = Worker(server, "Source", provider).source("1")
    poll = codepipeline.poll_for_third_party_jobs
    offer = eventually(lambda: poll(actionTypeId=TYPE)["jobs"], "a partner's job")[0]
    yield name, job["data"]["pipelineContext"]["pipelineExecutionId"], offer
    codepipeline.delete_pipeline(name=name)


def test_a_poll_tells_the_job_and_the_customer_and_nothing_else(offered):
    _, _, offer = offered
    assert offer == {"jobId": offer["jobId"], "clientId": PARTNER["clients"][0]["clientId"]}


def test_a_poll_that_finds_nothing_is_answered_with_an_empty_list(server):
    git_hub = {"category": "Source", "owner": "ThirdParty", "provider": "GitHub", "version": "1"}
    assert call(server, "PollForThirdPartyJobs", {"actionTypeId": git_hub}).json() == {"jobs": []}


REFUSED_POLLS = {
    "7-owner-custom": ({"owner": "Custom"}, "ValidationException", "ActionType with owner 'Custom' is not supported"),
    "7-owner-aws": ({"owner": "AWS"}, "ValidationException", "ActionType with owner 'AWS' is not supported"),
    "7-type-unknown": (
        {"provider": "Nobody"}, "ActionTypeNotFoundException",
        "ActionType (Category: 'Test', Owner: 'ThirdParty', Provider: 'Nobody', Version: '1') is not available"),
}


@pytest.mark.parametrize("rule", REFUSED_POLLS)
def test_only_types_of_partners_are_polled_for(server, rule):
    change, code, message = REFUSED_POLLS[rule]
    assert call(server, "PollForThirdPartyJobs", {"actionTypeId": TYPE | change}).error() == (code, message)


@pytest.mark.parametrize("token", [
    PARTNER["clients"][1]["clientToken"], TOKEN[:-1], TOKEN + "x", TOKEN.upper(), PARTNER["clients"][0]["clientId"]])
@pytest.mark.parametrize("rule", PROVING)
def test_a_wrong_client_token_is_refused_by_every_operation(server, offered, rule, token):
    operation, more = PROVING[rule]
    _, _, offer = offered
    assert call(server, operation, {"jobId": offer["jobId"], "clientToken": token} | more).error() == NOT_VALID


@pytest.mark.parametrize("job", [
    pytest.param("01234567-89ab-cdef-0123-456789abcdef", id="7-unknown-uuid"),
    pytest.param("no uuid, but any text", id="7-unknown-text"), pytest.param("x" * 512, id="7-longest-text")])
@pytest.mark.parametrize("rule", PROVING)
def test_an_unknown_job_is_named_whatever_text_it_is(server, rule, job):
    operation, more = PROVING[rule]
    assert call(server, operation, {"jobId": job, "clientToken": TOKEN} | more).error() == (
        "JobNotFoundException", f"Job '{job}' was not found")


@pytest.mark.parametrize("rule", PROVING)
def test_a_custom_job_is_unknown_to_the_operations_of_partners(server, codepipeline, unique, rule):
    operation, more = PROVING[rule]
    provider, name = unique("seven"), unique("pipe")
    create_action_type(codepipeline, "Source", provider)
    codepipeline.create_pipeline(pipeline=gate_pipeline(name, provider))
    job = Worker(server, "Source", provider).next_job()["id"]
    assert call(server, operation, {"jobId": job, "clientToken": TOKEN} | more).error() == (
        "JobNotFoundException", f"Job '{job}' was not found")
    codepipeline.delete_pipeline(name=name)


CUSTOM = {
    "7-custom-details": ("GetJobDetails", {}), "7-custom-acknowledge": ("AcknowledgeJob", {"nonce": "1"}),
    "7-custom-success": ("PutJobSuccessResult", {}),
    "7-custom-failure": ("PutJobFailureResult", {"failureDetails": FAILURE}),
}


@pytest.mark.parametrize("rule", CUSTOM)
def test_a_partners_job_is_unknown_to_the_operations_of_custom_jobs(server, offered, rule):
    operation, more = CUSTOM[rule]
    job = offered[2]["jobId"]
    assert call(server, operation, {"jobId": job} | more).error() == (
        "JobNotFoundException", f"Job '{job}' was not found")


def test_a_partners_job_lives_as_a_custom_one(server, codepipeline, offered):
    name, execution, offer = offered
    proof = {"jobId": offer["jobId"], "clientToken": TOKEN}
    state = lambda word: ("InvalidJobStateException", f"Job '{offer['jobId']}' is in state {word}")
    assert call(server, "PutThirdPartyJobSuccessResult", proof).error() == state("Dispatched")
    nonce = codepipeline.get_third_party_job_details(**proof)["jobDetails"]["nonce"]
    assert codepipeline.acknowledge_third_party_job(nonce=nonce, **proof)["status"] == "InProgress"
    assert call(server, "AcknowledgeThirdPartyJob", proof | {"nonce": nonce}).error() == (
        "InvalidNonceException", f"The nonce for job '{offer['jobId']}' is not valid")
    codepipeline.put_third_party_job_success_result(
        continuationToken="step 2", executionDetails={"summary": "half", "percentComplete": 50}, **proof)
    shown = action_state(codepipeline, name, "Check", "Scan")["latestExecution"]
    assert (shown["status"], shown["summary"], shown["percentComplete"]) == ("InProgress", "half", 50)
    assert codepipeline.acknowledge_third_party_job(nonce=nonce, **proof)["status"] == "Succeeded"
    assert call(server, "GetThirdPartyJobDetails", proof).error() == (
        "InvalidJobException", f"Job '{offer['jobId']}' is in state Succeeded")

    poll = codepipeline.poll_for_third_party_jobs
    second = eventually(lambda: poll(actionTypeId=TYPE)["jobs"], "the further job")[0]["jobId"]
    assert second != offer["jobId"]
    proof = {"jobId": second, "clientToken": TOKEN}
    details = codepipeline.get_third_party_job_details(**proof)["jobDetails"]
    assert details["data"]["continuationToken"] == "step 2"
    codepipeline.acknowledge_third_party_job(nonce=details["nonce"], **proof)
    codepipeline.put_third_party_job_failure_result(
        failureDetails={"type": "RevisionOutOfSync", "message": "stale", "externalExecutionId": "9"}, **proof)
    until_status(codepipeline, name, execution, "Failed")
    shown = action_state(codepipeline, name, "Check", "Scan")["latestExecution"]
    assert shown["errorDetails"] == {"code": "RevisionOutOfSync", "message": "stale"}
    assert shown["externalExecutionId"] == "9"
    assert call(server, "PutThirdPartyJobFailureResult", proof | {"failureDetails": FAILURE}).error() == (
        "InvalidJobStateException", f"Job '{second}' is in state Failed")


def test_an_action_that_no_client_is_for_fails_at_once(new_server):
    """A job that no partner could ever see would only wait for its time-out."""
    narrow = PARTNER | {"clients": [PARTNER["clients"][0]]}
    server = new_server({"thirdPartyActionTypes": [narrow]}).start()
    client = server.client("codepipeline")
    create_action_type(client, "Source", "S")
    client.create_pipeline(pipeline=pipeline(
        "other", ("Source", [action("Fetch", "Source", "Custom", "S", outputs=["Source"])]),
        ("Check", [action("Scan", "Test", "ThirdParty", "PartnerTool", {"Token": "t"}, ["Source"])])))
    job = Worker(server, "Source", "S", client).source("1")
    until_status(client, "other", job["data"]["pipelineContext"]["pipelineExecutionId"], "Failed")
    shown = action_state(client, "other", "Check", "Scan")["latestExecution"]["errorDetails"]
    assert shown["code"] == "ConfigurationError" and "PartnerTool" in shown["message"]
