"""SIGKILL at random moments: every acknowledged reply stays true and every execution comes to its end."""

import os
import random
import threading
import time

from botocore.exceptions import BotoCoreError, ClientError

from conftest import QUICK
from declarations import action, approval, create_action_type, pipeline, s3_source
from eventually import eventually
from progress import ENDED, answer
from worker import Worker

SEED = int(os.environ.get("PENSTOCK_TEST_SEED", "20150709"))
KILLS = 10
PIPELINES = 4
LOST = (BotoCoreError, ConnectionError)


class Ledger:
    """What the server acknowledged. Every entry must hold for ever."""

    def __init__(self):
        self.lock = threading.Lock()
        self.started, self.succeeded_jobs, self.approved, self.objects, self.versions = [], set(), set(), {}, {}

    def note(self, change):
        with self.lock:
            change()


class Life(threading.Thread):
    """Does something again and again, and bears with a server that is away."""

    def __init__(self, body, stop):
        super().__init__(daemon=True)
        self.body, self.stop, self.problem = body, stop, None

    def run(self):
        while not self.stop.is_set():
            try:
                self.body()
            except LOST:
                self.stop.wait(0.02)
            except Exception as problem:
                self.problem = problem
                return


class Company:
    """Users and workers of a few pipelines."""

    def __init__(self, server):
        self.server, self.ledger, self.stop = server, Ledger(), threading.Event()
        self.names = [f"crash-{number}" for number in range(PIPELINES)]
        self.client, self.s3 = server.client("codepipeline"), server.client("s3")
        # A worker's SDK sends a call again whose reply was lost. Without that, a job whose acknowledgement was taken
        # while its reply was lost belongs to nobody until the action times out.
        self.patient = server.client("codepipeline", retries=20)
        self.count = 0

    def prepare(self):
        for category in ("Source", "Build"):
            create_action_type(self.client, category, "Crash")
        self.s3.create_bucket(Bucket="ledger")
        for name in self.names:
            self.client.create_pipeline(pipeline=pipeline(
                name, ("S", [action("Fetch", "Source", "Custom", "Crash", outputs=["Source"])]),
                ("B", [action("Compile", "Build", "Custom", "Crash", {}, ["Source"], ["Built"])]), ("G", [approval()])))

    def start(self):
        for name in self.names:
            execution = self.client.start_pipeline_execution(name=name)["pipelineExecutionId"]
            self.ledger.note(lambda: self.ledger.started.append((name, execution)))
        self.stop.wait(0.1)

    def work(self, category):
        worker = Worker(self.server, category, "Crash", self.patient)
        jobs = worker.poll(3)
        for job in jobs:
            try:
                self.do(worker, job)
            except ClientError as refusal:
                code = refusal.response["Error"]["Code"]
                # The call before the crash may have counted though its reply was lost.
                if code not in ("InvalidNonceException", "InvalidJobStateException", "InvalidAccessKeyId",
                                "AccessDenied"):
                    raise
        if not jobs:
            self.stop.wait(0.02)

    def do(self, worker, job):
        worker.client.acknowledge_job(jobId=job["id"], nonce=job["nonce"])
        pending = lambda: worker.succeed(job, {a["name"]: job["id"].encode() for a in job["data"]["outputArtifacts"]})
        while not self.stop.is_set():
            try:
                pending()
            except LOST:
                self.stop.wait(0.02)
                continue
            self.ledger.note(lambda: self.ledger.succeeded_jobs.add(job["id"]))
            return

    def approve(self):
        client = self.client
        for name in self.names:
            gate = client.get_pipeline_state(name=name)["stageStates"][2]
            latest = gate["actionStates"][0].get("latestExecution", {})
            if latest.get("status") == "InProgress" and "token" in latest:
                try:
                    answer(client, name, "G", latest["token"])
                except (client.exceptions.ApprovalAlreadyCompletedException,
                        client.exceptions.InvalidApprovalTokenException):
                    continue
                execution = gate["latestExecution"]["pipelineExecutionId"]
                self.ledger.note(lambda: self.ledger.approved.add((name, execution)))
        self.stop.wait(0.05)

    def store(self):
        self.count += 1
        key, body = f"k{self.count}", os.urandom(self.count % 5000)
        self.s3.put_object(Bucket="ledger", Key=key, Body=body)
        self.ledger.note(lambda: self.ledger.objects.update({key: body}))

    def update(self):
        """Versions only grow: a scratch pipeline nobody runs."""
        found = self.client.get_pipeline(name="scratch")["pipeline"]
        version = self.client.update_pipeline(pipeline=found)["pipeline"]["version"]
        assert version > self.ledger.versions.get("scratch", 0), "the version did not grow"
        self.ledger.note(lambda: self.ledger.versions.update(scratch=version))
        self.stop.wait(0.02)

    def lives(self):
        return [Life(body, self.stop) for body in (
            self.start, lambda: self.work("Source"), lambda: self.work("Build"), self.approve, self.store, self.update)]

    def check(self):
        """Every entry of the ledger, against the server as it is now."""
        with self.ledger.lock:
            started, objects = list(self.ledger.started), dict(self.ledger.objects)
            jobs, approved = set(self.ledger.succeeded_jobs), set(self.ledger.approved)
            version = self.ledger.versions.get("scratch", 1)
        for name, execution in started:
            assert self.client.get_pipeline_execution(pipelineName=name, pipelineExecutionId=execution)
        for name, execution in approved:
            found = self.client.get_pipeline_execution(pipelineName=name, pipelineExecutionId=execution)
            assert found["pipelineExecution"]["status"] == "Succeeded", (name, execution)
        for key, body in objects.items():
            assert self.s3.get_object(Bucket="ledger", Key=key)["Body"].read() == body, key
        for job in jobs:
            try:
                self.client.put_job_failure_result(jobId=job, failureDetails={"type": "JobFailed", "message": "late"})
                raise AssertionError(f"the acknowledged result of {job} was forgotten")
            except self.client.exceptions.InvalidJobStateException:
                pass
        assert self.client.get_pipeline(name="scratch")["pipeline"]["version"] >= version


