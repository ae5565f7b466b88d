"""How executions run: semantics-core section 4. What stands here was not tested from outside before.

docs/compatibility.md lists the rules of the section with the test of each, wherever it is.
"""

import re

import pytest

from declarations import action, approval, create_action_type, gate_pipeline, pipeline, s3_source
from eventually import eventually
from penstock_server import ACCOUNT
from progress import (
    action_state, approval_token, failures, first_execution, stage_state, status, until_status)
from signed_http import call
from worker import Worker

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
UNKNOWN = "01234567-89ab-cdef-0123-456789abcdef"
UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@pytest.fixture
def custom(codepipeline, unique):
    """A provider with a source, a build and a test action type."""
    provider = unique("x")
    for category in ("Source", "Build", "Test"):
        create_action_type(codepipeline, category, provider)
    return provider


@pytest.fixture
def made(codepipeline, unique):
    """Creates pipelines that the test's end deletes: `made(stages…)` is the name of one."""
    names = []

    def make(*stages):
        names.append(unique("four"))
        codepipeline.create_pipeline(pipeline=pipeline(names[-1], *stages))
        return names[-1]

    yield make
    for name in names:
        codepipeline.delete_pipeline(name=name)


@pytest.fixture
def three(custom, made):
    """Three stages of one custom action each: S, B and D."""
    return made(("S", [action("Fetch", "Source", "Custom", custom, outputs=["Source"])]),
                ("B", [action("Compile", "Build", "Custom", custom, {}, ["Source"])]),
                ("D", [action("Check", "Test", "Custom", custom, {}, ["Source"])]))


def start(codepipeline, name):
    return codepipeline.start_pipeline_execution(name=name)["pipelineExecutionId"]


def execution(codepipeline, name, identifier):
    return codepipeline.get_pipeline_execution(pipelineName=name, pipelineExecutionId=identifier)["pipelineExecution"]


def inbound(codepipeline, name, stage):
    return stage_state(codepipeline, name, stage).get("inboundExecution", {}).get("pipelineExecutionId")


def of_execution(job):
    return job["data"]["pipelineContext"]["pipelineExecutionId"]


class TestStarts:
    def test_creation_starts_an_execution_at_once(self, codepipeline, three):
        identifier = stage_state(codepipeline, three, "S")["latestExecution"]["pipelineExecutionId"]
        found = execution(codepipeline, three, identifier)
        assert (found["status"], found["trigger"]["triggerType"]) == ("InProgress", "CreatePipeline")
        assert found["trigger"]["triggerDetail"] == ROOT

    def test_every_start_is_a_new_execution_that_is_there_at_once(self, codepipeline, three):
        seen = {first_execution(codepipeline, three, "S")}
        for _ in range(3):
            identifier = start(codepipeline, three)
            assert UUID.fullmatch(identifier)
            found = execution(codepipeline, three, identifier)
            assert (found["status"], found["trigger"]["triggerType"]) == ("InProgress", "StartPipelineExecution")
            seen.add(identifier)
        assert len(seen) == 4

    def test_two_executions_release_the_same_changes(self, server, codepipeline, custom, three):
        ended = []
        for _ in range(2):
            if ended:
                start(codepipeline, three)
            Worker(server, "Source", custom).source("the-same")
            for category in ("Build", "Test"):
                worker = Worker(server, category, custom)
                job = worker.take()
                worker.succeed(job)
            until_status(codepipeline, three, of_execution(job), "Succeeded")
            ended.append(of_execution(job))
        revisions = [execution(codepipeline, three, one)["artifactRevisions"][0]["revisionId"] for one in ended]
        assert len(set(ended)) == 2 and revisions == ["the-same"] * 2

    def test_all_sources_run_when_one_of_them_changed(self, server, codepipeline, custom, made):
        name = made(("S", [action("One", "Source", "Custom", custom, outputs=["A"]),
                           action("Two", "Source", "Custom", custom, outputs=["B"])]), ("G", [approval()]))
        worker = Worker(server, "Source", custom)
        for revision in ("1", "2"):
            worker.source(revision)
        approval_token(codepipeline, name, "G")
        changed = codepipeline.put_action_revision(
            pipelineName=name, stageName="S", actionName="One",
            actionRevision={"revisionId": "3", "revisionChangeId": "c", "created": 1446137312.204})
        assert changed["newRevision"] is True
        jobs = [worker.take(), worker.take()]
        assert {job["data"]["pipelineContext"]["action"]["name"] for job in jobs} == {"One", "Two"}
        assert {of_execution(job) for job in jobs} == {changed["pipelineExecutionId"]}

    def test_a_source_fetches_what_is_the_latest_when_it_runs(self, new_server):
        server = new_server({"engine": {"startOnPut": False, "sourcePollInterval": 3600}}).start()
        client, s3 = server.client("codepipeline"), server.client("s3")
        s3.create_bucket(Bucket="sources")
        s3.put_bucket_versioning(Bucket="sources", VersioningConfiguration={"Status": "Enabled"})
        s3.put_object(Bucket="sources", Key="k", Body=b"one")
        client.create_pipeline(pipeline=pipeline("late", ("S", [s3_source("sources", "k")]), ("G", [approval()])))
        first = approval_token(client, "late", "G")
        where = {"pipelineName": "late", "stageName": "S", "transitionType": "Inbound"}
        client.disable_stage_transition(**where, reason="hold")
        held = start(client, "late")
        newest = s3.put_object(Bucket="sources", Key="k", Body=b"two")["VersionId"]
        client.enable_stage_transition(**where)
        revisions = eventually(lambda: execution(client, "late", held)["artifactRevisions"], "the source has run")
        assert [revision["revisionId"] for revision in revisions] == [newest]
        assert action_state(client, "late", "G", "Approve")["latestExecution"]["token"] == first


