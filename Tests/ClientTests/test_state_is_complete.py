"""What tools poll is complete: each member that the model has and the server can know is sent, from the first moment."""

import re

import pytest

from output_shapes import Replies, output_shape, paths
from penstock_server import ACCOUNT, REGION, Server
from state_scenarios import CONFIGURATION, ENCRYPTION_KEY, Situations

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NO_CONDITIONS = "conditions of stages are not evaluated"

# Members that are never sent, with all below them, and why they can't be known. One that is sent must leave this table.
NOT_KNOWN = {
    "GetPipelineState": {
        "stageStates[].beforeEntryConditionState": NO_CONDITIONS,
        "stageStates[].onSuccessConditionState": NO_CONDITIONS,
        "stageStates[].onFailureConditionState": NO_CONDITIONS,
        "stageStates[].retryStageMetadata.autoStageRetryAttempt": "no stage is retried by itself",
        "stageStates[].actionStates[].latestExecution.logStreamARN": "logs are files, no streams of CloudWatch",
    },
    "GetPipelineExecution": {
        "pipelineExecution.variables": "variables of pipelines are not resolved",
        "pipelineExecution.rollbackMetadata": "no stage is rolled back",
    },
    "GetPipeline": {
        "pipeline": "what the user declared: other tests compare it with the declaration",
        "metadata.pollingDisabledAt": "polling never ends by itself",
    },
    "ListActionTypes": {"nextToken": "the whole catalogue is one page"},
}
POLLED = ["GetPipelineState", "GetPipelineExecution", "GetPipeline", "ListPipelines", "ListActionTypes", "PollForJobs",
          "GetJobDetails", "PollForThirdPartyJobs", "GetThirdPartyJobDetails", "AcknowledgeJob",
          "AcknowledgeThirdPartyJob", "PutApprovalResult", "PutActionRevision", "StartPipelineExecution",
          "RetryStageExecution"]


@pytest.fixture(scope="module")
def situations(tmp_path_factory):
    """One server, every situation on it: the replies by name, and what was noted of them."""
    server = Server(tmp_path_factory.mktemp("state"), config=CONFIGURATION).start()
    replies = Replies(server)
    try:
        return Situations(server, replies).run(), replies
    finally:
        server.kill()


@pytest.fixture(scope="module")
def found(situations):
    return situations[0]


def below(path, roots):
    return any(path == root or path.startswith((f"{root}.", f"{root}[")) for root in roots)


@pytest.mark.parametrize("operation", POLLED)
def test_every_member_of_the_model_is_sent_or_cannot_be_known(situations, operation):
    sent, table = situations[1].members[operation], NOT_KNOWN.get(operation, {})
    modelled = set(paths(output_shape(operation)))
    assert sent, f"no situation calls {operation}"
    assert set(table) <= modelled, "the table names a member that the model does not have"
    missing = sorted(path for path in modelled - sent if not below(path, table))
    assert not missing, f"never sent, and not in the table: {missing}"
    known = [path for path in table if path in sent and path != "pipeline"]
    assert not known, f"in the table, and sent: {known}"


def test_every_member_is_sent_as_aws_sends_it(situations):
    """Timestamps with three decimals at most, whole integers, nothing null, nothing unknown such as __type."""
    assert situations[1].problems == []


def test_what_has_no_output_has_an_empty_body(situations):
    replies = situations[1]
    assert set(replies.members) == set(POLLED)
    assert replies.empty == {
        "DeletePipeline", "DeleteCustomActionType", "DisableStageTransition", "EnableStageTransition",
        "PutJobSuccessResult", "PutJobFailureResult", "PutThirdPartyJobSuccessResult", "PutThirdPartyJobFailureResult"}


def stage(state, number):
    return state["stageStates"][number]


def attempt(state, number):
    return stage(state, number)["actionStates"][0]["latestExecution"]


