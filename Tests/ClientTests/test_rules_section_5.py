"""Manual approvals: semantics-core section 5. What stands here was not tested from outside before.

docs/compatibility.md lists the rules of the section with the test of each, wherever it is.
"""

import re

import pytest

from declarations import action, approval, create_action_type, gate_pipeline, pipeline
from penstock_server import ACCOUNT
from progress import action_state, answer, approval_token, failures, first_execution, stage_state, status, until_status
from signed_http import call
from worker import Worker

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
UNKNOWN = "01234567-89ab-cdef-0123-456789abcdef"
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
INVALID = ("InvalidApprovalTokenException", "The approval token is not valid or has expired")
COMPLETED = ("ApprovalAlreadyCompletedException", "The approval action has already been approved or rejected")


@pytest.fixture
def provider(codepipeline, unique):
    name = unique("s5")
    create_action_type(codepipeline, "Source", name)
    return name


@pytest.fixture
def waiting(server, codepipeline, provider, unique):
    """A pipeline that waits at its gate: name, execution id, token."""
    name = unique("five")
    declaration = gate_pipeline(name, provider)
    declaration["stages"][1]["actions"][0]["configuration"] = {"CustomData": "look at the page first"}
    codepipeline.create_pipeline(pipeline=declaration)
    job = Worker(server, "Source", provider).source("1")
    yield name, job["data"]["pipelineContext"]["pipelineExecutionId"], approval_token(codepipeline, name, "Gate")
    codepipeline.delete_pipeline(name=name)


def latest(server, name):
    """The approval's latest execution as it stands in the document."""
    state = call(server, "GetPipelineState", {"name": name}).json()
    return state["stageStates"][1]["actionStates"][0]["latestExecution"]


def test_an_open_approval_is_in_progress_and_shows_its_token(server, codepipeline, waiting):
    name, execution, token = waiting
    found = latest(server, name)
    assert set(found) == {"actionExecutionId", "status", "lastStatusChange", "token", "externalExecutionId"}
    assert found["status"] == "InProgress" and re.fullmatch(UUID, token)
    assert found["token"] == found["externalExecutionId"] == token
    assert stage_state(codepipeline, name, "Gate")["latestExecution"] == {
        "pipelineExecutionId": execution, "status": "InProgress", "type": "STANDARD"}


def test_an_approved_action_tells_who_and_what(server, codepipeline, waiting):
    name, execution, token = waiting
    answer(codepipeline, name, "Gate", token, summary="fine")
    found = latest(server, name)
    assert set(found) == {
        "actionExecutionId", "status", "lastStatusChange", "summary", "lastUpdatedBy", "externalExecutionId"}
    assert (found["status"], found["summary"], found["lastUpdatedBy"], found["externalExecutionId"]) == (
        "Succeeded", "fine", ROOT, token)
    assert status(codepipeline, name, execution) == "Succeeded"


@pytest.mark.parametrize("summary, text", [("", f"Rejected by {ROOT}"), ("not yet", "not yet")], ids=["empty", "given"])
def test_a_rejection_fails_action_stage_and_execution(server, codepipeline, waiting, summary, text):
    name, execution, token = waiting
    answer(codepipeline, name, "Gate", token, "Rejected", summary)
    found = latest(server, name)
    assert (found["status"], found["summary"], found["lastUpdatedBy"]) == ("Failed", text, ROOT)
    assert found["errorDetails"] == {"code": "JobFailed", "message": text} and "token" not in found
    assert stage_state(codepipeline, name, "Gate")["latestExecution"] == {
        "pipelineExecutionId": execution, "status": "Failed", "type": "STANDARD"}
    assert status(codepipeline, name, execution) == "Failed"


def test_the_answer_s_time_is_the_reply(server, waiting):
    name, _, token = waiting
    reply = call(server, "PutApprovalResult", {
        "pipelineName": name, "stageName": "Gate", "actionName": "Approve", "token": token,
        "result": {"status": "Approved", "summary": ""}}).json()
    assert reply == {"approvedAt": latest(server, name)["lastStatusChange"]}


def test_the_stage_is_locked_while_it_waits(server, codepipeline, provider, waiting):
    name, first, token = waiting
    second = codepipeline.start_pipeline_execution(name=name)["pipelineExecutionId"]
    Worker(server, "Source", provider).source("2")
    gate = stage_state(codepipeline, name, "Gate")
    assert gate["inboundExecution"] == {
        "pipelineExecutionId": second, "status": "InProgress", "type": "STANDARD"}
    assert gate["latestExecution"]["pipelineExecutionId"] == first
    answer(codepipeline, name, "Gate", token)
    other = approval_token(codepipeline, name, "Gate", other_than=token)
    assert stage_state(codepipeline, name, "Gate")["latestExecution"]["pipelineExecutionId"] == second
    answer(codepipeline, name, "Gate", other)
    assert [status(codepipeline, name, one) for one in (first, second)] == ["Succeeded"] * 2


def test_names_come_before_the_token(codepipeline, waiting, error_of):
    name, _, token = waiting
    for wrong in (token, UNKNOWN):
        assert error_of(answer, codepipeline, "no-such", "X", wrong) == (
            "PipelineNotFoundException", f"Pipeline with name no-such does not exist in account {ACCOUNT}")
        assert error_of(answer, codepipeline, name, "X", wrong) == (
            "StageNotFoundException", f"Pipeline '{name}' does not have a stage with name 'X'")
        assert error_of(answer, codepipeline, name, "Gate", wrong, action="X") == (
            "ActionNotFoundException", f"Stage 'Gate' in pipeline '{name}' does not have an action with name 'X'")
        assert error_of(answer, codepipeline, name, "Source", wrong, action="Fetch") == (
            "ActionNotFoundException",
            f"Stage 'Source' in pipeline '{name}' does not have an approval action with name 'Fetch'")


