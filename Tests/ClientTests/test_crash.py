"""SIGKILL at random moments and at every failpoint: nothing acknowledged is lost, nothing happens twice."""

import os
from datetime import UTC, datetime, timedelta

import pytest

import failpoints
from conftest import QUICK, sandbox
from crash_driver import CrashRun
from crash_ledger import Violation
from crash_pipelines import archive
from declarations import action, create_action_type, gate_pipeline, pipeline
from eventually import eventually
from light_client import LightClient
from penstock_server import run_penstock
from progress import action_state, first_execution, until_status
from signed_http import call
from worker import Worker

SEED = int(os.environ.get("PENSTOCK_TEST_SEED", "20150709"))
KILLS = 50


def test_nothing_is_lost_and_nothing_happens_twice_over_fifty_kills(tmp_path):
    print(f"seed {SEED}")
    run = CrashRun(tmp_path, SEED, sandbox())
    run.run(KILLS)
    print(run.summary())
    assert len(run.ledger.executions) > KILLS and run.ledger.results and run.ledger.approved
    assert all(run.visits.values()), f"some failpoints were never reached: {run.visits}, missed {run.missed}"


def test_the_driver_sees_a_server_that_replies_before_it_commits(tmp_path):
    print(f"seed {SEED}")
    with pytest.raises(Violation) as seen:
        run = CrashRun(tmp_path, SEED, sandbox())
        broken(run, 10)
    print(seen.value)


def broken(run, kills):
    """A run on a server whose replies come first, and which dies before the commit that they were about."""
    run.server.start()
    run.company.prepare(run.folder)
    run.lives = run.company.lives()
    for life in run.lives:
        life.start()
    try:
        for number in range(kills):
            run.server.kill()
            run.start(failpoints.environment(f"reply.before-commit=1,commit.before={run.chance.randint(20, 60)}"))
            eventually(lambda: not run.server.running(), "the server dies", 30)
            run.start({})
            run.check_lives(f"kill {number}")
            run.check()
    finally:
        run.close()


def test_every_failpoint_has_its_way():
    assert failpoints.declared() == set(failpoints.WAYS)


def test_failpoints_are_refused_unless_they_are_allowed_in_as_many_words(tmp_path):
    plan = {"PENSTOCK_FAILPOINTS": "commit.before=1"}
    for environment, named in (
            (plan, "PENSTOCK_ALLOW_FAILPOINTS"),
            (failpoints.environment("commit.nowhere=1"), "commit.nowhere=1"),
            (failpoints.environment("commit.before=soon"), "commit.before=soon")):
        done = run_penstock("serve", "--port", "0", "--s3-port", "0", "--data-dir", tmp_path / "data", env=environment)
        assert done.returncode == 64 and named in done.stderr, done.stderr


def test_a_crash_in_the_cleaning_of_history_leaves_nothing_half_cleaned(new_server):
    retention = timedelta(seconds=1)
    server = new_server({"engine": QUICK, "retention": {"executions": retention.seconds}}).start()
    client, s3 = server.client("codepipeline"), server.client("s3")
    create_action_type(client, "Source", "Old")
    create_action_type(client, "Build", "Old")
    client.create_pipeline(pipeline=pipeline(
        "p", ("S", [action("Fetch", "Source", "Custom", "Old", outputs=["Source"])]),
        ("B", [action("Compile", "Build", "Custom", "Old", {}, ["Source"])])))
    executions, keys = [first_execution(client, "p", "S")], []
    for number in range(3):
        if number:
            executions.append(client.start_pipeline_execution(name="p")["pipelineExecutionId"])
        job = Worker(server, "Source", "Old", client).source(f"r{number}", archive(number=str(number)))
        keys.append(job["data"]["outputArtifacts"][0]["location"]["s3Location"])
        build = Worker(server, "Build", "Old", client)
        build.succeed(build.take())
        until_status(client, "p", executions[-1], "Succeeded")
    last_end = action_state(client, "p", "B", "Compile")["latestExecution"]["lastStatusChange"]
    server.kill()
    # The first execution is old enough by the time of the start; the server dies before its rows are removed.
    server.env = failpoints.environment("history.files-removed=1")

    def dies():
        server.start_or_die()
        try:
            eventually(lambda: not server.running(), "it dies", 5)
            return True
        except AssertionError:
            server.kill()
            return False

    eventually(dies, "the server dies while it cleans", 60)
    # There is one pass after the start; all executions have to be old enough for it, and the third is the youngest.
    eventually(lambda: datetime.now(UTC) > last_end + retention, "the executions are older than the retention")
    server.env = {}
    server.start()
    api = LightClient(server)

    def gone(execution):
        try:
            client.get_pipeline_execution(pipelineName="p", pipelineExecutionId=execution)
            return False
        except client.exceptions.PipelineExecutionNotFoundException:
            return True

    eventually(lambda: gone(executions[0]) and gone(executions[1]), "the cleaning is finished", 30)
    assert not gone(executions[2]), "what the stages show stays"
    stored = {entry["Key"] for entry in s3.list_objects_v2(Bucket=keys[0]["bucketName"]).get("Contents", [])}
    assert stored == {keys[2]["objectKey"]}
    assert api.call("GetPipelineState", name="p")["stageStates"][1]["latestExecution"]["status"] == "Succeeded"


def test_a_resent_call_gets_its_reply_after_a_crash_in_between(new_server):
    server = new_server().start()
    client = server.client("codepipeline")
    create_action_type(client, "Source", "Resent")
    client.create_pipeline(pipeline=gate_pipeline("p", "Resent"))
    mark = {"amz-sdk-invocation-id": "01234567-89ab-cdef-0123-456789abcdef"}
    first = call(server, "StartPipelineExecution", {"name": "p"}, headers=mark)
    assert first.status == 200
    server.kill()
    server.start()
    again = call(server, "StartPipelineExecution", {"name": "p"}, headers=mark)
    assert again.json() == first.json()
