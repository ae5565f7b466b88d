"""Quotas (semantics-core 8): the last value that is taken, and the first that is refused."""

import pytest

import model_checks
from declarations import action, approval, create_action_type, gate_pipeline, pipeline, prop
from signed_http import call

NAME = r"[A-Za-z0-9.@\-_]+"


def named(name, pipeline_name=None, stage=None, action_name=None, **more):
    declared = gate_pipeline(pipeline_name or name, "Quota")
    declared["artifactStore"]["location"] = "quota-artifacts"
    if stage:
        declared["stages"][1]["name"] = stage
    if action_name:
        declared["stages"][1]["actions"][0]["name"] = action_name
    declared["stages"][1]["actions"][0] |= more
    return {"pipeline": declared}


def output(artifact):
    declared = named("artifact")
    declared["pipeline"]["stages"][0]["actions"][0]["outputArtifacts"] = [{"name": artifact}]
    return declared


def configured(key, value):
    declared = named("value")
    declared["pipeline"]["stages"][1]["actions"][0]["configuration"] = {key: value}
    return declared


def custom_type(provider="Quota", version="1", **more):
    bounds = {"minimumCount": 0, "maximumCount": 5}
    return {"category": "Test", "provider": provider, "version": version, "inputArtifactDetails": bounds,
            "outputArtifactDetails": bounds} | more


def transition(reason):
    return {"pipelineName": "kept", "stageName": "Gate", "transitionType": "Inbound", "reason": reason}


def answer(summary):
    """Of an approval that is not open: what is refused for that is not refused for its summary."""
    return {"pipelineName": "kept", "stageName": "Gate", "actionName": "Approve", "token": model_checks.UUID,
            "result": {"status": "Approved", "summary": summary}}


ACTION = "pipeline.stages.2.member.actions.1.member"
LENGTH, VALUE = "Member must have length less than or equal to {}", "Member must have value {} than or equal to {}"
MOST_VALUES = ("Map value must satisfy constraint: [Member must have length less than or equal to 50000, "
               "Member must have length greater than or equal to 1]")
MOST_KEYS = ("Map keys must satisfy constraint: [Member must have length less than or equal to 50, "
             "Member must have length greater than or equal to 1]")

# By row: the operation, what makes its input of a value, the last good value, the first bad one, where, what is said.
QUOTAS = {
    "8-pipeline-name": ("CreatePipeline", lambda n: named("x", pipeline_name=n), "p" * 100, "p" * 101,
                        "pipeline.name", LENGTH.format(100)),
    "8-stage-name": ("CreatePipeline", lambda n: named("stage", stage=n), "s" * 100, "s" * 101,
                     "pipeline.stages.2.member.name", LENGTH.format(100)),
    "8-action-name": ("CreatePipeline", lambda n: named("action", action_name=n), "a" * 100, "a" * 101,
                      f"{ACTION}.name", LENGTH.format(100)),
    "8-artifact-name": ("CreatePipeline", output, "o" * 100, "o" * 101,
                        "pipeline.stages.1.member.actions.1.member.outputArtifacts.1.member.name", LENGTH.format(100)),
    "8-run-order-highest": ("CreatePipeline", lambda n: named("last", runOrder=n), 999, 1000, f"{ACTION}.runOrder",
                            VALUE.format("less", 999)),
    "8-run-order-lowest": ("CreatePipeline", lambda n: named("first", runOrder=n), 1, 0, f"{ACTION}.runOrder",
                           VALUE.format("greater", 1)),
    "8-approval-timeout-longest": ("CreatePipeline", lambda n: named("long", timeoutInMinutes=n), 86400, 86401,
                                   f"{ACTION}.timeoutInMinutes", VALUE.format("less", 86400)),
    "8-approval-timeout-shortest": ("CreatePipeline", lambda n: named("short", timeoutInMinutes=n), 5, 4,
                                    f"{ACTION}.timeoutInMinutes", VALUE.format("greater", 5)),
    "8-configuration-value": ("CreatePipeline", lambda v: configured("CustomData", v), "v" * 50_000, "v" * 50_001,
                              f"{ACTION}.configuration", MOST_VALUES),
    "8-provider-name": ("CreateCustomActionType", lambda n: custom_type(provider=n), "p" * 35, "p" * 36, "provider",
                        LENGTH.format(35)),
    "8-type-version": ("CreateCustomActionType", lambda n: custom_type(version=n), "9" * 9, "9" * 10, "version",
                       LENGTH.format(9)),
    "8-configuration-properties": (
        "CreateCustomActionType",
        lambda n: custom_type("Props", configurationProperties=[prop(f"k{i}") for i in range(n)]), 10, 11,
        "configurationProperties", LENGTH.format(10)),
    "8-disable-reason": ("DisableStageTransition", transition, "r" * 300, "r" * 301, "reason", LENGTH.format(300)),
    "8-approval-summary": ("PutApprovalResult", answer, "s" * 512, "s" * 513, "result.summary", LENGTH.format(512)),
}


