"""Looking at pipelines while they run."""

from eventually import eventually

ENDED = {"Succeeded", "Failed", "Superseded", "Cancelled", "Stopped"}


def status(client, pipeline, execution):
    found = client.get_pipeline_execution(pipelineName=pipeline, pipelineExecutionId=execution)
    return found["pipelineExecution"]["status"]


def until_status(client, pipeline, execution, expected, timeout=30.0):
    """Waits for a status of an execution; another final status fails at once, with the state of the pipeline."""

    def probe():
        seen = status(client, pipeline, execution)
        if seen in ENDED and seen != expected:
            raise RuntimeError(f"{execution} ended {seen}, not {expected}: {failures(client, pipeline)}")
        return seen == expected

    eventually(probe, f"execution {execution} of {pipeline} is {expected}", timeout)


def failures(client, pipeline):
    """What failed, as (stage, action, error details)."""
    return [
        (stage["stageName"], action["actionName"], action["latestExecution"].get("errorDetails"))
        for stage in client.get_pipeline_state(name=pipeline)["stageStates"] for action in stage["actionStates"]
        if action.get("latestExecution", {}).get("status") == "Failed"
    ]


def stage_state(client, pipeline, stage):
    stages = client.get_pipeline_state(name=pipeline)["stageStates"]
    return next(s for s in stages if s["stageName"] == stage)


def action_state(client, pipeline, stage, action):
    actions = stage_state(client, pipeline, stage)["actionStates"]
    return next(a for a in actions if a["actionName"] == action)


def first_execution(client, pipeline, stage, timeout=20.0):
    """The id of the execution that the creation of the pipeline started."""
    return eventually(
        lambda: stage_state(client, pipeline, stage).get("latestExecution", {}).get("pipelineExecutionId"),
        f"an execution in {stage} of {pipeline}", timeout)


def approval_token(client, pipeline, stage, action="Approve", timeout=20.0, other_than=None):
    """The token of the approval that waits, once it does."""

    def probe():
        token = action_state(client, pipeline, stage, action).get("latestExecution", {}).get("token")
        return token if token != other_than else None

    return eventually(probe, f"{stage}/{action} of {pipeline} waits for an answer", timeout)


def answer(client, pipeline, stage, token, verdict="Approved", summary="", action="Approve"):
    return client.put_approval_result(
        pipelineName=pipeline, stageName=stage, actionName=action, token=token,
        result={"status": verdict, "summary": summary})
