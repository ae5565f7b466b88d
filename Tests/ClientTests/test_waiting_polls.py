"""Polls that ask to wait for a job (`X-Penstock-Wait`): the job comes as soon as it is there, to one of those who wait."""

import concurrent.futures
import json
import socket
import time

import pytest

from conftest import QUICK
from declarations import action, approval, create_action_type, pipeline, prop
from eventually import eventually
from signed_http import Reply, call, connect, sign
from worker import Worker


@pytest.fixture
def line(server, codepipeline, unique):
    """A pipeline with a custom source and a custom build, its first source job taken."""
    provider, name = unique("w"), unique("waits")
    create_action_type(codepipeline, "Source", provider)
    create_action_type(codepipeline, "Build", provider, [prop("Project", required=True, queryable=True)])
    codepipeline.create_pipeline(pipeline=pipeline(
        name,
        ("Source", [action("Fetch", "Source", "Custom", provider, outputs=["Source"])]),
        ("Build", [action("Make", "Build", "Custom", provider, {"Project": "web"}, inputs=["Source"])]),
        ("Gate", [approval()])))
    yield Worker(server, "Source", provider), Worker(server, "Build", provider), name
    codepipeline.delete_pipeline(name=name)


def poll(server, worker, wait, query=None, **options):
    document = {"actionTypeId": worker.type} | ({"queryParam": query} if query else {})
    return call(server, "PollForJobs", document, headers={"X-Penstock-Wait": str(wait)}, **options)


def test_a_poll_waits_for_its_seconds_and_then_answers_that_nothing_came(server, line):
    source, _, _ = line
    source.take()
    began = time.monotonic()
    reply = poll(server, source, 1)
    assert reply.status == 200 and reply.json() == {"jobs": []}
    assert time.monotonic() - began >= 1


def test_a_waiting_poll_gets_the_job_that_a_result_makes(server, codepipeline, line):
    source, build, name = line
    job = source.take()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(poll, server, build, 20, {"Project": "web"})
        eventually(lambda: waiting.running(), "the poll to be sent")
        source.succeed(job, {"Source": b"code"}, currentRevision={"revision": "1", "changeIdentifier": "c"})
        jobs = waiting.result(timeout=15).json()["jobs"]
    assert [j["data"]["pipelineContext"]["pipelineName"] for j in jobs] == [name]
    # It was dispatched in the result's own transaction: nobody else is offered it, and its nonce is good.
    assert codepipeline.acknowledge_job(jobId=jobs[0]["id"], nonce=jobs[0]["nonce"])["status"] == "InProgress"


def test_a_job_that_comes_back_is_not_for_a_waiting_poll_of_a_deleted_type(server, codepipeline, line):
    source, _, _ = line
    source.next_job()
    # For longer than the job's acknowledgement may take.
    waiting = begin_poll(server, source, QUICK["jobAcknowledgeTimeout"] + 3)
    codepipeline.delete_custom_action_type(category="Source", provider=source.type["provider"], version="1")
    reply = Reply(waiting.getresponse())
    if reply.status == 200:
        assert reply.json() == {"jobs": []}
    else:
        assert reply.error()[0] == "ActionTypeNotFoundException"


def begin_poll(server, worker, wait):
    """Sends a poll and returns its connection once the server has begun with it, as far as can be told from outside."""
    body = json.dumps({"actionTypeId": worker.type}).encode()
    request = sign(server, body, "PollForJobs", headers={"X-Penstock-Wait": str(wait)})
    connection = connect(server)
    connection.request("POST", "/", body, dict(request.headers.items()))
    for _ in range(20):
        assert worker.poll() == []
    return connection


def test_of_many_waiting_polls_one_gets_the_job(server, codepipeline, line):
    source, _, name = line
    source.succeed(source.take(), {"Source": b"code"}, currentRevision={"revision": "1", "changeIdentifier": "c"})
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        waiting = [pool.submit(poll, server, source, 1) for _ in range(20)]
        eventually(lambda: all(w.running() for w in waiting), "the polls to be sent")
        codepipeline.start_pipeline_execution(name=name)
        jobs = [job for w in waiting for job in w.result(timeout=15).json()["jobs"]]
    assert len(jobs) == 1
    assert codepipeline.acknowledge_job(jobId=jobs[0]["id"], nonce=jobs[0]["nonce"])["status"] == "InProgress"


