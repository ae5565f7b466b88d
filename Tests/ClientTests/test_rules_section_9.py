"""The decision sheet (semantics-core 9): of two things that are wrong, each operation tells the first; with its text.

Every case but the last of an operation breaks two rules at once, or is the text of the only one.
"""

import pytest

from conftest import PARTNER
from decision_sheet import PARTNER_TYPE, UNKNOWN, LimitedThings, Things
from declarations import gate_pipeline, pipeline, action
from penstock_server import ACCOUNT, Server
from signed_http import call

NAME = r"[A-Za-z0-9.@\-_]+"
FAILURE = {"type": "JobFailed", "message": "m"}
BOUNDS = {"minimumCount": 0, "maximumCount": 5}
MANY = {f"k{n}": "v" * 10_000 for n in range(13)}


def broken(path, text):
    return "ValidationException", f"1 validation error detected: Value at '{path}' failed to satisfy constraint: {text}"


def pattern(path, expression=NAME):
    return broken(path, f"Member must satisfy regular expression pattern: {expression}")


def least(path, what="value"):
    return broken(path, f"Member must have {what} greater than or equal to 1")


def no_pipeline(name="nobody"):
    return "PipelineNotFoundException", f"Pipeline with name {name} does not exist in account {ACCOUNT}"


def no_stage(name):
    return "StageNotFoundException", f"Pipeline '{name}' does not have a stage with name 'Nowhere'"


def no_action(name, stage):
    return ("ActionNotFoundException",
            f"Stage '{stage}' in pipeline '{name}' does not have an action with name 'Nothing'")


def no_job(job=UNKNOWN):
    return "JobNotFoundException", f"Job '{job}' was not found"


def state(job, word):
    return "InvalidJobStateException", f"Job '{job}' is in state {word}"


def type_id(provider, category="Build", owner="Custom"):
    return {"category": category, "owner": owner, "provider": provider, "version": "1"}


def no_type(category, owner, provider):
    return ("ActionTypeNotFoundException",
            f"ActionType (Category: '{category}', Owner: '{owner}', Provider: '{provider}', Version: '1') is not "
            "available")


def one_stage(name):
    return {"pipeline": pipeline(
        name, ("Source", [action("Fetch", "Source", "Custom", "nobody", outputs=["S"])]), store="artifacts")}


ONE_STAGE = ("InvalidStructureException",
             "Pipeline has only 1 stage(s). There should be a minimum of 2 stages in a pipeline")
NO_TOKEN = ("InvalidNextTokenException", "The next token is not valid")
NO_CLIENT = ("InvalidClientTokenException", "The client token is not valid")
ENUM = "Member must satisfy enum value set: [{}]"
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def custom_type(provider, **more):
    return {"category": "Source", "provider": provider, "version": "1", "inputArtifactDetails": BOUNDS,
            "outputArtifactDetails": BOUNDS} | more


def retry(name, stage="Build", execution=UNKNOWN, mode="FAILED_ACTIONS"):
    return {"pipelineName": name, "stageName": stage, "pipelineExecutionId": execution, "retryMode": mode}


def not_retryable(text):
    return "StageNotRetryableException", text


def enable(name, stage="Nowhere", kind="Inbound"):
    return {"pipelineName": name, "stageName": stage, "transitionType": kind}


def revision(name, stage="Nowhere", action_name="Nothing", identifier="r"):
    return {"pipelineName": name, "stageName": stage, "actionName": action_name, "actionRevision": {
        "revisionId": identifier, "revisionChangeId": "c", "created": 1446137312}}


def approve(name, stage="Nowhere", action_name="Nothing", token=UNKNOWN, status="Approved"):
    return {"pipelineName": name, "stageName": stage, "actionName": action_name, "token": token,
            "result": {"status": status, "summary": ""}}


def proof(job, token="second-token", **more):
    return {"jobId": job, "clientToken": token} | more


