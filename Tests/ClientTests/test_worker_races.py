"""Workers that all want one job, come late, contradict each other, or work for a pipeline that has changed."""

import threading

import pytest
from botocore.exceptions import ClientError

from conftest import QUICK
from declarations import action, create_action_type, gate_pipeline, pipeline, prop, approval
from eventually import eventually
from light_client import LightClient, Refused
from progress import action_state, first_execution, status, until_status
from worker import Worker, job_store, place

POLLERS = 100
TYPE = {"category": "Source", "owner": "Custom", "provider": "Race", "version": "1"}


@pytest.fixture
def race(new_server):
    server = new_server({"engine": QUICK | {"jobAcknowledgeTimeout": 2}}).start()
    create_action_type(server.client("codepipeline"), "Source", "Race")
    return server, server.client("codepipeline"), LightClient(server)


def at_once(count, body):
    """Runs the body on so many threads at one moment; what they return."""
    barrier, results = threading.Barrier(count), [None] * count

    def run(number):
        barrier.wait()
        try:
            results[number] = body(number)
        except Refused as refusal:
            results[number] = refusal

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def failure(job):
    return {"jobId": job["id"], "failureDetails": {"type": "JobFailed", "message": "no"}}


def test_a_hundred_pollers_get_one_job_once(race):
    server, client, api = race
    for number in range(5):
        client.create_pipeline(pipeline=gate_pipeline(f"p{number}", "Race"))
        replies = at_once(POLLERS, lambda _: api.call("PollForJobs", actionTypeId=TYPE, maxBatchSize=10)["jobs"])
        jobs = [job for jobs in replies for job in jobs]
        assert len(jobs) == 1, f"{len(jobs)} of {POLLERS} pollers got the job"
        assert api.call("AcknowledgeJob", jobId=jobs[0]["id"], nonce=jobs[0]["nonce"])["status"] == "InProgress"


def test_a_nonce_makes_one_of_a_hundred_its_holder(race):
    server, client, api = race
    client.create_pipeline(pipeline=gate_pipeline("p", "Race"))
    job = Worker(server, "Source", "Race", client).next_job()
    replies = at_once(POLLERS, lambda _: api.call("AcknowledgeJob", jobId=job["id"], nonce=job["nonce"]))
    taken = [reply for reply in replies if not isinstance(reply, Refused)]
    assert taken == [{"status": "InProgress"}]
    assert {reply.code for reply in replies if isinstance(reply, Refused)} == {"InvalidNonceException"}


def test_the_first_of_a_hundred_contradicting_results_wins(race):
    server, client, api = race
    client.create_pipeline(pipeline=gate_pipeline("p", "Race"))
    execution = first_execution(client, "p", "Source")
    worker = Worker(server, "Source", "Race", client)
    job = worker.take()
    worker.upload(job, {"Source": b"bytes"})

    def report(number):
        if number % 2:
            return "Failed", api.call("PutJobFailureResult", **failure(job))
        return "Succeeded", api.call("PutJobSuccessResult", jobId=job["id"])

    replies = at_once(POLLERS, report)
    won = [reply for reply in replies if not isinstance(reply, Refused)]
    assert len(won) == 1, f"{len(won)} results were accepted"
    assert {reply.code for reply in replies if isinstance(reply, Refused)} == {"InvalidJobStateException"}
    expected = {"Succeeded": "Succeeded", "Failed": "Failed"}[won[0][0]]
    assert action_state(client, "p", "Source", "Fetch")["latestExecution"]["status"] == expected
    if expected == "Failed":
        until_status(client, "p", execution, "Failed")


def test_a_worker_that_died_before_it_acknowledged_loses_the_job_and_its_old_nonce(race):
    server, client, api = race
    client.create_pipeline(pipeline=gate_pipeline("p", "Race"))
    worker = Worker(server, "Source", "Race", client)
    dead = worker.next_job()
    again = worker.next_job()
    assert again["id"] == dead["id"] and again["nonce"] != dead["nonce"]
    with pytest.raises(Refused) as late:
        api.call("AcknowledgeJob", jobId=dead["id"], nonce=dead["nonce"])
    assert late.value.code == "InvalidNonceException"
    with pytest.raises(Refused) as early:
        api.call("PutJobSuccessResult", jobId=again["id"])
    assert early.value.code == "InvalidJobStateException"
    assert api.call("AcknowledgeJob", jobId=again["id"], nonce=again["nonce"])["status"] == "InProgress"