class TestStages:
    def test_of_quick_starts_one_runs_one_waits_and_the_others_are_superseded(self, codepipeline, three):
        running = first_execution(codepipeline, three, "S")
        middle = [start(codepipeline, three) for _ in range(3)]
        last = start(codepipeline, three)
        assert [status(codepipeline, three, one) for one in (running, *middle, last)] == [
            "InProgress", *["Superseded"] * 3, "InProgress"]
        found = stage_state(codepipeline, three, "S")
        assert found["latestExecution"] == {
            "pipelineExecutionId": running, "status": "InProgress", "type": "STANDARD"}
        assert found["inboundExecution"] == {
            "pipelineExecutionId": last, "status": "InProgress", "type": "STANDARD"}
        newer = start(codepipeline, three)
        assert execution(codepipeline, three, last)["statusSummary"] == f"Superseded by execution {newer}."

    def test_an_execution_goes_through_the_statuses_of_2016(self, server, codepipeline, custom, three):
        identifier = first_execution(codepipeline, three, "S")
        superseded, last = start(codepipeline, three), start(codepipeline, three)
        build, seen = Worker(server, "Build", custom), []

        def look():
            stage = stage_state(codepipeline, three, "B")
            seen.append((status(codepipeline, three, identifier), stage["latestExecution"]["status"],
                         stage["actionStates"][0]["latestExecution"]["status"]))

        Worker(server, "Source", custom).source("1")
        job = build.take()
        look()
        build.fail(job)
        look()
        codepipeline.retry_stage_execution(
            pipelineName=three, stageName="B", pipelineExecutionId=identifier, retryMode="FAILED_ACTIONS")
        look()
        build.succeed(build.take())
        look()
        test = Worker(server, "Test", custom)
        test.succeed(test.take())
        look()
        assert seen == [("InProgress",) * 3, ("Failed",) * 3, ("InProgress",) * 3,
                        ("InProgress", "Succeeded", "Succeeded"), ("Succeeded",) * 3]
        assert [status(codepipeline, three, one) for one in (superseded, last)] == ["Superseded", "InProgress"]

    def test_what_a_superseded_execution_made_stays(self, server, codepipeline, s3, custom, three):
        where = {"pipelineName": three, "stageName": "B", "transitionType": "Inbound"}
        codepipeline.disable_stage_transition(**where, reason="hold")
        worker = Worker(server, "Source", custom)
        job = worker.source("1", b"made by the first")
        second = start(codepipeline, three)
        worker.source("2")
        eventually(lambda: inbound(codepipeline, three, "B") == second, "the second waits")
        assert status(codepipeline, three, of_execution(job)) == "Superseded"
        place = job["data"]["outputArtifacts"][0]["location"]["s3Location"]
        kept = s3.get_object(Bucket=place["bucketName"], Key=place["objectKey"])["Body"].read()
        assert kept == b"made by the first"

    def test_a_superseded_execution_is_not_retried(self, server, codepipeline, custom, three, error_of):
        first_execution(codepipeline, three, "S")
        superseded, last = start(codepipeline, three), start(codepipeline, three)
        assert status(codepipeline, three, superseded) == "Superseded"
        for stage in ("S", "B"):
            assert error_of(
                codepipeline.retry_stage_execution, pipelineName=three, stageName=stage, pipelineExecutionId=superseded,
                retryMode="FAILED_ACTIONS") == (
                "NotLatestPipelineExecutionException",
                f"Execution '{superseded}' is not the latest execution in stage '{stage}'")