@pytest.fixture(scope="module")
def quotas(tmp_path_factory):
    """A server of its own, where names as long as they may be are free."""
    from penstock_server import Server
    server = Server(tmp_path_factory.mktemp("quotas")).start()
    client = server.client("codepipeline")
    create_action_type(client, "Source", "Quota")
    client.create_pipeline(pipeline=gate_pipeline("kept", "Quota"))
    yield server
    server.kill()


@pytest.mark.parametrize("row", QUOTAS)
def test_the_last_value_within_a_quota_is_taken_and_the_next_refused(quotas, row):
    operation, document, good, bad, path, text = QUOTAS[row]
    reply = call(quotas, operation, document(bad))
    assert (reply.status, *reply.error()) == (
        400, "ValidationException",
        f"1 validation error detected: Value at '{path}' failed to satisfy constraint: {text}")
    reply = call(quotas, operation, document(good))
    if operation == "PutApprovalResult":
        assert reply.error()[0] == "InvalidApprovalTokenException"
    else:
        assert reply.status == 200, reply.body


def test_a_configuration_key_of_51_characters_is_refused(quotas):
    """One of 50 is unknown to the action's type, which is another refusal: keys have no other taker."""
    head = "1 validation error detected: Value at"
    assert call(quotas, "CreatePipeline", configured("k" * 51, "v")).error() == (
        "ValidationException", f"{head} '{ACTION}.configuration' failed to satisfy constraint: {MOST_KEYS}")
    assert call(quotas, "CreatePipeline", configured("k" * 50, "v")).error()[0] == "InvalidActionDeclarationException"


@pytest.mark.parametrize("bounds, path, text", [
    pytest.param({"minimumCount": 0, "maximumCount": 6}, "outputArtifactDetails.maximumCount", VALUE.format("less", 5),
                 id="8-artifacts-of-a-custom-type"),
])
def test_a_custom_type_has_five_artifacts_at_most(quotas, bounds, path, text):
    document = custom_type("Many") | {"outputArtifactDetails": bounds}
    assert call(quotas, "CreateCustomActionType", document).error() == (
        "ValidationException", f"1 validation error detected: Value at '{path}' failed to satisfy constraint: {text}")


def test_fifty_actions_may_run_side_by_side_or_in_a_row(quotas):
    client = quotas.client("codepipeline")
    for name, order in (("wide", lambda n: 1), ("deep", lambda n: n + 1)):
        declared = pipeline(
            name, ("Source", [action("Fetch", "Source", "Custom", "Quota", outputs=["S"])]),
            ("Gate", [approval(f"A{n}", order=order(n)) for n in range(50)]))
        assert len(client.create_pipeline(pipeline=declared)["pipeline"]["stages"][1]["actions"]) == 50


def test_limits_that_nobody_set_do_not_hold(quotas):
    """The reference's 1000 pipelines and 50 types are AWS's: here they are the configuration's, and none by default."""
    client = quotas.client("codepipeline")
    for number in range(51):
        create_action_type(client, "Test", f"Many{number}")
    listed = [t["id"]["provider"] for t in client.list_action_types(actionOwnerFilter="Custom")["actionTypes"]]
    assert len([provider for provider in listed if provider.startswith("Many")]) == 51