# By case: what is called, with what, and what it says. `t` is Things; a plain document and a plain refusal need none.
CASES = {
    "CreatePipeline-1-constraint-before-structure": (
        "CreatePipeline", one_stage("no name"), pattern("pipeline.name")),
    "CreatePipeline-2-structure-before-name-in-use": ("CreatePipeline", lambda t: one_stage(t.gate[0]), ONE_STAGE),
    "CreatePipeline-3-name-in-use": (
        "CreatePipeline", lambda t: {"pipeline": gate_pipeline(t.gate[0], t.gate[0])},
        lambda t: ("PipelineNameInUseException",
                   f"A pipeline with the name '{t.gate[0]}' already exists in account '{ACCOUNT}'")),

    "UpdatePipeline-1-constraint-before-not-found": ("UpdatePipeline", one_stage("no name"), pattern("pipeline.name")),
    "UpdatePipeline-2-not-found-before-structure": (
        "UpdatePipeline", one_stage("nobody"),
        ("PipelineNotFoundException",
         f"The account with id '{ACCOUNT}' does not include a pipeline with the name 'nobody'")),
    "UpdatePipeline-3-structure": ("UpdatePipeline", lambda t: one_stage(t.gate[0]), ONE_STAGE),

    "GetPipeline-1-constraint-before-not-found": ("GetPipeline", {"name": "nobody", "version": 0}, least("version")),
    "GetPipeline-2-not-found-before-version": (
        "GetPipeline", {"name": "nobody", "version": 7},
        ("PipelineNotFoundException", f"Account '{ACCOUNT}' does not have a pipeline with name 'nobody'")),
    "GetPipeline-3-version": (
        "GetPipeline", lambda t: {"name": t.gate[0], "version": 7},
        lambda t: ("PipelineVersionNotFoundException", f"Pipeline '{t.gate[0]}' does not have a version 7")),

    "DeletePipeline-1-constraint": ("DeletePipeline", {"name": "no name"}, pattern("name")),
    "DeletePipeline-2-nothing-is-not-found": ("DeletePipeline", {"name": "nobody"}, None),

    "ListPipelines-1-constraint-before-token": (
        "ListPipelines", {"maxResults": 0, "nextToken": "nonsense"}, least("maxResults")),
    "ListPipelines-2-token": ("ListPipelines", {"nextToken": "nonsense"}, NO_TOKEN),

    "GetPipelineState-1-constraint": ("GetPipelineState", {"name": "no name"}, pattern("name")),
    "GetPipelineState-2-not-found": ("GetPipelineState", {"name": "nobody"}, no_pipeline()),

    "GetPipelineExecution-1-constraint-before-not-found": (
        "GetPipelineExecution", {"pipelineName": "nobody", "pipelineExecutionId": "x"},
        pattern("pipelineExecutionId", UUID)),
    "GetPipelineExecution-2-pipeline-before-execution": (
        "GetPipelineExecution", {"pipelineName": "nobody", "pipelineExecutionId": UNKNOWN}, no_pipeline()),
    "GetPipelineExecution-3-execution": (
        "GetPipelineExecution", lambda t: {"pipelineName": t.gate[0], "pipelineExecutionId": UNKNOWN},
        lambda t: ("PipelineExecutionNotFoundException",
                   f"Pipeline execution '{UNKNOWN}' was not found in pipeline '{t.gate[0]}'")),

    "StartPipelineExecution-1-constraint-before-not-found": (
        "StartPipelineExecution", {"name": "nobody", "clientRequestToken": "a b"},
        pattern("clientRequestToken", "^[a-zA-Z0-9-]+$")),
    "StartPipelineExecution-2-unserved-before-not-found": (
        "StartPipelineExecution", {"name": "nobody", "variables": [{"name": "V", "value": "1"}]},
        ("ValidationException", "variables and sourceRevisions of StartPipelineExecution are not served by this "
                                "version of Penstock; start without them")),
    "StartPipelineExecution-3-not-found": ("StartPipelineExecution", {"name": "nobody"}, no_pipeline()),
    "StartPipelineExecution-4-full-queue": (
        "StartPipelineExecution", lambda t: {"name": t.full},
        lambda t: ("ConcurrentPipelineExecutionsLimitExceededException",
                   f"Pipeline '{t.full}' has reached its limit of 50 concurrent executions")),

    "RetryStageExecution-1-constraint-before-not-found": (
        "RetryStageExecution", retry("nobody", mode="SOME"),
        broken("retryMode", ENUM.format("FAILED_ACTIONS, ALL_ACTIONS"))),
    "RetryStageExecution-2-unserved-before-not-found": (
        "RetryStageExecution", retry("nobody", mode="ALL_ACTIONS"),
        ("ValidationException",
         "retryMode ALL_ACTIONS is not served by this version of Penstock; use FAILED_ACTIONS")),
    "RetryStageExecution-3-pipeline-before-stage": ("RetryStageExecution", retry("nobody", "Nowhere"), no_pipeline()),
    "RetryStageExecution-4-stage-before-execution": (
        "RetryStageExecution", lambda t: retry(t.failed[0], "Nowhere"), lambda t: no_stage(t.failed[0])),
    "RetryStageExecution-5-execution-before-its-state": (
        "RetryStageExecution", lambda t: retry(t.building[0]),
        ("NotLatestPipelineExecutionException", f"Execution '{UNKNOWN}' is not the latest execution in stage 'Build'")),
    "RetryStageExecution-6-actions-in-progress": (
        "RetryStageExecution", lambda t: retry(t.building[0], execution=t.building[1]),
        not_retryable("The stage has actions that are still in progress")),
    "RetryStageExecution-6-no-failed-actions": (
        "RetryStageExecution", lambda t: retry(t.failed[0], "Source", t.failed[1]),
        not_retryable("The stage has no failed actions to retry")),
    "RetryStageExecution-6-retry-in-progress": (
        "RetryStageExecution", lambda t: retry(t.retried[0], execution=t.retried[1]),
        not_retryable("Another retry of the stage is in progress")),
    "RetryStageExecution-6-structure-changed": (
        "RetryStageExecution", lambda t: retry(t.changed[0], execution=t.changed[1]),
        not_retryable("The structure of the pipeline has changed since the stage failed")),

    "EnableStageTransition-1-constraint-before-not-found": (
        "EnableStageTransition", enable("nobody", kind="Sideways"),
        broken("transitionType", ENUM.format("Inbound, Outbound"))),
    "EnableStageTransition-2-pipeline-before-stage": ("EnableStageTransition", enable("nobody"), no_pipeline()),
    "EnableStageTransition-3-stage": (
        "EnableStageTransition", lambda t: enable(t.gate[0]), lambda t: no_stage(t.gate[0])),

    "DisableStageTransition-1-constraint-before-not-found": (
        "DisableStageTransition", enable("nobody"), broken("reason", "Member must not be null")),
    "DisableStageTransition-2-pipeline-before-stage": (
        "DisableStageTransition", enable("nobody") | {"reason": "r"}, no_pipeline()),
    "DisableStageTransition-3-stage": (
        "DisableStageTransition", lambda t: enable(t.gate[0]) | {"reason": "r"}, lambda t: no_stage(t.gate[0])),

    "PutActionRevision-1-constraint-before-not-found": (
        "PutActionRevision", revision("nobody", identifier=""), least("actionRevision.revisionId", "length")),
    "PutActionRevision-2-pipeline-before-stage": ("PutActionRevision", revision("nobody"), no_pipeline()),
    "PutActionRevision-3-stage-before-action": (
        "PutActionRevision", lambda t: revision(t.gate[0]), lambda t: no_stage(t.gate[0])),
    "PutActionRevision-4-action": (
        "PutActionRevision", lambda t: revision(t.gate[0], "Source"), lambda t: no_action(t.gate[0], "Source")),
    "PutActionRevision-5-no-source": (
        "PutActionRevision", lambda t: revision(t.gate[0], "Gate", "Approve"),
        lambda t: ("ValidationException",
                   f"Action 'Approve' in stage 'Gate' of pipeline '{t.gate[0]}' is not a Source action")),

    "PutApprovalResult-1-constraint-before-not-found": (
        "PutApprovalResult", approve("nobody", status="approved"),
        broken("result.status", ENUM.format("Approved, Rejected"))),
    "PutApprovalResult-2-pipeline-before-stage": ("PutApprovalResult", approve("nobody"), no_pipeline()),
    "PutApprovalResult-3-stage-before-action": (
        "PutApprovalResult", lambda t: approve(t.gate[0]), lambda t: no_stage(t.gate[0])),
    "PutApprovalResult-4-action-before-token": (
        "PutApprovalResult", lambda t: approve(t.gate[0], "Gate"), lambda t: no_action(t.gate[0], "Gate")),
    "PutApprovalResult-5-no-approval-before-token": (
        "PutApprovalResult", lambda t: approve(t.gate[0], "Source", "Fetch"),
        lambda t: ("ActionNotFoundException",
                   f"Stage 'Source' in pipeline '{t.gate[0]}' does not have an approval action with name 'Fetch'")),
    "PutApprovalResult-6-token-before-completed": (
        "PutApprovalResult", lambda t: approve(t.answered[0], "Gate", "Approve"),
        ("InvalidApprovalTokenException", "The approval token is not valid or has expired")),
    "PutApprovalResult-7-completed": (
        "PutApprovalResult", lambda t: approve(t.answered[0], "Gate", "Approve", t.answered[1]),
        ("ApprovalAlreadyCompletedException", "The approval action has already been approved or rejected")),

    "ListActionTypes-1-constraint-before-token": (
        "ListActionTypes", {"actionOwnerFilter": "Nobody", "nextToken": "nonsense"},
        broken("actionOwnerFilter", ENUM.format("AWS, ThirdParty, Custom"))),
    "ListActionTypes-2-token": ("ListActionTypes", {"nextToken": "nonsense"}, NO_TOKEN),

    "CreateCustomActionType-1-constraint-before-rules": (
        "CreateCustomActionType",
        custom_type("no name", inputArtifactDetails={"minimumCount": 2, "maximumCount": 1}),
        pattern("provider", "[0-9A-Za-z_-]+")),
    "CreateCustomActionType-2-rules-before-existing": (
        "CreateCustomActionType",
        lambda t: custom_type(t.provider, inputArtifactDetails={"minimumCount": 2, "maximumCount": 1}),
        ("InvalidActionTypeException",
         "Maximum Number of Artifacts (1) has to be greater than or equal to minimum (2).")),
    "CreateCustomActionType-3-existing": (
        "CreateCustomActionType", lambda t: custom_type(t.provider),
        lambda t: ("InvalidActionTypeException",
                   f"ActionType (Category: 'Source', Owner: 'Custom', Provider: '{t.provider}', Version: '1') already "
                   "exists.")),

    "DeleteCustomActionType-1-constraint": (
        "DeleteCustomActionType", {"category": "Build", "provider": "no name", "version": "1"},
        pattern("provider", "[0-9A-Za-z_-]+")),
    "DeleteCustomActionType-2-nothing-is-not-found": (
        "DeleteCustomActionType", {"category": "Build", "provider": "nobody", "version": "1"}, None),

    "PollForJobs-1-constraint-before-owner": (
        "PollForJobs", {"actionTypeId": type_id("nobody", owner="AWS"), "maxBatchSize": 0}, least("maxBatchSize")),
    "PollForJobs-2-owner-before-type": (
        "PollForJobs", {"actionTypeId": type_id("nobody", owner="AWS")},
        ("ValidationException", "ActionType with owner 'AWS' is not supported")),
    "PollForJobs-3-type-before-query": (
        "PollForJobs", {"actionTypeId": type_id("nobody"), "queryParam": {"K": "v"}},
        no_type("Build", "Custom", "nobody")),
    "PollForJobs-4-query": (
        "PollForJobs", lambda t: {"actionTypeId": type_id(t.provider), "queryParam": {"K": "v"}},
        lambda t: ("ValidationException",
                   "queryParam must be empty: ActionType (Category: 'Build', Owner: 'Custom', "
                   f"Provider: '{t.provider}', Version: '1') has no queryable configuration property")),

    "AcknowledgeJob-1-constraint-before-not-found": (
        "AcknowledgeJob", {"jobId": UNKNOWN, "nonce": ""}, least("nonce", "length")),
    "AcknowledgeJob-2-job-before-nonce": ("AcknowledgeJob", {"jobId": UNKNOWN, "nonce": "0"}, no_job()),
    "AcknowledgeJob-3-nonce-before-state": (
        "AcknowledgeJob", lambda t: {"jobId": t.failed[2]["id"], "nonce": "0"},
        lambda t: ("InvalidNonceException", f"The nonce for job '{t.failed[2]['id']}' is not valid")),

    "GetJobDetails-1-constraint": ("GetJobDetails", {"jobId": "x"}, pattern("jobId", UUID)),
    "GetJobDetails-2-job": ("GetJobDetails", {"jobId": UNKNOWN}, no_job()),

    "PutJobSuccessResult-1-constraint-before-not-found": (
        "PutJobSuccessResult", {"jobId": UNKNOWN, "continuationToken": ""}, least("continuationToken", "length")),
    "PutJobSuccessResult-2-variables-with-token-before-not-found": (
        "PutJobSuccessResult", {"jobId": UNKNOWN, "continuationToken": "t", "outputVariables": {"K": "v"}},
        ("ValidationException", "outputVariables can't be given together with a continuationToken")),
    "PutJobSuccessResult-3-job-before-size": (
        "PutJobSuccessResult", {"jobId": UNKNOWN, "outputVariables": MANY}, no_job()),
    "PutJobSuccessResult-4-state-before-size": (
        "PutJobSuccessResult", lambda t: {"jobId": t.failed[2]["id"], "outputVariables": MANY},
        lambda t: state(t.failed[2]["id"], "Failed")),
    "PutJobSuccessResult-5-size": (
        "PutJobSuccessResult", lambda t: {"jobId": t.building[2]["id"], "outputVariables": MANY},
        ("OutputVariablesSizeExceededException",
         "The output variables have 130029 bytes, more than the maximum of 122880")),

    "PutJobFailureResult-1-constraint-before-not-found": (
        "PutJobFailureResult", {"jobId": UNKNOWN, "failureDetails": {"type": "JobFailed"}},
        broken("failureDetails.message", "Member must not be null")),
    "PutJobFailureResult-2-job": ("PutJobFailureResult", {"jobId": UNKNOWN, "failureDetails": FAILURE}, no_job()),
    "PutJobFailureResult-3-state": (
        "PutJobFailureResult", lambda t: {"jobId": t.failed[2]["id"], "failureDetails": FAILURE},
        lambda t: state(t.failed[2]["id"], "Failed")),

    "PollForThirdPartyJobs-1-constraint-before-owner": (
        "PollForThirdPartyJobs", {"actionTypeId": type_id("nobody"), "maxBatchSize": 0}, least("maxBatchSize")),
    "PollForThirdPartyJobs-2-owner-before-type": (
        "PollForThirdPartyJobs", {"actionTypeId": type_id("nobody")},
        ("ValidationException", "ActionType with owner 'Custom' is not supported")),
    "PollForThirdPartyJobs-3-type": (
        "PollForThirdPartyJobs", {"actionTypeId": PARTNER_TYPE | {"provider": "nobody"}},
        no_type("Test", "ThirdParty", "nobody")),

    "GetThirdPartyJobDetails-1-constraint-before-not-found": (
        "GetThirdPartyJobDetails", proof(UNKNOWN, ""), least("clientToken", "length")),
    "GetThirdPartyJobDetails-2-job-before-token": ("GetThirdPartyJobDetails", proof(UNKNOWN, "wrong"), no_job()),
    "GetThirdPartyJobDetails-3-token-before-state": (
        "GetThirdPartyJobDetails", lambda t: proof(t.partner_job_done, "wrong"), NO_CLIENT),
    "GetThirdPartyJobDetails-4-state": (
        "GetThirdPartyJobDetails", lambda t: proof(t.partner_job_done),
        lambda t: ("InvalidJobException", f"Job '{t.partner_job_done}' is in state Succeeded")),

    "AcknowledgeThirdPartyJob-1-constraint-before-not-found": (
        "AcknowledgeThirdPartyJob", proof(UNKNOWN, nonce=""), least("nonce", "length")),
    "AcknowledgeThirdPartyJob-2-job-before-token": (
        "AcknowledgeThirdPartyJob", proof(UNKNOWN, "wrong", nonce="0"), no_job()),
    "AcknowledgeThirdPartyJob-3-token-before-nonce": (
        "AcknowledgeThirdPartyJob", lambda t: proof(t.partner_job, "wrong", nonce="0"), NO_CLIENT),
    "AcknowledgeThirdPartyJob-4-nonce": (
        "AcknowledgeThirdPartyJob", lambda t: proof(t.partner_job, nonce="0"),
        lambda t: ("InvalidNonceException", f"The nonce for job '{t.partner_job}' is not valid")),

    "PutThirdPartyJobSuccessResult-1-constraint-before-not-found": (
        "PutThirdPartyJobSuccessResult", proof(UNKNOWN, ""), least("clientToken", "length")),
    "PutThirdPartyJobSuccessResult-2-job-before-token": (
        "PutThirdPartyJobSuccessResult", proof(UNKNOWN, "wrong"), no_job()),
    "PutThirdPartyJobSuccessResult-3-token-before-state": (
        "PutThirdPartyJobSuccessResult", lambda t: proof(t.partner_job_done, "wrong"), NO_CLIENT),
    "PutThirdPartyJobSuccessResult-4-state": (
        "PutThirdPartyJobSuccessResult", lambda t: proof(t.partner_job_done),
        lambda t: state(t.partner_job_done, "Succeeded")),

    "PutThirdPartyJobFailureResult-1-constraint-before-not-found": (
        "PutThirdPartyJobFailureResult", proof(UNKNOWN, failureDetails={"type": "JobFailed"}),
        broken("failureDetails.message", "Member must not be null")),
    "PutThirdPartyJobFailureResult-2-job-before-token": (
        "PutThirdPartyJobFailureResult", proof(UNKNOWN, "wrong", failureDetails=FAILURE), no_job()),
    "PutThirdPartyJobFailureResult-3-token-before-state": (
        "PutThirdPartyJobFailureResult", lambda t: proof(t.partner_job_done, "wrong", failureDetails=FAILURE),
        NO_CLIENT),
    "PutThirdPartyJobFailureResult-4-state": (
        "PutThirdPartyJobFailureResult", lambda t: proof(t.partner_job_done, failureDetails=FAILURE),
        lambda t: state(t.partner_job_done, "Succeeded")),
}


