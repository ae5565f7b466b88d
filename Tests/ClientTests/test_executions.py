"""Executions from the source to the end, driven by a worker written with boto3."""

import io
import zipfile

import pytest

from declarations import (action, approval, create_action_type, gate_pipeline, pipeline, prop, s3_deploy, s3_source)
from eventually import eventually
from penstock_server import ACCOUNT, REGION
from progress import (
    action_state, answer, approval_token, first_execution, stage_state, status, until_status)
from worker import Worker, place


def packed(files):
    """A zip of names and texts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return target.getvalue()


@pytest.fixture
def custom(codepipeline, unique):
    """A provider with a source, a build and a test action type."""
    provider = unique("x")
    for category in ("Source", "Build", "Test"):
        create_action_type(codepipeline, category, provider)
    return provider


def test_a_put_runs_source_build_approval_and_deploy_to_the_end(server, codepipeline, s3, bucket, custom, unique):
    name, site = unique("main"), unique("site")
    s3.create_bucket(Bucket=site)
    first = s3.put_object(Bucket=bucket, Key="src/app.zip", Body=packed({"a.txt": "one"}))["VersionId"]
    codepipeline.create_pipeline(pipeline=pipeline(
        name,
        ("Source", [s3_source(bucket, "src/app.zip")]),
        ("Build", [action("Compile", "Build", "Custom", custom, {}, ["Source"], ["Built"])]),
        ("Gate", [approval(configuration={"CustomData": "look first"})]),
        ("Deploy", [s3_deploy(site)])))
    execution = first_execution(codepipeline, name, "Source")
    worker = Worker(server, "Build", custom)
    job = worker.take()
    assert job["accountId"] == ACCOUNT
    context = job["data"]["pipelineContext"]
    assert (context["pipelineName"], context["stage"]["name"], context["action"]["name"]) == (name, "Build", "Compile")
    assert context["pipelineExecutionId"] == execution
    assert context["pipelineArn"] == f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:{name}"
    assert job["data"]["inputArtifacts"][0]["revision"] == first
    archive = zipfile.ZipFile(io.BytesIO(worker.inputs(job)["Source"]))
    assert archive.read("a.txt") == b"one"
    worker.succeed(
        job, {"Built": packed({"index.html": "<p>built</p>", "deep/x.css": "b{}"})},
        currentRevision={"revision": "built-1", "changeIdentifier": "c-1"},
        executionDetails={"summary": "compiled", "externalExecutionId": "77", "percentComplete": 100})

    token = approval_token(codepipeline, name, "Gate")
    assert status(codepipeline, name, execution) == "InProgress"
    with pytest.raises(s3.exceptions.ClientError):
        s3.head_object(Bucket=site, Key="index.html")
    assert answer(codepipeline, name, "Gate", token, summary="fine")["approvedAt"]
    until_status(codepipeline, name, execution, "Succeeded")
    page = s3.get_object(Bucket=site, Key="index.html")
    assert page["Body"].read() == b"<p>built</p>" and page["ContentType"].startswith("text/html")
    assert s3.get_object(Bucket=site, Key="deep/x.css")["Body"].read() == b"b{}"

    found = codepipeline.get_pipeline_execution(pipelineName=name, pipelineExecutionId=execution)["pipelineExecution"]
    assert (found["pipelineName"], found["pipelineVersion"], found["status"]) == (name, 1, "Succeeded")
    [revision] = found["artifactRevisions"]
    etag = s3.head_object(Bucket=bucket, Key="src/app.zip")["ETag"].strip('"')
    assert (revision["name"], revision["revisionId"], revision["revisionChangeIdentifier"]) == ("Source", first, etag)
    assert revision["revisionSummary"] == f"Amazon S3 version id: {first}"
    compiled = action_state(codepipeline, name, "Build", "Compile")
    assert compiled["currentRevision"]["revisionId"] == "built-1"
    latest = compiled["latestExecution"]
    assert (latest["status"], latest["summary"], latest["externalExecutionId"], latest["percentComplete"]) == (
        "Succeeded", "compiled", "77", 100)

    # The next put starts the next run, once.
    second = s3.put_object(Bucket=bucket, Key="src/app.zip", Body=packed({"a.txt": "two"}))["VersionId"]
    job = worker.take()
    assert job["data"]["inputArtifacts"][0]["revision"] == second
    assert job["data"]["pipelineContext"]["pipelineExecutionId"] != execution
    assert zipfile.ZipFile(io.BytesIO(worker.inputs(job)["Source"])).read("a.txt") == b"two"
    codepipeline.delete_pipeline(name=name)


def test_the_state_shows_every_stage_in_order_before_anything_ran(codepipeline, custom, unique):
    name = unique("fresh")
    created = codepipeline.create_pipeline(pipeline=gate_pipeline(name, custom))["pipeline"]
    state = codepipeline.get_pipeline_state(name=name)
    assert (state["pipelineName"], state["pipelineVersion"]) == (name, created["version"])
    assert state["created"] == state["updated"]
    assert [s["stageName"] for s in state["stageStates"]] == ["Source", "Gate"]
    assert all(s["inboundTransitionState"]["enabled"] is True for s in state["stageStates"])
    gate = state["stageStates"][1]
    assert "latestExecution" not in gate and "latestExecution" not in gate["actionStates"][0]
    codepipeline.delete_pipeline(name=name)


def test_an_unknown_execution_is_not_found(codepipeline, custom, unique, error_of):
    one, other = unique("one"), unique("other")
    for name in (one, other):
        codepipeline.create_pipeline(pipeline=gate_pipeline(name, custom))
    foreign = first_execution(codepipeline, other, "Source")
    for execution in (foreign, "01234567-89ab-cdef-0123-456789abcdef"):
        assert error_of(codepipeline.get_pipeline_execution, pipelineName=one, pipelineExecutionId=execution)[0] == (
            "PipelineExecutionNotFoundException")
    for name in (one, other):
        codepipeline.delete_pipeline(name=name)


def test_groups_of_one_run_order_run_together_and_the_next_waits(server, codepipeline, custom, unique):
    name = unique("groups")
    codepipeline.create_pipeline(pipeline=pipeline(
        name, ("Source", [action("Fetch", "Source", "Custom", custom, outputs=["Source"])]),
        ("Build", [action("Left", "Build", "Custom", custom, {}, ["Source"], order=1),
                   action("Right", "Build", "Custom", custom, {}, ["Source"], order=1),
                   action("Last", "Test", "Custom", custom, {}, ["Source"], order=2)])))
    Worker(server, "Source", custom).source("1")
    builds = Worker(server, "Build", custom)
    left, right = builds.take(), builds.take()
    tests = Worker(server, "Test", custom)
    builds.succeed(left)
    assert tests.poll() == []
    builds.fail(right, "no luck")
    execution = left["data"]["pipelineContext"]["pipelineExecutionId"]
    until_status(codepipeline, name, execution, "Failed")
    assert tests.poll() == []
    failed = right["data"]["pipelineContext"]["action"]["name"]
    assert action_state(codepipeline, name, "Build", failed)["latestExecution"]["errorDetails"] == {
        "code": "JobFailed", "message": "no luck"}
    assert stage_state(codepipeline, name, "Build")["latestExecution"]["status"] == "Failed"
    codepipeline.delete_pipeline(name=name)


class TestRetry:
    @pytest.fixture
    def failed(self, server, codepipeline, custom, unique):
        """A pipeline whose build stage failed in one of two actions: name, execution id."""
        name = unique("retry")
        codepipeline.create_pipeline(pipeline=pipeline(
            name, ("Source", [action("Fetch", "Source", "Custom", custom, outputs=["Source"])]),
            ("Build", [action("Good", "Build", "Custom", custom, {}, ["Source"]),
                       action("Bad", "Test", "Custom", custom, {}, ["Source"])])))
        Worker(server, "Source", custom).source("1")
        good, bad = Worker(server, "Build", custom), Worker(server, "Test", custom)
        job = good.take()
        good.succeed(job)
        bad.fail(bad.take())
        execution = job["data"]["pipelineContext"]["pipelineExecutionId"]
        until_status(codepipeline, name, execution, "Failed")
        yield name, execution
        codepipeline.delete_pipeline(name=name)

    def retry(self, codepipeline, name, execution, stage="Build"):
        return codepipeline.retry_stage_execution(
            pipelineName=name, stageName=stage, pipelineExecutionId=execution, retryMode="FAILED_ACTIONS")

    def test_only_the_failed_action_runs_again_in_the_same_execution(self, server, codepipeline, custom, failed):
        name, execution = failed
        assert self.retry(codepipeline, name, execution)["pipelineExecutionId"] == execution
        assert status(codepipeline, name, execution) == "InProgress"
        bad = Worker(server, "Test", custom)
        job = bad.take()
        assert bad.inputs(job) == {"Source": b"source"}
        assert Worker(server, "Build", custom).poll() == []
        bad.succeed(job)
        until_status(codepipeline, name, execution, "Succeeded")

    def test_a_retry_while_one_runs_is_refused(self, server, codepipeline, failed, error_of):
        name, execution = failed
        self.retry(codepipeline, name, execution)
        assert error_of(self.retry, codepipeline, name, execution)[0] == "StageNotRetryableException"

    def test_a_stage_that_did_not_fail_is_not_retryable(self, codepipeline, failed, error_of):
        name, execution = failed
        assert error_of(self.retry, codepipeline, name, execution, "Source")[0] == "StageNotRetryableException"

    def test_names_are_checked_in_order(self, codepipeline, failed, error_of):
        name, execution = failed
        unknown = "01234567-89ab-cdef-0123-456789abcdef"
        assert error_of(self.retry, codepipeline, "no-such", execution)[0] == "PipelineNotFoundException"
        assert error_of(self.retry, codepipeline, name, execution, "NoSuch")[0] == "StageNotFoundException"
        assert error_of(self.retry, codepipeline, name, unknown)[0] == "NotLatestPipelineExecutionException"

    def test_a_changed_structure_is_not_retryable(self, codepipeline, failed, error_of):
        name, execution = failed
        changed = codepipeline.get_pipeline(name=name)["pipeline"]
        changed["stages"][1]["actions"][0]["name"] = "Renamed"
        codepipeline.update_pipeline(pipeline=changed)
        assert error_of(self.retry, codepipeline, name, execution)[0] == "StageNotRetryableException"


class TestSuperseding:
    @pytest.fixture
    def three(self, codepipeline, custom, unique):
        """Three stages of one custom action each, its first execution in the source."""
        name = unique("three")
        codepipeline.create_pipeline(pipeline=pipeline(
            name, ("S", [action("Fetch", "Source", "Custom", custom, outputs=["Source"])]),
            ("B", [action("Compile", "Build", "Custom", custom, {}, ["Source"])]),
            ("D", [action("Check", "Test", "Custom", custom, {}, ["Source"])])))
        yield name, first_execution(codepipeline, name, "S")
        codepipeline.delete_pipeline(name=name)

    def inbound(self, codepipeline, name, stage):
        return stage_state(codepipeline, name, stage).get("inboundExecution", {}).get("pipelineExecutionId")

    def test_a_newer_execution_replaces_the_one_that_waits(self, server, codepipeline, custom, three, error_of):
        name, first = three
        start = lambda: codepipeline.start_pipeline_execution(name=name)["pipelineExecutionId"]
        second = start()
        assert self.inbound(codepipeline, name, "S") == second
        third = start()
        assert status(codepipeline, name, second) == "Superseded"
        assert self.inbound(codepipeline, name, "S") == third

        source, build = Worker(server, "Source", custom), Worker(server, "Build", custom)
        source.source("1")
        job = build.take()
        assert job["data"]["pipelineContext"]["pipelineExecutionId"] == first
        source.source("3")
        eventually(lambda: self.inbound(codepipeline, name, "B") == third, "the third waits before B")
        build.fail(job)
        until_status(codepipeline, name, first, "Failed")
        assert build.take()["data"]["pipelineContext"]["pipelineExecutionId"] == third
        assert error_of(codepipeline.retry_stage_execution, pipelineName=name, stageName="B",
                        pipelineExecutionId=first, retryMode="FAILED_ACTIONS")[0] == (
            "NotLatestPipelineExecutionException")

    def test_a_disabled_transition_holds_and_the_latest_passes(self, server, codepipeline, custom, three):
        name, first = three
        where = {"pipelineName": name, "stageName": "D", "transitionType": "Inbound"}
        codepipeline.disable_stage_transition(**where, reason="Not now (please)")
        shown = stage_state(codepipeline, name, "D")["inboundTransitionState"]
        assert (shown["enabled"], shown["disabledReason"]) == (False, "Not now (please)")
        assert shown["lastChangedBy"].startswith(f"arn:aws:iam::{ACCOUNT}:") and shown["lastChangedAt"]

        source, build = Worker(server, "Source", custom), Worker(server, "Build", custom)

        def through():
            source.source("r")
            build.succeed(build.take())

        through()
        eventually(lambda: self.inbound(codepipeline, name, "D") == first, "the first waits before D")
        second = codepipeline.start_pipeline_execution(name=name)["pipelineExecutionId"]
        through()
        eventually(lambda: self.inbound(codepipeline, name, "D") == second, "the second waits before D")
        assert status(codepipeline, name, first) == "Superseded"
        test = Worker(server, "Test", custom)
        assert test.poll() == []
        codepipeline.enable_stage_transition(**where)
        shown = stage_state(codepipeline, name, "D")["inboundTransitionState"]
        assert shown["enabled"] is True and "disabledReason" not in shown
        job = test.take()
        assert job["data"]["pipelineContext"]["pipelineExecutionId"] == second
        test.succeed(job)
        until_status(codepipeline, name, second, "Succeeded")

    def test_transitions_of_unknown_stages_are_refused(self, codepipeline, three, error_of):
        name, _ = three
        enable = codepipeline.enable_stage_transition
        for where, stage, kind in (
                (name, "X", "StageNotFoundException"), ("no-such", "D", "PipelineNotFoundException")):
            assert error_of(enable, pipelineName=where, stageName=stage, transitionType="Inbound")[0] == kind

    def test_an_update_ends_what_runs_and_starts_nothing(self, server, codepipeline, custom, three):
        name, first = three
        waiting = codepipeline.start_pipeline_execution(name=name)["pipelineExecutionId"]
        declaration = codepipeline.get_pipeline(name=name)["pipeline"]
        codepipeline.update_pipeline(pipeline=declaration)
        until_status(codepipeline, name, waiting, "Failed")
        source = Worker(server, "Source", custom)
        source.source("1")
        until_status(codepipeline, name, first, "Failed")
        assert action_state(codepipeline, name, "S", "Fetch")["latestExecution"]["status"] == "Succeeded"
        assert source.poll() == [] and Worker(server, "Build", custom).poll() == []


class TestRevisions:
    def put(self, codepipeline, name, revision, change="c", stage="Source", action_name="Fetch"):
        return codepipeline.put_action_revision(
            pipelineName=name, stageName=stage, actionName=action_name,
            actionRevision={"revisionId": revision, "revisionChangeId": change, "created": 1446137312.204})

    @pytest.fixture
    def gated(self, server, codepipeline, custom, unique):
        name = unique("rev")
        codepipeline.create_pipeline(pipeline=gate_pipeline(name, custom))
        Worker(server, "Source", custom).source("r1")
        yield name
        codepipeline.delete_pipeline(name=name)

    def test_a_new_revision_starts_an_execution_and_a_known_one_does_not(self, server, codepipeline, custom, gated):
        reply = self.put(codepipeline, gated, "r2")
        assert reply["newRevision"] is True
        execution = reply["pipelineExecutionId"]
        Worker(server, "Source", custom).source("r2")
        shown = lambda: action_state(codepipeline, gated, "Source", "Fetch")["currentRevision"]["revisionId"]
        eventually(lambda: shown() == "r2", "the state shows r2")
        again = self.put(codepipeline, gated, "r2")
        assert again["newRevision"] is False and again["pipelineExecutionId"]
        assert Worker(server, "Source", custom).poll() == []
        revisions = codepipeline.get_pipeline_execution(pipelineName=gated, pipelineExecutionId=execution)
        assert [r["revisionId"] for r in revisions["pipelineExecution"]["artifactRevisions"]] == ["r2"]

    def test_a_revision_of_something_unknown_is_refused(self, codepipeline, gated, error_of):
        assert error_of(self.put, codepipeline, "no-such", "r")[0] == "PipelineNotFoundException"
        assert error_of(self.put, codepipeline, gated, "r", stage="X")[0] == "StageNotFoundException"
        assert error_of(self.put, codepipeline, gated, "r", action_name="X")[0] == "ActionNotFoundException"
        assert error_of(self.put, codepipeline, gated, "r", stage="Gate", action_name="Approve")[0] == (
            "ValidationException")


def test_a_start_with_a_known_client_request_token_starts_nothing_new(codepipeline, custom, unique):
    name, token = unique("token"), unique("t")
    codepipeline.create_pipeline(pipeline=gate_pipeline(name, custom))

    def start(value):
        return codepipeline.start_pipeline_execution(name=name, clientRequestToken=value)["pipelineExecutionId"]

    first = start(token)
    assert start(token) == first
    assert start(unique("t")) != first
    codepipeline.delete_pipeline(name=name)


def test_an_action_without_its_time_out_fails_when_nobody_takes_the_job(new_server):
    server = new_server({"engine": {"customActionTimeout": 1}}).start()
    client = server.client("codepipeline")
    create_action_type(client, "Source", "Nobody")
    client.create_pipeline(pipeline=gate_pipeline("late", "Nobody"))
    execution = first_execution(client, "late", "Source")
    until_status(client, "late", execution, "Failed")
    details = action_state(client, "late", "Source", "Fetch")["latestExecution"]["errorDetails"]
    assert details["code"] and "timed out" in details["message"]


def test_a_missing_output_of_a_worker_fails_its_consumer_and_is_named(server, codepipeline, s3, custom, unique):
    name, site = unique("gone"), unique("site")
    s3.create_bucket(Bucket=site)
    codepipeline.create_pipeline(pipeline=pipeline(
        name, ("Source", [action("Fetch", "Source", "Custom", custom, outputs=["Built"])]),
        ("Deploy", [s3_deploy(site)])))
    worker = Worker(server, "Source", custom)
    job = worker.take()
    worker.succeed(job)
    until_status(codepipeline, name, job["data"]["pipelineContext"]["pipelineExecutionId"], "Failed")
    details = action_state(codepipeline, name, "Deploy", "Deploy")["latestExecution"]["errorDetails"]
    assert "Built" in details["message"] or place(job["data"]["outputArtifacts"][0])["Key"] in details["message"]
    codepipeline.delete_pipeline(name=name)


def test_what_cannot_run_here_fails_and_says_so(codepipeline, s3, bucket, unique):
    name = unique("ecs")
    s3.put_object(Bucket=bucket, Key="k.zip", Body=packed({"a": "b"}))
    codepipeline.create_pipeline(pipeline=pipeline(
        name, ("Source", [s3_source(bucket, "k.zip")]),
        ("Deploy", [action("Ship", "Deploy", "AWS", "ECS", {"ClusterName": "c", "ServiceName": "s"}, ["Source"])])))
    until_status(codepipeline, name, first_execution(codepipeline, name, "Source"), "Failed")
    details = action_state(codepipeline, name, "Deploy", "Ship")["latestExecution"]["errorDetails"]
    assert "ECS" in details["message"]
    codepipeline.delete_pipeline(name=name)