def test_a_poll_for_another_value_is_passed_over(server, line):
    source, build, _ = line
    job = source.take()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        other = pool.submit(poll, server, build, 2, {"Project": "app"})
        eventually(lambda: other.running(), "the other poll to be sent")
        right = pool.submit(poll, server, build, 15, {"Project": "web"})
        eventually(lambda: right.running(), "the poll to be sent")
        source.succeed(job, {"Source": b"code"}, currentRevision={"revision": "1", "changeIdentifier": "c"})
        assert len(right.result(timeout=15).json()["jobs"]) == 1
        assert other.result(timeout=15).json() == {"jobs": []}


def test_a_job_that_is_queued_is_handed_out_without_a_wait(server, line):
    source, _, _ = line
    eventually(lambda: source.poll(), "the job")
    # Nobody acknowledged it: it is offered again within the wait, when its time is up.
    again = poll(server, source, 10).json()["jobs"]
    assert len(again) == 1 and int(again[0]["nonce"]) >= 2


def test_a_client_that_goes_while_it_waits_takes_no_job_along(server, codepipeline, line):
    source, _, name = line
    source.succeed(source.take(), {"Source": b"code"}, currentRevision={"revision": "1", "changeIdentifier": "c"})
    body = json.dumps({"actionTypeId": source.type}).encode()
    request = sign(server, body, "PollForJobs", headers={"X-Penstock-Wait": "20"})
    gone = connect(server)
    gone.putrequest("POST", "/", skip_accept_encoding=True)
    for header, value in request.headers.items():
        if header.lower() != "host":
            gone.putheader(header, value)
    gone.putheader("Content-Length", str(len(body)))
    gone.endheaders(body)
    gone.sock.shutdown(socket.SHUT_WR)
    # Whoever ends its side is answered at once, so the wait is over when this returns.
    assert json.loads(gone.getresponse().read()) == {"jobs": []}
    codepipeline.start_pipeline_execution(name=name)
    assert source.next_job(timeout=5)["nonce"] == "1"


@pytest.mark.parametrize("wait", ["-1", "21", "soon", "1.5", ""])
def test_a_wait_that_is_no_number_of_seconds_is_refused(server, line, wait):
    source, _, _ = line
    reply = poll(server, source, wait)
    assert reply.status == 400
    assert reply.error() == (
        "ValidationException", "The header X-Penstock-Wait must be a whole number of seconds from 0 to 20")


def test_a_drain_ends_the_waits(quick_server):
    client = quick_server.client("codepipeline")
    create_action_type(client, "Build", "Slow")
    worker = Worker(quick_server, "Build", "Slow", client)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(poll, quick_server, worker, 20)
        eventually(lambda: waiting.running(), "the poll to be sent")
        assert worker.poll() == []
        began = time.monotonic()
        assert quick_server.terminate() == 0
        assert waiting.result(timeout=5).json() == {"jobs": []}
        assert time.monotonic() - began < 9


def test_a_poll_that_a_jobs_time_woke_stands_in_nobodys_way(new_server):
    """Woken by the time of a continued job, it is off the board: the next job goes to one who still waits."""
    server = new_server({"engine": QUICK | {"continuationDelay": 1, "jobAcknowledgeTimeout": 60}}).start()
    client = server.client("codepipeline")
    create_action_type(client, "Source", "Fetcher")
    client.create_pipeline(pipeline=pipeline(
        "goes-on", ("Source", [action("Fetch", "Source", "Custom", "Fetcher", outputs=["Source"])]),
        ("Gate", [approval()])))
    worker = Worker(server, "Source", "Fetcher", client)
    worker.succeed(worker.take(), continuationToken="more")
    continued = poll(server, worker, 15).json()["jobs"]
    assert len(continued) == 1 and continued[0]["data"]["continuationToken"] == "more"
    client.acknowledge_job(jobId=continued[0]["id"], nonce=continued[0]["nonce"])
    worker.fail(continued[0])
    client.start_pipeline_execution(name="goes-on")
    jobs = poll(server, worker, 5).json()["jobs"]
    assert [job["nonce"] for job in jobs] == ["1"]


def test_a_queued_job_of_another_value_ends_no_wait(server, line):
    source, build, _ = line
    source.succeed(source.take(), {"Source": b"code"}, currentRevision={"revision": "1", "changeIdentifier": "c"})
    began = time.monotonic()
    assert poll(server, build, 1, {"Project": "app"}).json() == {"jobs": []}
    assert time.monotonic() - began >= 1
    assert len(poll(server, build, 1, {"Project": "web"}).json()["jobs"]) == 1