def test_tokens_that_open_nothing(codepipeline, provider, waiting, unique, error_of):
    name, execution, token = waiting
    assert error_of(answer, codepipeline, name, "Gate", UNKNOWN) == INVALID
    answer(codepipeline, name, "Gate", token, "Rejected")
    assert error_of(answer, codepipeline, name, "Gate", token) == COMPLETED
    codepipeline.retry_stage_execution(
        pipelineName=name, stageName="Gate", pipelineExecutionId=execution, retryMode="FAILED_ACTIONS")
    fresh = approval_token(codepipeline, name, "Gate", other_than=token)
    assert error_of(answer, codepipeline, name, "Gate", token) == INVALID
    answer(codepipeline, name, "Gate", fresh)
    assert error_of(answer, codepipeline, name, "Gate", fresh, "Rejected") == COMPLETED
    never = unique("never")
    codepipeline.create_pipeline(pipeline=gate_pipeline(never, provider))
    assert error_of(answer, codepipeline, never, "Gate", UNKNOWN) == INVALID
    codepipeline.delete_pipeline(name=never)


@pytest.mark.parametrize("change, place, text", [
    ({"token": "1a2b3c4d-573f-4ea7-a67E-XAMPLETOKEN"}, "token",
     f"Member must satisfy regular expression pattern: {UUID}"),
    ({"result": {"status": "approved", "summary": ""}}, "result.status",
     "Member must satisfy enum value set: [Approved, Rejected]"),
    ({"result": {"status": "Approved"}}, "result.summary", "Member must not be null"),
    ({"result": {"status": "Approved", "summary": "x" * 513}}, "result.summary",
     "Member must have length less than or equal to 512"),
], ids=["malformed token", "lower case", "no summary", "long summary"])
def test_a_malformed_answer_is_refused_and_the_approval_stays_open(server, codepipeline, waiting, change, place, text):
    name, _, token = waiting
    document = {"pipelineName": name, "stageName": "Gate", "actionName": "Approve", "token": token,
                "result": {"status": "Approved", "summary": ""}}
    assert call(server, "PutApprovalResult", document | change).error() == (
        "ValidationException",
        f"1 validation error detected: Value at '{place}' failed to satisfy constraint: {text}")
    assert latest(server, name)["token"] == token


def test_an_approval_that_nobody_answers_fails_and_can_be_opened_again(new_server, error_of):
    server = new_server({"engine": {"approvalTimeout": 5}}).start()
    client = server.client("codepipeline")
    create_action_type(client, "Source", "Quick")
    client.create_pipeline(pipeline=gate_pipeline("late", "Quick"))
    execution = first_execution(client, "late", "Source")
    Worker(server, "Source", "Quick", client).source("1")
    until_status(client, "late", execution, "Failed")
    token = action_state(client, "late", "Gate", "Approve")["latestExecution"]["externalExecutionId"]
    assert failures(client, "late") == [("Gate", "Approve", {
        "code": "TimedOut", "message": "The approval action timed out: nobody answered before it expired."})]
    assert error_of(answer, client, "late", "Gate", token) == INVALID
    client.retry_stage_execution(
        pipelineName="late", stageName="Gate", pipelineExecutionId=execution, retryMode="FAILED_ACTIONS")
    fresh = approval_token(client, "late", "Gate", other_than=token)
    answer(client, "late", "Gate", fresh)
    assert status(client, "late", execution) == "Succeeded"


def test_an_approval_of_before_an_update_is_answered_under_its_old_names(server, codepipeline, waiting, error_of):
    name, execution, token = waiting
    changed = codepipeline.get_pipeline(name=name)["pipeline"]
    changed["stages"][1]["name"] = "Renamed"
    codepipeline.update_pipeline(pipeline=changed)
    assert error_of(answer, codepipeline, name, "Renamed", token) == INVALID
    assert answer(codepipeline, name, "Gate", token)["approvedAt"]
    assert status(codepipeline, name, execution) == "Failed"


def test_two_approvals_of_a_stage_are_answered_each_with_its_own_token(server, codepipeline, provider, unique, error_of):
    name = unique("both")
    codepipeline.create_pipeline(pipeline=pipeline(
        name, ("Source", [action("Fetch", "Source", "Custom", provider, outputs=["S"])]),
        ("Gate", [approval("One"), approval("Two")])))
    job = Worker(server, "Source", provider).source("1")
    one, two = (approval_token(codepipeline, name, "Gate", action) for action in ("One", "Two"))
    assert one != two and error_of(answer, codepipeline, name, "Gate", one, action="Two") == INVALID
    answer(codepipeline, name, "Gate", one, action="One")
    execution = job["data"]["pipelineContext"]["pipelineExecutionId"]
    assert status(codepipeline, name, execution) == "InProgress"
    answer(codepipeline, name, "Gate", two, action="Two")
    assert status(codepipeline, name, execution) == "Succeeded"
    assert "token" not in action_state(codepipeline, name, "Gate", "One")["latestExecution"]
    codepipeline.delete_pipeline(name=name)