def test_a_new_pipeline_shows_its_first_execution_and_every_stage_at_once(found):
    state = found["fresh"]
    first, second = stage(state, 0), stage(state, 1)
    assert first["latestExecution"]["status"] == "InProgress" and first["latestExecution"]["type"] == "STANDARD"
    assert set(attempt(state, 0)) == {"actionExecutionId", "status", "lastStatusChange"}
    assert attempt(state, 0)["status"] == "InProgress" and UUID.fullmatch(attempt(state, 0)["actionExecutionId"])
    for shown in (first, second):
        assert shown["inboundTransitionState"] == {"enabled": True} and shown["inboundExecutions"] == []
        assert shown["actionStates"][0]["entityUrl"] == "https://ci.example.com/web"
    assert set(second) == {"stageName", "inboundExecutions", "inboundTransitionState", "actionStates"}
    assert set(second["actionStates"][0]) == {"actionName", "entityUrl"}
    assert state["created"] == state["updated"] and state["pipelineVersion"] == 1


def test_the_metadata_of_a_pipeline_name_it_and_say_since_when(found):
    pipeline, state = found["fresh pipeline"], found["fresh"]
    assert pipeline["metadata"] == {
        "pipelineArn": f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:{state['pipelineName']}",
        "created": state["created"], "updated": state["updated"]}
    assert pipeline["pipeline"]["version"] == 1


def test_a_start_is_seen_in_stage_and_action_before_anything_else_happens(found):
    state, execution = found["running"]
    assert stage(state, 0)["latestExecution"] == {
        "pipelineExecutionId": execution, "status": "InProgress", "type": "STANDARD"}
    assert attempt(state, 0)["status"] == "InProgress" and "errorDetails" not in attempt(state, 0)
    assert stage(state, 1)["latestExecution"]["pipelineExecutionId"] != execution
    shown = found["running execution"]
    assert (shown["status"], shown["executionMode"], shown["executionType"]) == ("InProgress", "SUPERSEDED", "STANDARD")
    assert shown["trigger"]["triggerType"] == "StartPipelineExecution"
    assert shown["trigger"]["triggerDetail"].startswith(f"arn:aws:iam::{ACCOUNT}:")
    assert shown["artifactRevisions"] == []


def test_a_continued_action_shows_how_far_it_is(found):
    shown = attempt(found["continued"], 0)
    assert (shown["status"], shown["summary"], shown["percentComplete"], shown["externalExecutionId"]) == (
        "InProgress", "half way", 50, "7 7")
    assert shown["externalExecutionUrl"] == "https://ci.example.com/web/7%207"


def test_the_second_job_of_an_action_carries_the_token(found):
    first, second, again = found["continued jobs"]
    assert "continuationToken" not in first["data"] and second["data"]["continuationToken"] == "step 2"
    assert again["data"] == second["data"] and again["id"] == second["id"] and "nonce" not in again
    same = dict(second["data"])
    same.pop("continuationToken")
    same.pop("artifactCredentials")
    assert same == {key: value for key, value in first["data"].items() if key != "artifactCredentials"}


def test_a_custom_source_shows_the_revision_that_its_worker_reported(found):
    source = stage(found["source state"], 0)["actionStates"][0]
    assert source["currentRevision"] == {"revisionId": "r1", "revisionChangeId": "c1", "created": 1446137312.204}
    assert source["revisionUrl"] == "https://ci.example.com/rev/r1"
    assert found["source execution"]["artifactRevisions"] == [{
        "name": "Code", "revisionId": "r1", "revisionChangeIdentifier": "c1", "revisionSummary": "first words",
        "created": 1446137312.204, "revisionUrl": "https://ci.example.com/rev/r1"}]
    assert found["source execution"]["trigger"]["triggerType"] == "CreatePipeline"


def test_a_job_has_all_that_its_worker_needs(found):
    job, details = found["build job"]
    data = job["data"]
    assert data["actionConfiguration"]["configuration"] == {"Job": "web", "Password": "in-the-clear"}
    assert data["encryptionKey"] == {"id": ENCRYPTION_KEY, "type": "KMS"}
    assert [(a["name"], a.get("revision"), a["location"]["type"]) for a in data["inputArtifacts"]] == [
        ("Code", "r1", "S3")]
    assert [(a["name"], a.get("revision")) for a in data["outputArtifacts"]] == [("App", None)]
    assert UUID.fullmatch(data["pipelineContext"]["action"]["actionExecutionId"])
    assert (details["id"], details["accountId"]) == (job["id"], ACCOUNT) and details["data"] == data