class TestTransitions:
    @pytest.mark.parametrize("operation", ["enable", "disable"])
    def test_unknown_names_are_told_apart(self, codepipeline, three, error_of, operation):
        change = getattr(codepipeline, f"{operation}_stage_transition")
        more = {"transitionType": "Inbound"} | ({"reason": "why"} if operation == "disable" else {})
        assert error_of(change, pipelineName="no-such", stageName="B", **more) == (
            "PipelineNotFoundException", f"Pipeline with name no-such does not exist in account {ACCOUNT}")
        assert error_of(change, pipelineName=three, stageName="X", **more) == (
            "StageNotFoundException", f"Pipeline '{three}' does not have a stage with name 'X'")

    @pytest.mark.parametrize("reason, text", [
        (None, "Member must not be null"), ("x" * 301, "Member must have length less than or equal to 300"),
        ("not now, please", r"Member must satisfy regular expression pattern: [a-zA-Z0-9!@ \(\)\.\*\?\-]+"),
    ], ids=["none", "too long", "comma"])
    def test_a_reason_is_required_and_has_its_characters(self, server, three, reason, text):
        sent = {"pipelineName": three, "stageName": "B", "transitionType": "Inbound", "reason": reason}
        reply = call(server, "DisableStageTransition", {k: v for k, v in sent.items() if v is not None})
        assert reply.error() == (
            "ValidationException", f"1 validation error detected: Value at 'reason' failed to satisfy constraint: {text}")

    def test_disabling_again_replaces_the_reason_and_enabling_again_changes_nothing(self, codepipeline, three):
        where = {"pipelineName": three, "stageName": "B", "transitionType": "Inbound"}
        shown = lambda: stage_state(codepipeline, three, "B")["inboundTransitionState"]
        assert shown() == {"enabled": True}
        codepipeline.enable_stage_transition(**where)
        assert shown() == {"enabled": True}
        codepipeline.disable_stage_transition(**where, reason="first")
        before = shown()
        assert {**before, "lastChangedAt": None} == {
            "enabled": False, "lastChangedBy": ROOT, "lastChangedAt": None, "disabledReason": "first"}
        codepipeline.disable_stage_transition(**where, reason="Second! (really)")
        assert shown()["disabledReason"] == "Second! (really)" and shown()["lastChangedAt"] >= before["lastChangedAt"]
        codepipeline.enable_stage_transition(**where)
        enabled = shown()
        assert set(enabled) == {"enabled", "lastChangedBy", "lastChangedAt"} and enabled["enabled"] is True
        codepipeline.enable_stage_transition(**where)
        assert shown() == enabled

    def test_who_has_passed_goes_on(self, server, codepipeline, custom, three):
        source, build, test = (Worker(server, category, custom) for category in ("Source", "Build", "Test"))
        source.source("1")
        job = build.take()
        for stage in ("S", "B"):
            codepipeline.disable_stage_transition(
                pipelineName=three, stageName=stage, transitionType="Inbound", reason="hold")
        build.succeed(job)
        test.succeed(test.take())
        until_status(codepipeline, three, of_execution(job), "Succeeded")

    def test_the_first_stage_has_one_too(self, server, codepipeline, custom, three):
        worker = Worker(server, "Source", custom)
        worker.source("1")
        where = {"pipelineName": three, "stageName": "S", "transitionType": "Inbound"}
        codepipeline.disable_stage_transition(**where, reason="Started by schedule")
        older, held = start(codepipeline, three), start(codepipeline, three)
        assert inbound(codepipeline, three, "S") == held and status(codepipeline, three, older) == "Superseded"
        assert worker.poll() == []
        codepipeline.enable_stage_transition(**where)
        assert of_execution(worker.take()) == held

    def test_an_outbound_one_holds_before_the_next_stage(self, server, codepipeline, custom, three):
        where = {"pipelineName": three, "stageName": "S", "transitionType": "Outbound"}
        codepipeline.disable_stage_transition(**where, reason="hold")
        worker, build = Worker(server, "Source", custom), Worker(server, "Build", custom)
        held = of_execution(worker.source("1"))
        eventually(lambda: inbound(codepipeline, three, "B") == held, "the execution waits before B")
        assert stage_state(codepipeline, three, "B")["inboundTransitionState"] == {"enabled": True}
        assert build.poll() == []
        codepipeline.enable_stage_transition(**where)
        assert of_execution(build.take()) == held


