"""The machine's clock is set forward and back under a running server: nothing expires, timers still fire."""

import shutil
import struct
import subprocess
from datetime import timedelta
from pathlib import Path

import botocore.auth
import botocore.crt.auth
import pytest

from declarations import create_action_type, gate_pipeline, pipeline, approval, action
from eventually import eventually
from progress import action_state, answer, approval_token, first_execution, stage_state, status, until_status
from worker import Worker

DAY = 86_400


def compiled(folder):
    """The library that moves a server's time of day. Swift brings the compiler."""
    swift = shutil.which("swift")
    compiler = shutil.which("clang", path=str(Path(swift).resolve().parent)) if swift else None
    assert compiler, "clang is missing, which comes with Swift"
    library = folder / "stepped_clock.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library),
                    str(Path(__file__).with_name("stepped_clock.c"))], check=True, timeout=60)
    return library


class SteppedClock:
    """The wall clock of a server, and of the signatures that a test makes."""

    def __init__(self, folder, monkeypatch):
        self.file = folder / "clock"
        self.file.write_bytes(bytes(8))
        self.offset = 0
        real = botocore.auth.get_current_datetime
        for module in (botocore.auth, botocore.crt.auth):
            monkeypatch.setattr(
                module, "get_current_datetime", lambda *a, **k: real(*a, **k) + timedelta(seconds=self.offset))
        self.environment = {"LD_PRELOAD": str(compiled(folder)), "STEPPED_CLOCK": str(self.file)}

    def set(self, seconds):
        self.offset = seconds
        # In place: the server has the file's page in its memory.
        with open(self.file, "r+b") as file:
            file.write(struct.pack("=q", seconds))


@pytest.fixture
def clock(tmp_path, monkeypatch):
    return SteppedClock(tmp_path, monkeypatch)


@pytest.fixture
def stepped(new_server, clock):
    return clock, new_server({"engine": {"jobAcknowledgeTimeout": 2}}, env=clock.environment).start()


def offered_again(worker):
    """A job that nobody acknowledged comes back: a timer that was set now has fired, and with it all that were due."""
    first = worker.next_job()
    again = eventually(worker.poll, "the job is offered again", 20)[0]
    assert again["id"] == first["id"] and again["nonce"] != first["nonce"]


@pytest.mark.parametrize("step", [8 * DAY, 400 * DAY, -2 * 3600, -40 * DAY])
def test_a_step_ends_nothing_and_timers_still_fire(stepped, step):
    clock, server = stepped
    client = server.client("codepipeline")
    create_action_type(client, "Source", "Clock")
    worker = Worker(server, "Source", "Clock", client)
    client.create_pipeline(pipeline=gate_pipeline("approval", "Clock"))
    worker.source("r1")
    token = approval_token(client, "approval", "Gate")
    client.create_pipeline(pipeline=gate_pipeline("held", "Clock"))
    held = worker.take()
    opened = action_state(client, "approval", "Gate", "Approve")["latestExecution"]["lastStatusChange"]
    client.create_pipeline(pipeline=gate_pipeline("timer", "Clock"))

    clock.set(step)
    offered_again(worker)
    assert action_state(client, "approval", "Gate", "Approve")["latestExecution"]["status"] == "InProgress"
    assert action_state(client, "held", "Source", "Fetch")["latestExecution"]["status"] == "InProgress"
    worker.succeed(held, {"Source": b"held"})
    answer(client, "approval", "Gate", token)
    until_status(client, "approval", first_execution(client, "approval", "Source"), "Succeeded")
    closed = action_state(client, "approval", "Gate", "Approve")["latestExecution"]["lastStatusChange"]
    assert timedelta(0) <= closed - opened < timedelta(minutes=5), "the approval took the time that really passed"


def test_the_clock_may_be_wrong_at_the_start_and_mended_later(stepped):
    clock, server = stepped
    assert server.terminate() == 0
    clock.set(-300 * DAY)
    server.start()
    client = server.client("codepipeline")
    create_action_type(client, "Source", "Late")
    client.create_pipeline(pipeline=gate_pipeline("p", "Late"))
    worker = Worker(server, "Source", "Late", client)
    worker.source("r1")
    token = approval_token(client, "p", "Gate")
    clock.set(0)
    client.create_pipeline(pipeline=gate_pipeline("timer", "Late"))
    offered_again(worker)
    answer(client, "p", "Gate", token)
    until_status(client, "p", first_execution(client, "p", "Source"), "Succeeded")


