"""What came to declarations after 2016: run as written, or refused by name; never kept and ignored."""

import pytest

from declarations import create_action_type, gate_pipeline

RULE = {"name": "check",
        "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "VariableCheck", "version": "1"},
        "configuration": {"Variable": "a", "Operator": "EQ", "Value": "b"}}


@pytest.fixture
def declaration(codepipeline, unique):
    provider = unique("v2")
    create_action_type(codepipeline, "Source", provider)
    return gate_pipeline(unique("pipe"), provider) | {"pipelineType": "V2"}


@pytest.mark.parametrize("gate, result", [("beforeEntry", "FAIL"), ("onSuccess", "FAIL")])
def test_a_gate_that_is_not_checked_is_kept_and_never_passed(server, codepipeline, declaration, gate, result):
    from progress import action_state, until_status
    from worker import Worker
    conditions = {"conditions": [{"result": result, "rules": [RULE]}]}
    declaration["stages"][1][gate] = conditions
    name = declaration["name"]
    codepipeline.create_pipeline(pipeline=declaration)
    kept = codepipeline.get_pipeline(name=name)["pipeline"]["stages"][1]
    assert kept[gate]["conditions"][0]["result"] == result
    provider = declaration["stages"][0]["actions"][0]["actionTypeId"]["provider"]
    job = Worker(server, "Source", provider).source("r")
    until_status(codepipeline, name, job["data"]["pipelineContext"]["pipelineExecutionId"], "Failed")
    details = action_state(codepipeline, name, "Gate", "Approve")["latestExecution"]["errorDetails"]
    assert details["code"] == "ConfigurationError"
    assert "'Gate'" in details["message"] and gate in details["message"]
    codepipeline.delete_pipeline(name=name)


def test_parallel_execution_is_refused_by_name(codepipeline, declaration, error_of):
    code, message = error_of(codepipeline.create_pipeline, pipeline=declaration | {"executionMode": "PARALLEL"})
    assert code == "ValidationException" and "PARALLEL" in message


def test_queued_executions_wait_and_none_is_superseded(server, codepipeline, declaration):
    from progress import answer, approval_token, status, until_status
    from worker import Worker
    name = declaration["name"]
    provider = declaration["stages"][0]["actions"][0]["actionTypeId"]["provider"]
    codepipeline.create_pipeline(pipeline=declaration | {"executionMode": "QUEUED"})
    started = [codepipeline.start_pipeline_execution(name=name)["pipelineExecutionId"] for _ in range(2)]
    assert [status(codepipeline, name, execution) for execution in started] == ["InProgress"] * 2
    worker, seen, token = Worker(server, "Source", provider), [], None
    for _ in range(3):
        job = worker.source("r")
        seen.append(job["data"]["pipelineContext"]["pipelineExecutionId"])
        token = approval_token(codepipeline, name, "Gate", other_than=token)
        answer(codepipeline, name, "Gate", token)
        until_status(codepipeline, name, seen[-1], "Succeeded")
    assert seen[1:] == started
    codepipeline.delete_pipeline(name=name)