class TestExecutionAndState:
    def test_revisions_are_those_that_sources_gave_so_far(self, server, codepipeline, custom, three):
        identifier = first_execution(codepipeline, three, "S")
        asked = {"pipelineName": three, "pipelineExecutionId": identifier}
        assert call(server, "GetPipelineExecution", asked).json()["pipelineExecution"]["artifactRevisions"] == []
        worker = Worker(server, "Source", custom)
        job = worker.take()
        worker.upload(job, {"Source": b"x"})
        # botocore would cut the fraction off.
        assert call(server, "PutJobSuccessResult", {"jobId": job["id"], "currentRevision": {
            "revision": "r-1", "changeIdentifier": "c-1", "created": 1446137312.204,
            "revisionSummary": "a summary"}}).status == 200
        found = call(server, "GetPipelineExecution", asked).json()["pipelineExecution"]
        assert found["artifactRevisions"] == [{
            "name": "Source", "revisionId": "r-1", "revisionChangeIdentifier": "c-1", "revisionSummary": "a summary",
            "created": 1446137312.204}]
        assert (found["pipelineName"], found["pipelineExecutionId"], found["status"]) == (
            three, identifier, "InProgress")

    def test_an_execution_keeps_the_version_it_started_with(self, server, codepipeline, custom, three):
        identifier = first_execution(codepipeline, three, "S")
        codepipeline.update_pipeline(pipeline=codepipeline.get_pipeline(name=three)["pipeline"])
        assert execution(codepipeline, three, identifier)["pipelineVersion"] == 1
        assert execution(codepipeline, three, start(codepipeline, three))["pipelineVersion"] == 2
        state = codepipeline.get_pipeline_state(name=three)
        assert state["pipelineVersion"] == 2 and state["updated"] >= state["created"]

    def test_an_execution_that_is_not_there(self, codepipeline, custom, three, unique, error_of):
        other = unique("other")
        codepipeline.create_pipeline(pipeline=gate_pipeline(other, custom))
        foreign = first_execution(codepipeline, other, "Source")
        for identifier in (UNKNOWN, foreign):
            assert error_of(
                codepipeline.get_pipeline_execution, pipelineName=three, pipelineExecutionId=identifier) == (
                "PipelineExecutionNotFoundException",
                f"Pipeline execution '{identifier}' was not found in pipeline '{three}'")
        codepipeline.delete_pipeline(name=other)
        assert error_of(codepipeline.get_pipeline_execution, pipelineName=other, pipelineExecutionId=foreign) == (
            "PipelineNotFoundException", f"Pipeline with name {other} does not exist in account {ACCOUNT}")

    def test_the_state_has_what_is_known_and_nothing_else(self, server, codepipeline, custom, three):
        state = call(server, "GetPipelineState", {"name": three}).json()
        assert [stage["stageName"] for stage in state["stageStates"]] == ["S", "B", "D"]
        for stage, name in zip(state["stageStates"][1:], ("Compile", "Check"), strict=True):
            assert stage == {"stageName": stage["stageName"], "inboundTransitionState": {"enabled": True},
                             "inboundExecutions": [], "actionStates": [{"actionName": name}]}
        worker = Worker(server, "Source", custom)
        worker.fail(worker.take(), "no access", "PermissionError")
        failed = call(server, "GetPipelineState", {"name": three}).json()["stageStates"][0]
        assert failed["latestExecution"]["status"] == "Failed"
        latest = failed["actionStates"][0]["latestExecution"]
        assert set(latest) == {"actionExecutionId", "status", "lastStatusChange", "errorDetails"}
        assert latest["errorDetails"] == {"code": "PermissionError", "message": "no access"}

    def test_an_action_that_was_not_reached_shows_the_former_result(self, server, codepipeline, custom, three):
        source, build, test = (Worker(server, category, custom) for category in ("Source", "Build", "Test"))
        source.source("1")
        build.succeed(build.take(), executionDetails={"summary": "the first"})
        test.fail(test.take())
        second = start(codepipeline, three)
        source.source("2")
        build.fail(build.take(), "the second")
        until_status(codepipeline, three, second, "Failed")
        assert failures(codepipeline, three) == [
            ("B", "Compile", {"code": "JobFailed", "message": "the second"}),
            ("D", "Check", {"code": "JobFailed", "message": "it broke"})]
        assert stage_state(codepipeline, three, "D")["latestExecution"]["pipelineExecutionId"] != second

    def test_a_time_out_has_its_code(self, new_server):
        server = new_server({"engine": {"customActionTimeout": 1}}).start()
        client = server.client("codepipeline")
        create_action_type(client, "Source", "Nobody")
        client.create_pipeline(pipeline=gate_pipeline("late", "Nobody"))
        until_status(client, "late", first_execution(client, "late", "Source"), "Failed")
        assert failures(client, "late") == [("Source", "Fetch", {
            "code": "TimedOut",
            "message": "The job timed out: the action did not end within 1 seconds of its start."})]