def test_a_build_shows_the_revision_that_its_worker_reported(found):
    built = stage(found["built"], 1)["actionStates"][0]
    assert (built["currentRevision"]["revisionId"], built["latestExecution"]["status"]) == ("built-1", "Succeeded")
    assert found["succeeded execution"]["status"] == "Succeeded"


def test_a_failed_build_says_why_at_the_action_and_fails_stage_and_execution(found):
    shown = attempt(found["failed"], 1)
    assert shown["errorDetails"] == {"code": "JobFailed", "message": "3 tests failed: see line 7"}
    assert (shown["status"], shown["externalExecutionId"]) == ("Failed", "88")
    assert shown["externalExecutionUrl"] == "https://ci.example.com/web/88"
    assert stage(found["failed"], 1)["latestExecution"]["status"] == "Failed"
    assert "retryStageMetadata" not in stage(found["failed"], 1)
    assert found["failed execution"]["status"] == "Failed"


def test_a_retried_stage_counts_its_retries_and_forgets_the_error(found):
    failed, once, twice = (found[name] for name in ("failed", "retried", "retried twice"))
    assert stage(once, 1)["retryStageMetadata"] == {
        "manualStageRetryAttempt": 1, "latestRetryTrigger": "ManualStageRetry"}
    assert stage(twice, 1)["retryStageMetadata"]["manualStageRetryAttempt"] == 2
    assert stage(once, 1)["latestExecution"]["status"] == "InProgress"
    assert (stage(once, 1)["latestExecution"]["pipelineExecutionId"]
            == stage(failed, 1)["latestExecution"]["pipelineExecutionId"])
    assert set(attempt(once, 1)) == {"actionExecutionId", "status", "lastStatusChange"}
    assert len({attempt(state, 1)["actionExecutionId"] for state in (failed, once, twice)}) == 3
    assert attempt(twice, 1)["status"] == "Succeeded"
    assert "retryStageMetadata" not in stage(found["entered again"], 1)


def test_a_pending_approval_shows_its_token(found):
    shown = attempt(found["pending"], 2)
    assert shown["status"] == "InProgress" and UUID.fullmatch(shown["token"])
    assert shown["externalExecutionId"] == shown["token"] and "lastUpdatedBy" not in shown
    assert stage(found["pending"], 2)["latestExecution"]["status"] == "InProgress"


def test_an_approval_shows_who_gave_it_and_no_token(found):
    shown = attempt(found["approved"], 2)
    assert shown["status"] == "Succeeded" and "token" not in shown and "errorDetails" not in shown
    assert shown["summary"] == f"Approved by {shown['lastUpdatedBy']}"
    assert shown["lastUpdatedBy"].startswith(f"arn:aws:iam::{ACCOUNT}:")


def test_a_rejection_shows_who_and_why_and_no_token(found):
    shown = attempt(found["rejected"], 2)
    assert shown["errorDetails"] == {"code": "JobFailed", "message": "not like this"}
    assert (shown["status"], shown["summary"]) == ("Failed", "not like this") and "token" not in shown
    assert shown["lastUpdatedBy"].startswith(f"arn:aws:iam::{ACCOUNT}:")
    assert found["rejected execution"]["status"] == "Failed"