def test_a_clock_that_was_set_back_before_a_restart_hides_no_job(stepped):
    clock, server = stepped
    client = server.client("codepipeline")
    create_action_type(client, "Source", "Back")
    client.create_pipeline(pipeline=gate_pipeline("p", "Back"))
    execution = first_execution(client, "p", "Source")
    server.kill()
    clock.set(-3 * DAY)
    server.start()
    client = server.client("codepipeline")
    Worker(server, "Source", "Back", client).source("r1")
    answer(client, "p", "Gate", approval_token(client, "p", "Gate"))
    until_status(client, "p", execution, "Succeeded")


def restart_at(server, clock, seconds):
    """Stops the server and starts it so much later: what has passed meanwhile counts. A client of it."""
    assert server.terminate() == 0
    clock.set(seconds)
    server.start()
    return server.client("codepipeline")


def open_approval(server, provider):
    """Brings the pipeline p to its approval. Its execution and the approval's token."""
    client = server.client("codepipeline")
    create_action_type(client, "Source", provider)
    client.create_pipeline(pipeline=gate_pipeline("p", provider))
    execution = first_execution(client, "p", "Source")
    Worker(server, "Source", provider, client).source("r1")
    return execution, approval_token(client, "p", "Gate")


def timed_out(client, pipeline_name, execution, stage):
    """Asserts that the approval of this stage ended its execution because nobody answered."""
    until_status(client, pipeline_name, execution, "Failed")
    latest = action_state(client, pipeline_name, stage, "Approve")["latestExecution"]
    assert (latest["status"], latest["errorDetails"]["code"]) == ("Failed", "TimedOut")


def test_an_approval_that_nobody_answers_is_open_for_seven_days(stepped):
    clock, server = stepped
    execution, token = open_approval(server, "Open")
    client = restart_at(server, clock, 7 * DAY - 3600)
    client.create_pipeline(pipeline=gate_pipeline("timer", "Open"))
    offered_again(Worker(server, "Source", "Open", client))
    latest = action_state(client, "p", "Gate", "Approve")["latestExecution"]
    assert (latest["status"], latest["token"]) == ("InProgress", token)
    client = restart_at(server, clock, 7 * DAY + 60)
    timed_out(client, "p", execution, "Gate")
    with pytest.raises(client.exceptions.InvalidApprovalTokenException):
        answer(client, "p", "Gate", token)


TRANSITION = {"pipelineName": "p", "stageName": "Gate", "transitionType": "Inbound"}


def held(client):
    """The execution that waits behind the transition."""
    return stage_state(client, "p", "Gate").get("inboundExecution", {}).get("pipelineExecutionId")


def hold(server, client):
    """Holds the first execution behind a disabled transition; its id."""
    create_action_type(client, "Source", "Hold")
    client.create_pipeline(pipeline=gate_pipeline("p", "Hold"))
    execution = first_execution(client, "p", "Source")
    client.disable_stage_transition(**TRANSITION, reason="Freeze")
    Worker(server, "Source", "Hold", client).source("r1")
    eventually(lambda: held(client) == execution, "the execution waits in front of the stage")
    return execution