class TestUpdates:
    def test_what_runs_ends_as_it_would_and_then_fails(self, server, codepipeline, custom, three, error_of):
        running = first_execution(codepipeline, three, "S")
        waiting = start(codepipeline, three)
        codepipeline.update_pipeline(pipeline=codepipeline.get_pipeline(name=three)["pipeline"])
        summary = "The pipeline was updated before the execution could be completed."
        found = execution(codepipeline, three, waiting)
        assert (found["status"], found["statusSummary"]) == ("Failed", summary)
        assert status(codepipeline, three, running) == "InProgress"
        Worker(server, "Source", custom).source("1")
        found = execution(codepipeline, three, running)
        assert (found["status"], found["statusSummary"]) == ("Failed", summary)
        state = stage_state(codepipeline, three, "S")
        assert state["latestExecution"] == {
            "pipelineExecutionId": running, "status": "Failed", "type": "STANDARD"}
        assert state["actionStates"][0]["latestExecution"]["status"] == "Succeeded"
        assert error_of(codepipeline.retry_stage_execution, pipelineName=three, stageName="S",
                        pipelineExecutionId=running, retryMode="FAILED_ACTIONS") == (
            "StageNotRetryableException", "The structure of the pipeline has changed since the stage failed")


class TestRetries:
    @pytest.fixture
    def half_failed(self, server, codepipeline, custom, made):
        """A pipeline whose build stage has failed in one of two actions: name and execution id."""
        name = made(("S", [action("Fetch", "Source", "Custom", custom, outputs=["Source"])]),
                    ("B", [action("Good", "Build", "Custom", custom, {}, ["Source"]),
                           action("Bad", "Test", "Custom", custom, {}, ["Source"])]))
        Worker(server, "Source", custom).source("1")
        bad = Worker(server, "Test", custom)
        job = bad.take()
        bad.fail(job)
        return name, of_execution(job)

    def retry(self, codepipeline, name, identifier, stage="B", mode="FAILED_ACTIONS"):
        return codepipeline.retry_stage_execution(
            pipelineName=name, stageName=stage, pipelineExecutionId=identifier, retryMode=mode)["pipelineExecutionId"]

    def test_the_reasons_why_a_stage_is_not_retried(self, server, codepipeline, custom, half_failed, error_of):
        name, identifier = half_failed
        refused = lambda stage="B": error_of(self.retry, codepipeline, name, identifier, stage)
        kind = "StageNotRetryableException"
        assert refused() == (kind, "The stage has actions that are still in progress")
        good = Worker(server, "Build", custom)
        good.succeed(good.take())
        until_status(codepipeline, name, identifier, "Failed")
        assert refused("S") == (kind, "The stage has no failed actions to retry")
        assert self.retry(codepipeline, name, identifier) == identifier
        assert refused() == (kind, "Another retry of the stage is in progress")
        bad = Worker(server, "Test", custom)
        bad.fail(bad.take())
        until_status(codepipeline, name, identifier, "Failed")
        changed = codepipeline.get_pipeline(name=name)["pipeline"]
        changed["stages"][1]["actions"][0]["name"] = "Renamed"
        codepipeline.update_pipeline(pipeline=changed)
        assert refused() == (kind, "The structure of the pipeline has changed since the stage failed")

    def test_names_are_checked_in_their_order(self, codepipeline, half_failed, error_of):
        name, identifier = half_failed
        assert error_of(self.retry, codepipeline, "no-such", UNKNOWN, "X") == (
            "PipelineNotFoundException", f"Pipeline with name no-such does not exist in account {ACCOUNT}")
        assert error_of(self.retry, codepipeline, name, UNKNOWN, "X") == (
            "StageNotFoundException", f"Pipeline '{name}' does not have a stage with name 'X'")
        assert error_of(self.retry, codepipeline, name, UNKNOWN) == (
            "NotLatestPipelineExecutionException", f"Execution '{UNKNOWN}' is not the latest execution in stage 'B'")

    def test_only_the_mode_of_2016_is_served(self, codepipeline, half_failed, error_of):
        assert error_of(self.retry, codepipeline, *half_failed, mode="ALL_ACTIONS") == (
            "ValidationException", "retryMode ALL_ACTIONS is not served by this version of Penstock; use FAILED_ACTIONS")
        assert error_of(self.retry, codepipeline, *half_failed, mode="SOME") == (
            "ValidationException", "1 validation error detected: Value at 'retryMode' failed to satisfy constraint: Member "
            "must satisfy enum value set: [FAILED_ACTIONS, ALL_ACTIONS]")

    def test_after_the_retry_the_rest_of_the_pipeline_runs(self, server, codepipeline, custom, three):
        source, build, test = (Worker(server, category, custom) for category in ("Source", "Build", "Test"))
        first = source.source("1")
        job = build.take()
        build.fail(job)
        until_status(codepipeline, three, of_execution(job), "Failed")
        assert self.retry(codepipeline, three, of_execution(job)) == of_execution(job)
        again = build.take()
        assert again["id"] != job["id"] and again["data"]["inputArtifacts"] == job["data"]["inputArtifacts"]
        build.succeed(again)
        last = test.take()
        assert of_execution(last) == of_execution(first)
        test.succeed(last)
        until_status(codepipeline, three, of_execution(first), "Succeeded")
        assert source.poll() == []