@pytest.fixture(scope="module")
def things(server):
    made = Things(server)
    yield made
    made.close()


@pytest.mark.parametrize("case", CASES)
def test_of_two_things_that_are_wrong_the_first_is_told(server, things, case):
    operation, document, refusal = (part(things) if callable(part) else part for part in CASES[case])
    reply = call(server, operation, document)
    if refusal is None:
        assert (reply.status, reply.body) == (200, b"")
    else:
        assert (reply.status, reply.error()) == (400, refusal)


def test_every_served_operation_is_in_the_sheet():
    from test_wire import IMPLEMENTED
    assert {operation for operation, _, _ in CASES.values()} == IMPLEMENTED
    assert PARTNER["clients"][1]["clientToken"] == "second-token"


@pytest.fixture(scope="module")
def limited(tmp_path_factory):
    """A server whose limits are reached."""
    server = Server(
        tmp_path_factory.mktemp("limited"), config={"limits": {"pipelines": 1, "customActionTypes": 1}}).start()
    yield LimitedThings(server)
    server.kill()


def limit(what, member):
    return "LimitExceededException", f"The number of {what} has reached its limit of 1 (limits.{member})"


LIMITED = {
    "CreatePipeline-4-structure-before-limit": ("CreatePipeline", one_stage("second"), ONE_STAGE),
    "CreatePipeline-5-name-in-use-before-limit": (
        "CreatePipeline", {"pipeline": gate_pipeline("only", "Only")},
        ("PipelineNameInUseException", f"A pipeline with the name 'only' already exists in account '{ACCOUNT}'")),
    "CreatePipeline-6-limit": (
        "CreatePipeline", {"pipeline": gate_pipeline("second", "Only")}, limit("pipelines", "pipelines")),
    "CreateCustomActionType-4-rules-before-limit": (
        "CreateCustomActionType", custom_type("Two", outputArtifactDetails={"minimumCount": 3, "maximumCount": 1}),
        ("InvalidActionTypeException",
         "Maximum Number of Artifacts (1) has to be greater than or equal to minimum (3).")),
    "CreateCustomActionType-5-existing-before-limit": (
        "CreateCustomActionType", custom_type("Only"),
        ("InvalidActionTypeException",
         "ActionType (Category: 'Source', Owner: 'Custom', Provider: 'Only', Version: '1') already exists.")),
    "CreateCustomActionType-6-limit": (
        "CreateCustomActionType", custom_type("Two"), limit("custom action types", "customActionTypes")),
}


@pytest.mark.parametrize("case", LIMITED)
def test_a_limit_is_told_last(limited, case):
    operation, document, refusal = LIMITED[case]
    reply = call(limited.server, operation, document)
    assert (reply.status, reply.error()) == (400, refusal)
