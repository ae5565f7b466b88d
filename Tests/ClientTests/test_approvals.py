"""Manual approvals: one decision, by a person, with the right token."""

import concurrent.futures

import pytest
from botocore.exceptions import ClientError

from declarations import approval, create_action_type, gate_pipeline, pipeline, action
from penstock_server import ACCOUNT
from progress import action_state, answer, approval_token, first_execution, status, until_status
from worker import Worker

UNKNOWN = "01234567-89ab-cdef-0123-456789abcdef"


@pytest.fixture
def waiting(server, codepipeline, unique):
    """A pipeline that waits at its gate: name, execution id, token."""
    provider, name = unique("a"), unique("gate")
    create_action_type(codepipeline, "Source", provider)
    codepipeline.create_pipeline(pipeline=gate_pipeline(name, provider))
    job = Worker(server, "Source", provider).source("1")
    yield name, job["data"]["pipelineContext"]["pipelineExecutionId"], approval_token(codepipeline, name, "Gate")
    codepipeline.delete_pipeline(name=name)


def latest(codepipeline, name):
    return action_state(codepipeline, name, "Gate", "Approve")["latestExecution"]


def test_an_approval_lets_the_execution_pass(codepipeline, waiting):
    name, execution, token = waiting
    assert answer(codepipeline, name, "Gate", token, summary="looks right")["approvedAt"]
    until_status(codepipeline, name, execution, "Succeeded")
    found = latest(codepipeline, name)
    assert (found["status"], found["summary"]) == ("Succeeded", "looks right")
    assert found["lastUpdatedBy"].startswith(f"arn:aws:iam::{ACCOUNT}:")
    assert "token" not in found


def test_an_empty_summary_names_the_approver(codepipeline, waiting):
    name, execution, token = waiting
    answer(codepipeline, name, "Gate", token)
    until_status(codepipeline, name, execution, "Succeeded")
    found = latest(codepipeline, name)
    assert found["summary"] == f"Approved by {found['lastUpdatedBy']}"


def test_a_rejection_fails_the_execution_and_a_retry_asks_again(codepipeline, waiting):
    name, execution, token = waiting
    answer(codepipeline, name, "Gate", token, "Rejected", "no")
    until_status(codepipeline, name, execution, "Failed")
    assert (latest(codepipeline, name)["status"], latest(codepipeline, name)["summary"]) == ("Failed", "no")
    codepipeline.retry_stage_execution(
        pipelineName=name, stageName="Gate", pipelineExecutionId=execution, retryMode="FAILED_ACTIONS")
    second = approval_token(codepipeline, name, "Gate", other_than=token)
    with pytest.raises(codepipeline.exceptions.InvalidApprovalTokenException):
        answer(codepipeline, name, "Gate", token)
    answer(codepipeline, name, "Gate", second)
    until_status(codepipeline, name, execution, "Succeeded")


def test_a_second_answer_is_refused(codepipeline, waiting):
    name, execution, token = waiting
    answer(codepipeline, name, "Gate", token)
    for verdict in ("Approved", "Rejected"):
        with pytest.raises(codepipeline.exceptions.ApprovalAlreadyCompletedException):
            answer(codepipeline, name, "Gate", token, verdict)
    until_status(codepipeline, name, execution, "Succeeded")


def test_a_wrong_token_is_refused(codepipeline, waiting, error_of):
    name, execution, _ = waiting
    assert error_of(answer, codepipeline, name, "Gate", UNKNOWN)[0] == "InvalidApprovalTokenException"
    assert error_of(answer, codepipeline, name, "Gate", "not-a-uuid")[0] == "ValidationException"
    assert status(codepipeline, name, execution) == "InProgress"


def test_unknown_names_are_told_apart(codepipeline, waiting, error_of):
    name, _, token = waiting
    assert error_of(answer, codepipeline, "no-such", "Gate", token)[0] == "PipelineNotFoundException"
    assert error_of(answer, codepipeline, name, "NoSuch", token)[0] == "StageNotFoundException"
    assert error_of(answer, codepipeline, name, "Gate", token, action="NoSuch")[0] == "ActionNotFoundException"
    assert error_of(answer, codepipeline, name, "Gate", token, verdict="approved")[0] == "ValidationException"
    assert error_of(answer, codepipeline, name, "Gate", token, summary="x" * 513)[0] == "ValidationException"


def test_of_many_answers_at_once_one_counts(server, codepipeline, waiting):
    name, execution, token = waiting
    verdicts = ["Approved", "Rejected"] * 8

    def one(verdict):
        try:
            answer(codepipeline, name, "Gate", token, verdict)
            return verdict
        except ClientError as refusal:
            return refusal.response["Error"]["Code"]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        results = list(pool.map(one, verdicts))
    counted = [result for result in results if result in verdicts]
    assert len(counted) == 1, results
    assert {r for r in results if r not in verdicts} == {"ApprovalAlreadyCompletedException"}
    until_status(codepipeline, name, execution, "Succeeded" if counted == ["Approved"] else "Failed")


def test_who_may_not_approve_is_refused(server, waiting, error_of):
    name, _, token = waiting
    reader = server.client("codepipeline", "PENSTOCKALICE", "alice-secret-for-the-tests")
    assert reader.get_pipeline_state(name=name)["pipelineName"] == name
    code, message = error_of(answer, reader, name, "Gate", token)
    assert code == "AccessDeniedException"
    assert f":{name}/Gate/Approve" in message


def test_an_approval_expires_as_configured_over_a_restart(new_server):
    server = new_server({"engine": {"approvalTimeout": 4}}).start()
    client = server.client("codepipeline")
    create_action_type(client, "Source", "Quick")
    client.create_pipeline(pipeline=gate_pipeline("late", "Quick"))
    execution = first_execution(client, "late", "Source")
    Worker(server, "Source", "Quick", client).source("1")
    token = approval_token(client, "late", "Gate")
    server.kill()
    server.start()
    client = server.client("codepipeline")
    until_status(client, "late", execution, "Failed")
    details = action_state(client, "late", "Gate", "Approve")["latestExecution"]["errorDetails"]
    assert details["message"]
    with pytest.raises(client.exceptions.InvalidApprovalTokenException):
        answer(client, "late", "Gate", token)


def test_an_approval_has_no_place_in_the_source_stage(codepipeline, unique, error_of):
    provider = unique("a")
    create_action_type(codepipeline, "Source", provider)
    declaration = pipeline(
        unique("bad"), ("Source", [action("Fetch", "Source", "Custom", provider, outputs=["S"]), approval()]),
        ("Gate", [approval()]))
    assert error_of(codepipeline.create_pipeline, pipeline=declaration) == (
        "InvalidStructureException", "Pipeline should start with a stage that only contains source actions")


def test_an_approval_goes_through_the_aws_cli(server, codepipeline, waiting):
    name, execution, token = waiting
    server.aws("codepipeline", "put-approval-result", "--pipeline-name", name, "--stage-name", "Gate", "--action-name",
               "Approve", "--token", token, "--result", "summary=by hand,status=Approved")
    until_status(codepipeline, name, execution, "Succeeded")