class TestRevisions:
    def put(self, codepipeline, name, revision="r", stage="S", action_name="Fetch", **more):
        return codepipeline.put_action_revision(
            pipelineName=name, stageName=stage, actionName=action_name,
            actionRevision={"revisionId": revision, "revisionChangeId": "c", "created": 1446137312.204} | more)

    def test_unknown_names_and_other_actions_are_refused(self, codepipeline, three, error_of):
        assert error_of(self.put, codepipeline, "no-such", stage="X") == (
            "PipelineNotFoundException", f"Pipeline with name no-such does not exist in account {ACCOUNT}")
        assert error_of(self.put, codepipeline, three, stage="X", action_name="Y") == (
            "StageNotFoundException", f"Pipeline '{three}' does not have a stage with name 'X'")
        assert error_of(self.put, codepipeline, three, action_name="Y") == (
            "ActionNotFoundException", f"Stage 'S' in pipeline '{three}' does not have an action with name 'Y'")
        assert error_of(self.put, codepipeline, three, stage="B", action_name="Compile") == (
            "ValidationException", f"Action 'Compile' in stage 'B' of pipeline '{three}' is not a Source action")

    def test_what_is_new_starts_an_execution_and_what_was_used_names_the_latest(self, server, codepipeline, custom, three):
        worker = Worker(server, "Source", custom)
        worker.source("reported")
        put = self.put(codepipeline, three, "pushed")
        assert put["newRevision"] is True
        found = execution(codepipeline, three, put["pipelineExecutionId"])
        assert (found["status"], found["trigger"]["triggerType"]) == ("InProgress", "PutActionRevision")
        assert action_state(codepipeline, three, "S", "Fetch")["currentRevision"]["revisionId"] == "pushed"
        for used in ("pushed", "reported"):
            again = self.put(codepipeline, three, used, revisionChangeId="another")
            assert (again["newRevision"], again["pipelineExecutionId"]) == (False, put["pipelineExecutionId"])
