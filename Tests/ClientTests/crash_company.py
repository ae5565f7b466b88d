"""Users, workers and subscribers of twenty pipelines, each writing down what the server acknowledged."""

import http.server
import io
import threading
import zipfile

from crash_ledger import Violation
from declarations import action, approval, pipeline, s3_deploy, s3_source
from light_client import LightClient, Lost, Refused

TOPIC = "arn:aws:sns:us-east-1:111111111111:crash"
PLAIN = [f"plain-{number}" for number in range(10)]
NOTIFIED = [f"notified-{number}" for number in range(4)]
DEPLOYED = [f"deployed-{number}" for number in range(3)]
BUILT = [f"built-{number}" for number in range(3)]
ALL = PLAIN + NOTIFIED + DEPLOYED + BUILT
BUILDSPEC = "version: 0.2\nphases:\n  build:\n    commands:\n      - echo built > out.txt\nartifacts:\n  files: out.txt\n"
# Refusals that a worker meets because its earlier call counted although the reply was lost.
LATE = ("InvalidNonceException", "InvalidJobStateException", "JobNotFoundException")


def archive(**files):
    """A zip archive of texts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, text in files.items():
            made.writestr(name, text)
    return buffer.getvalue()


class Life(threading.Thread):
    """Does something again and again, and bears with a server that is away."""

    def __init__(self, body, stop):
        super().__init__(daemon=True)
        self.body, self.stop, self.problem = body, stop, None

    def run(self):
        while not self.stop.is_set():
            try:
                self.body()
            except Lost:
                self.stop.wait(0.03)
            except Refused as refusal:
                # A server that is stopping or whose disk is full says so; anything else is unexpected.
                if refusal.status < 500:
                    self.problem = refusal
                    return
                self.stop.wait(0.1)
            except Exception as problem:
                self.problem = problem
                return


class Subscriber:
    """Receives notifications and writes down their ids and bodies."""

    def __init__(self, ledger):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with ledger.lock:
                    ledger.notified[self.headers["X-Penstock-Delivery"]].add(body)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}/"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Company:
    """Twenty pipelines and everyone who works with them."""

    def __init__(self, server, ledger):
        self.server, self.ledger = server, ledger
        self.stop, self.starts_end = threading.Event(), threading.Event()
        self.api = LightClient(server)
        self.turn = 0
        self.count = 0

    # Making

    def prepare(self, folder):
        from test_git_codebuild import Repository
        call = self.api.call
        for category in ("Source", "Build"):
            call("CreateCustomActionType", category=category, provider="Crash", version="1",
                 inputArtifactDetails={"minimumCount": 0, "maximumCount": 5},
                 outputArtifactDetails={"minimumCount": 0, "maximumCount": 5})
        s3 = self.server.client("s3")
        for bucket in ("ledger", "sources", "site"):
            s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket="sources", VersioningConfiguration={"Status": "Enabled"})
        repository = Repository(self.server, "crash", folder)
        repository.commit({"buildspec.yml": BUILDSPEC})
        for name in DEPLOYED:
            self.api.put("sources", f"{name}.zip", archive(page="<p>0</p>"))
        fetch = action("Fetch", "Source", "Custom", "Crash", outputs=["Source"])
        compiled = action("Compile", "Build", "Custom", "Crash", {}, ["Source"], ["Built"])
        note = approval(configuration={"NotificationArn": TOPIC})
        checkout = action("Fetch", "Source", "AWS", "CodeCommit", {
            "RepositoryName": "crash", "BranchName": "main", "PollForSourceChanges": "false"}, outputs=["Source"])
        built = action("Compile", "Build", "AWS", "CodeBuild", {"ProjectName": "crash"}, ["Source"], ["Built"])
        stages = {
            **{name: (("S", [fetch]), ("B", [compiled]), ("G", [approval()])) for name in PLAIN},
            **{name: (("S", [fetch]), ("G", [note])) for name in NOTIFIED},
            **{name: (("S", [s3_source("sources", f"{name}.zip")]),
                      ("D", [s3_deploy("site", artifact="Source", key=name)])) for name in DEPLOYED},
            **{name: (("S", [checkout]), ("B", [built]), ("G", [approval()])) for name in BUILT},
        }
        for name in ALL:
            call("CreatePipeline", pipeline=pipeline(name, *stages[name], store="artifacts"))
            self.ledger.versions[name] = 1
        call("CreatePipeline", pipeline=pipeline(
            "scratch", ("S", [s3_source("nothing", "k.zip", poll="false")]), ("G", [approval()])))

    # Living

    def lives(self):
        worker = lambda category: lambda: self.work(category)
        bodies = [self.start, worker("Source"), worker("Source"), worker("Build"), worker("Build"), self.approve,
                  self.look, self.store, self.replace, self.update, self.switch]
        return [Life(body, self.stop) for body in bodies]

    def start(self):
        """Starts pipelines one by one; a start is tried again until it is answered, so that its id is known."""
        if self.starts_end.is_set():
            self.stop.wait(0.2)
            return
        name = ALL[self.turn % len(ALL)]
        self.turn += 1
        reply = self.api.call_until_answered(self.stop, "StartPipelineExecution", name=name)
        self.ledger.started(name, reply["pipelineExecutionId"])
        self.stop.wait(0.1)

    def work(self, category):
        jobs = self.api.call_until_answered(self.stop, "PollForJobs", maxBatchSize=2, actionTypeId={
            "category": category, "owner": "Custom", "provider": "Crash", "version": "1"})["jobs"]
        for job in jobs:
            try:
                status = self.api.call_until_answered(
                    self.stop, "AcknowledgeJob", jobId=job["id"], nonce=job["nonce"])["status"]
            except Refused as refusal:
                # It was offered again meanwhile, which changed its nonce.
                if refusal.code in LATE:
                    continue
                raise
            if status == "InProgress":
                self.ledger.taken(job)
                self.do(job)
        if not jobs:
            self.stop.wait(0.05)

    def do(self, job):
        made = {}
        for artifact in job["data"]["outputArtifacts"]:
            place = artifact["location"]["s3Location"]
            body = archive(job=job["id"], name=artifact["name"])
            while True:
                try:
                    self.api.put(place["bucketName"], place["objectKey"], body, job["data"]["artifactCredentials"])
                    break
                except Lost:
                    if self.stop.wait(0.03):
                        return
            made[place["bucketName"], place["objectKey"]] = body
        self.ledger.result_begins(job["id"])
        self.api.call_until_answered(self.stop, "PutJobSuccessResult", jobId=job["id"])
        self.ledger.accepted(job["id"], "success")
        with self.ledger.lock:
            self.ledger.artifacts.update(made)
        # The opposite, said by a worker that is late: the first result stands.
        try:
            self.api.call_until_answered(self.stop, "PutJobFailureResult", jobId=job["id"],
                                         failureDetails={"type": "JobFailed", "message": "late"})
            self.ledger.accepted(job["id"], "failure")
        except Refused as refusal:
            if refusal.code not in LATE:
                raise

    def approve(self):
        for name in PLAIN + NOTIFIED + BUILT:
            gate = self.state(name)[-1]
            latest = gate["actionStates"][0].get("latestExecution", {})
            if latest.get("status") != "InProgress" or "token" not in latest:
                continue
            try:
                self.api.call_until_answered(
                    self.stop, "PutApprovalResult", pipelineName=name, stageName="G", actionName="Approve",
                    token=latest["token"], result={"status": "Approved", "summary": ""})
            except Refused as refusal:
                if refusal.code in ("ApprovalAlreadyCompletedException", "InvalidApprovalTokenException"):
                    continue
                raise
            with self.ledger.lock:
                self.ledger.approved.add((name, gate["latestExecution"]["pipelineExecutionId"]))
        self.stop.wait(0.05)

    def look(self):
        """Looks at all pipelines: what an attempt has ended as, it stays."""
        for name in ALL:
            self.state(name)
        self.stop.wait(0.05)

    def state(self, name):
        asked = self.ledger.now()
        stages = self.api.call("GetPipelineState", name=name)["stageStates"]
        for stage in stages:
            for state in stage["actionStates"]:
                latest = state.get("latestExecution")
                if latest is None:
                    continue
                if stage["stageName"] == "G" and name in NOTIFIED and latest["status"] == "InProgress":
                    self.ledger.awaited.add(latest["actionExecutionId"])
                self.ledger.attempt(latest["actionExecutionId"], latest["status"], asked)
        return stages

    def store(self):
        """New objects, and new revisions of sources."""
        self.count += 1
        key, body = f"k{self.count}", bytes([self.count % 251]) * (self.count * 977 % 40_000)
        self.ledger.may_be("objects", key, None)
        self.ledger.may_be("objects", key, body)
        self.api.put("ledger", key, body)
        self.ledger.settled("objects", key, body)
        if self.count % 10 == 0:
            self.api.put("sources", f"{DEPLOYED[self.count // 10 % len(DEPLOYED)]}.zip", archive(page=str(self.count)))
        self.stop.wait(0.02)

    def replace(self):
        """Objects that are written over and deleted: only the last acknowledged state, or what is under way, is right."""
        key = f"r{self.count % 7}"
        body = None if self.count % 3 == 0 else f"{key} {self.count}".encode() * 50
        with self.ledger.lock:
            self.ledger.objects.setdefault(key, [None])
        self.ledger.may_be("objects", key, body)
        if body is None:
            self.api.delete("ledger", key)
        else:
            self.api.put("ledger", key, body)
        self.ledger.settled("objects", key, body)
        self.stop.wait(0.02)

    def update(self):
        """Versions only grow: a scratch pipeline nobody runs."""
        found = self.api.call("GetPipeline", name="scratch")["pipeline"]
        version = self.api.call_until_answered(self.stop, "UpdatePipeline", pipeline=found)["pipeline"]["version"]
        with self.ledger.lock:
            if version <= self.ledger.versions["scratch"]:
                raise Violation(f"version {version} of scratch came after {self.ledger.versions['scratch']}")
            self.ledger.versions["scratch"] = version
        self.stop.wait(0.05)

    def switch(self):
        """Disables and enables a transition of the scratch pipeline."""
        enable = self.count % 2 == 0
        place = {"pipelineName": "scratch", "stageName": "G", "transitionType": "Inbound"}
        self.ledger.may_be("transitions", "scratch", enable)
        if enable:
            self.api.call_until_answered(self.stop, "EnableStageTransition", **place)
        else:
            self.api.call_until_answered(self.stop, "DisableStageTransition", reason="crash", **place)
        self.ledger.settled("transitions", "scratch", enable)
        self.stop.wait(0.05)