def test_what_waits_behind_a_disabled_transition_is_seen_in_front_of_the_stage(found):
    state, execution = found["held"]
    waits = {"pipelineExecutionId": execution, "status": "InProgress", "type": "STANDARD"}
    held = stage(state, 1)
    assert (held["inboundExecution"], held["inboundExecutions"]) == (waits, [waits])
    assert "latestExecution" not in held and "latestExecution" not in held["actionStates"][0]
    transition = held["inboundTransitionState"]
    assert (transition["enabled"], transition["disabledReason"]) == (False, "Freeze")
    assert transition["lastChangedBy"].startswith(f"arn:aws:iam::{ACCOUNT}:") and transition["lastChangedAt"]
    state, _ = found["let in"]
    let_in = stage(state, 1)
    assert let_in["latestExecution"] == waits and let_in["inboundExecutions"] == []
    assert set(let_in["inboundTransitionState"]) == {"enabled", "lastChangedBy", "lastChangedAt"}


def test_a_superseded_execution_says_by_which(found):
    state, second, third = found["superseded"]
    assert (second["status"], second["statusSummary"]) == ("Superseded", f"Superseded by execution {third}.")
    assert stage(state, 0)["inboundExecution"]["pipelineExecutionId"] == third


def test_a_queue_is_seen_in_its_order(found):
    state, waiting = found["queued"]
    assert [e["pipelineExecutionId"] for e in stage(state, 0)["inboundExecutions"]] == waiting
    assert stage(state, 0)["inboundExecution"]["pipelineExecutionId"] == waiting[0]
    assert found["queued execution"]["executionMode"] == "QUEUED"


def test_an_execution_keeps_version_and_mode_when_the_pipeline_changes(found):
    shown = found["queued execution after an update"]
    assert (shown["executionMode"], shown["pipelineVersion"], shown["status"]) == ("QUEUED", 1, "Failed")


def test_an_execution_that_an_update_ended_says_so(found):
    shown = found["updated execution"]
    assert shown["status"] == "Failed" and "updated" in shown["statusSummary"]
    assert stage(found["updated"], 0)["inboundExecutions"] == []
    assert found["updated"]["pipelineVersion"] == 2 and found["updated"]["updated"] >= found["updated"]["created"]
    [listed] = found["list"]["pipelines"]
    assert (listed["version"], listed["pipelineType"], listed["executionMode"]) == (2, "V1", "SUPERSEDED")
    assert (listed["created"], listed["updated"]) == (found["updated"]["created"], found["updated"]["updated"])


def test_a_revision_that_was_put_is_shown_at_once_and_told_to_the_worker(found):
    reply, job, execution = found["pushed"]
    assert reply["newRevision"] is True
    source = stage(found["pushed state"], 0)["actionStates"][0]
    assert source["currentRevision"] == {"revisionId": "r2", "revisionChangeId": "c2", "created": 1446137313}
    assert [a["revision"] for a in job["data"]["outputArtifacts"]] == ["r2"]
    assert execution["trigger"] == {"triggerType": "PutActionRevision", "triggerDetail": "Fetch r2"}


def test_a_source_in_the_store_shows_its_version(found):
    shown, execution, version = found["stored"]
    action = shown["actionStates"][0]
    assert action["currentRevision"]["revisionId"] == version == action["latestExecution"]["externalExecutionId"]
    assert action["entityUrl"] and action["latestExecution"]["summary"] == f"Amazon S3 version id: {version}"
    [revision] = execution["artifactRevisions"]
    assert revision["revisionId"] == version and revision["revisionSummary"] == f"Amazon S3 version id: {version}"
    assert revision["created"] == action["currentRevision"]["created"]


def test_a_partner_gets_the_same_data_and_the_nonce(found):
    first, second, scan = found["third-party jobs"]
    assert all("nonce" in job and "accountId" not in job for job in (first, second, scan))
    assert second["data"]["continuationToken"] == "step 2" and "continuationToken" not in first["data"]
    assert scan["data"]["inputArtifacts"][0]["revision"] == "r1" and scan["data"]["outputArtifacts"] == []


def test_pages_of_pipelines_are_named_in_order_and_the_last_has_no_token(found):
    first, second = found["pages"]
    names = [page["pipelines"][0]["name"] for page in (first, second)]
    assert names == sorted(names) and len(set(names)) == 2
    assert "nextToken" in first and "nextToken" not in second
    assert found["deleted type"] == "ActionTypeNotFoundException"