def test_a_worker_that_died_after_it_acknowledged_keeps_the_job_until_its_action_times_out(new_server):
    server = new_server({"engine": QUICK | {"customActionTimeout": 2}}).start()
    client = server.client("codepipeline")
    create_action_type(client, "Source", "Race")
    client.create_pipeline(pipeline=gate_pipeline("p", "Race"))
    execution = first_execution(client, "p", "Source")
    worker = Worker(server, "Source", "Race", client)
    job = worker.take()
    assert worker.poll() == []
    until_status(client, "p", execution, "Failed")
    with pytest.raises(Refused) as late:
        LightClient(server).call("PutJobSuccessResult", jobId=job["id"])
    assert late.value.code == "InvalidJobStateException"
    with pytest.raises(ClientError, match="InvalidAccessKeyId"):
        job_store(server, job["data"]).put_object(**place(job["data"]["outputArtifacts"][0]), Body=b"late")


def test_a_result_after_an_update_counts_for_the_version_that_the_execution_runs(race):
    server, client, api = race
    client.create_pipeline(pipeline=gate_pipeline("p", "Race"))
    execution = first_execution(client, "p", "Source")
    worker = Worker(server, "Source", "Race", client)
    job = worker.take()
    client.update_pipeline(pipeline=client.get_pipeline(name="p")["pipeline"])
    worker.succeed(job, {"Source": b"late"})
    with pytest.raises(Refused) as twice:
        api.call("PutJobFailureResult", **failure(job))
    assert twice.value.code == "InvalidJobStateException"
    until_status(client, "p", execution, "Failed")


def test_a_result_after_a_deletion_is_for_a_job_that_nobody_knows(race):
    server, client, api = race
    client.create_pipeline(pipeline=gate_pipeline("p", "Race"))
    worker = Worker(server, "Source", "Race", client)
    job = worker.take()
    client.delete_pipeline(name="p")
    for call, parameters in (("PutJobSuccessResult", {"jobId": job["id"]}), ("PutJobFailureResult", failure(job)),
                             ("GetJobDetails", {"jobId": job["id"]})):
        with pytest.raises(Refused) as unknown:
            api.call(call, **parameters)
        assert unknown.value.code == "JobNotFoundException", unknown.value
    client.create_pipeline(pipeline=gate_pipeline("p", "Race"))
    assert worker.next_job()["id"] != job["id"]


def test_a_job_whose_secrets_need_another_key_fails_with_what_to_do(new_server):
    server = new_server({"engine": QUICK}).start()
    client = server.client("codepipeline")
    create_action_type(client, "Source", "Race")
    create_action_type(client, "Build", "Race", [prop("Token", True, secret=True)])
    build = action("Compile", "Build", "Custom", "Race", {"Token": "canary"}, ["Source"])
    client.create_pipeline(pipeline=pipeline(
        "p", ("S", [action("Fetch", "Source", "Custom", "Race", outputs=["Source"])]), ("B", [build]),
        ("G", [approval()])))
    Worker(server, "Source", "Race", client).source("r1")
    execution = first_execution(client, "p", "B")
    assert server.terminate() == 0
    (server.data / "secret.key").write_bytes(bytes(range(32)))
    server.start()
    client = server.client("codepipeline")
    assert Worker(server, "Build", "Race", client).poll() == []
    until_status(client, "p", execution, "Failed")
    error = action_state(client, "p", "B", "Compile")["latestExecution"]["errorDetails"]
    assert error["code"] == "ConfigurationError"
    assert "secret.key" in error["message"] and "UpdatePipeline" in error["message"]
    assert "canary" not in error["message"]
    assert status(client, "p", execution) == "Failed"
    assert eventually(lambda: Worker(server, "Build", "Race", client).poll() == [], "nothing is offered again")