def test_acknowledged_replies_stay_true_over_ten_kills(new_server):
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    server = new_server({"engine": QUICK | {"jobAcknowledgeTimeout": 1}}).start()
    company = Company(server)
    company.prepare()
    company.client.create_pipeline(pipeline=pipeline(
        "scratch", ("S", [s3_source("nothing-here", "k.zip")]), ("G", [approval()])))
    lives = company.lives()
    for life in lives:
        life.start()
    for number in range(KILLS):
        time.sleep(chance.uniform(0.2, 1.2))  # The moment of the kill is the test's input.
        server.kill()
        server.start()
        problems = [life.problem for life in lives if life.problem]
        assert not problems, f"kill {number}: {problems}"
    lives[0].stop, starting = threading.Event(), lives[0]
    starting.stop.set()
    starting.join(10)
    eventually(lambda: check_ended(company), "every execution has ended", 60)
    company.stop.set()
    for life in lives:
        life.join(20)
        assert life.problem is None, life.problem
    company.check()
    assert len(company.ledger.started) > KILLS and company.ledger.approved and company.ledger.succeeded_jobs
    assert server.terminate() == 0
    server.start()
    company.check()


def check_ended(company):
    """Fails with what the executions that have not ended wait for."""
    waiting = {}
    for name, execution in list(company.ledger.started):
        found = company.client.get_pipeline_execution(pipelineName=name, pipelineExecutionId=execution)
        if found["pipelineExecution"]["status"] not in ENDED:
            waiting[execution] = [
                (stage["stageName"], stage.get("inboundExecution"), stage["actionStates"][0].get("latestExecution"))
                for stage in company.client.get_pipeline_state(name=name)["stageStates"]]
    assert not waiting, f"not ended: {waiting}"
    return True


def test_a_resent_call_gets_its_reply_after_a_crash_in_between(new_server):
    from signed_http import call
    server = new_server().start()
    client = server.client("codepipeline")
    create_action_type(client, "Source", "Resent")
    from declarations import gate_pipeline
    client.create_pipeline(pipeline=gate_pipeline("p", "Resent"))
    mark = {"amz-sdk-invocation-id": "01234567-89ab-cdef-0123-456789abcdef"}
    first = call(server, "StartPipelineExecution", {"name": "p"}, headers=mark)
    assert first.status == 200
    server.kill()
    server.start()
    again = call(server, "StartPipelineExecution", {"name": "p"}, headers=mark)
    assert again.json() == first.json()