@pytest.mark.parametrize("engine, step", [({}, 31 * DAY), ({"transitionExpiry": 7200}, 3 * 3600)])
def test_who_was_held_too_long_does_not_enter_and_the_next_arrival_supersedes_it(new_server, clock, engine, step):
    server = new_server({"engine": engine}, env=clock.environment).start()
    first = hold(server, server.client("codepipeline"))
    client = restart_at(server, clock, step)
    client.enable_stage_transition(**TRANSITION)

    def assert_stays():
        gate = stage_state(client, "p", "Gate")
        assert gate["inboundTransitionState"]["enabled"] and held(client) == first
        assert "latestExecution" not in gate and status(client, "p", first) == "InProgress"

    assert_stays()
    # Neither disabling and enabling again lets it in, nor a start of the server.
    client.disable_stage_transition(**TRANSITION, reason="Freeze")
    client.enable_stage_transition(**TRANSITION)
    client = restart_at(server, clock, step)
    assert_stays()

    second = client.start_pipeline_execution(name="p")["pipelineExecutionId"]
    Worker(server, "Source", "Hold", client).source("r2")
    answer(client, "p", "Gate", approval_token(client, "p", "Gate"))
    until_status(client, "p", second, "Succeeded")
    found = client.get_pipeline_execution(pipelineName="p", pipelineExecutionId=first)["pipelineExecution"]
    assert (found["status"], found["statusSummary"]) == ("Superseded", f"Superseded by execution {second}.")


@pytest.mark.parametrize("engine, step", [({}, 29 * DAY), ({"transitionExpiry": 60 * DAY}, 31 * DAY)])
def test_who_was_held_less_long_enters_once_the_transition_is_enabled(new_server, clock, engine, step):
    server = new_server({"engine": engine}, env=clock.environment).start()
    execution = hold(server, server.client("codepipeline"))
    client = restart_at(server, clock, step)
    assert held(client) == execution
    client.enable_stage_transition(**TRANSITION)
    answer(client, "p", "Gate", approval_token(client, "p", "Gate"))
    until_status(client, "p", execution, "Succeeded")


def test_history_is_cleaned_by_the_clock_and_spares_what_is_shown(stepped):
    clock, server = stepped
    client = server.client("codepipeline")
    create_action_type(client, "Source", "Old")
    create_action_type(client, "Build", "Old")
    client.create_pipeline(pipeline=pipeline(
        "p", ("S", [action("Fetch", "Source", "Custom", "Old", outputs=["Source"])]),
        ("B", [action("Compile", "Build", "Custom", "Old", {}, ["Source"])])))
    executions, places = [first_execution(client, "p", "S")], []
    for number in range(3):
        if number:
            executions.append(client.start_pipeline_execution(name="p")["pipelineExecutionId"])
        job = Worker(server, "Source", "Old", client).source(f"r{number}", b"artifact %d" % number)
        where = job["data"]["outputArtifacts"][0]["location"]["s3Location"]
        places.append({"Bucket": where["bucketName"], "Key": where["objectKey"]})
        build = Worker(server, "Build", "Old", client)
        build.succeed(build.take())
        until_status(client, "p", executions[-1], "Succeeded")
    client.create_pipeline(pipeline=pipeline(
        "open", ("S", [action("Fetch", "Source", "Custom", "Old", outputs=["Source"])]), ("G", [approval()])))
    waiting = first_execution(client, "open", "S")
    Worker(server, "Source", "Old", client).source("w")
    approval_token(client, "open", "G")

    client, s3 = restart_at(server, clock, 366 * DAY), server.client("s3")

    def known(pipeline_name, execution):
        try:
            return client.get_pipeline_execution(pipelineName=pipeline_name, pipelineExecutionId=execution)
        except client.exceptions.PipelineExecutionNotFoundException:
            return None

    def stored(place):
        return s3.list_objects_v2(Bucket=place["Bucket"], Prefix=place["Key"]).get("KeyCount", 0)

    eventually(lambda: not known("p", executions[0]) and not known("p", executions[1]), "old executions are gone", 30)
    # The approval's 7 days are over as well: its execution ends, is shown, and stays.
    timed_out(client, "open", waiting, "G")
    assert known("p", executions[2]) and known("open", waiting)
    assert [stored(place) for place in places] == [0, 0, 1]


def test_a_clock_that_is_behind_at_a_start_holds_no_deadline_up(new_server, clock):
    server = new_server({"engine": {"approvalTimeout": 10}}, env=clock.environment).start()
    execution, _ = open_approval(server, "Open")
    # As after a boot of a machine that keeps no time, which is told it a moment later.
    client = restart_at(server, clock, -3 * DAY)
    clock.set(0)
    timed_out(client, "p", execution, "Gate")
