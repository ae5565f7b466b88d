"""Users, workers and subscribers of twenty pipelines, each writing down what the server acknowledged."""

import http.server
import threading

from crash_ledger import ACKNOWLEDGED, BEGUN, Violation
from crash_pipelines import (
    ALL, BUILDSPEC, BUILT, DEPLOYED, GATED, NOTIFIED, RECREATED, TROUBLED, UPDATED, action_types, archive, declaration,
    scratch)
from crash_troubles import Troubles
from crash_workers import Workers
from light_client import LightClient, Lost, Refused


class Life(threading.Thread):
    """Does something again and again until an event, and bears with a server that is away."""

    def __init__(self, body, stop, until=None):
        super().__init__(daemon=True)
        self.body, self.stop, self.until, self.problem = body, stop, until or stop, None

    def run(self):
        while not self.stop.is_set() and not self.until.is_set():
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
        self.workers = Workers(self)
        self.troubles = Troubles(self)
        self.turn = 0
        self.count = 0
        self.revisions = 0

    # Making

    def prepare(self, folder):
        from test_git_codebuild import Repository
        call = self.api.call
        for declared in action_types():
            call("CreateCustomActionType", **declared)
        s3 = self.server.client("s3")
        for bucket in ("ledger", "sources", "site"):
            s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket="sources", VersioningConfiguration={"Status": "Enabled"})
        repository = Repository(self.server, "crash", folder)
        repository.commit({"buildspec.yml": BUILDSPEC})
        for name in DEPLOYED:
            self.put_source(name, "<p>0</p>")
        for name in ALL:
            call("CreatePipeline", pipeline=declaration(name))
            if name not in RECREATED:
                self.ledger.versions[name] = 1
        call("CreatePipeline", pipeline=scratch())

    # Living

    def lives(self):
        """Everyone at work. Those who make new work end when the starts do, and the others bring it to its end."""
        worker = lambda category: lambda: self.workers.work(category)
        makers = [self.start, self.revise, self.troubles.change, self.troubles.recreate]
        others = [worker("Source"), worker("Source"), worker("Build"), worker("Build"), worker("Test"), self.approve,
                  self.look, self.store, self.replace, self.update, self.switch, self.troubles.retry]
        return ([Life(body, self.stop, self.starts_end) for body in makers]
                + [Life(body, self.stop) for body in others])

    def start(self):
        """Starts pipelines one by one. Nobody but who deletes a pipeline knows when it can be started."""
        name = [name for name in ALL if name not in RECREATED][self.turn % (len(ALL) - len(RECREATED))]
        self.turn += 1
        self.start_one(name)
        self.stop.wait(0.1)

    def start_one(self, name):
        """A start is tried again until it is answered, so that its id is known."""
        with self.ledger.lock:
            known = self.ledger.sources_known[name]
        reply = self.api.call_until_answered(self.stop, "StartPipelineExecution", name=name)
        self.ledger.started(name, reply["pipelineExecutionId"])
        if name in DEPLOYED:
            self.ledger.carries[reply["pipelineExecutionId"]] = known - 1

    def approve(self):
        for name in GATED:
            for gate in self.state(name)[-1:]:
                latest = gate["actionStates"][0].get("latestExecution", {})
                if latest.get("status") == "InProgress" and "token" in latest:
                    self.answer(name, gate["latestExecution"]["pipelineExecutionId"], latest["token"])
        self.stop.wait(0.05)

    def answer(self, name, execution, token):
        """Approves, or rejects what is planned to be rejected."""
        rejects = self.must_fail(name, execution, "G")
        with self.ledger.lock:
            version = self.ledger.versions.get(name)
        if rejects:
            self.ledger.note("failures", execution, "G", BEGUN)
        try:
            self.api.call_until_answered(
                self.stop, "PutApprovalResult", pipelineName=name, stageName="G", actionName="Approve",
                token=token, result={"status": "Rejected" if rejects else "Approved", "summary": ""})
        except Refused as refusal:
            if refusal.code in ("ApprovalAlreadyCompletedException", "InvalidApprovalTokenException"):
                return
            if name in RECREATED and refusal.code == "PipelineNotFoundException":
                return
            raise
        with self.ledger.lock:
            if rejects:
                self.ledger.note("failures", execution, "G", ACKNOWLEDGED)
            elif name in UPDATED:
                self.ledger.approved_under[name, execution] = version
            elif name not in RECREATED:
                self.ledger.approved.add((name, execution))

    def must_fail(self, name, execution, stage):
        return name in TROUBLED and self.ledger.must_fail(
            name, execution, stage, more=not self.starts_end.is_set())

    def look(self):
        """Looks at all pipelines: what an attempt has ended as, it stays."""
        for name in ALL:
            self.state(name)
        self.stop.wait(0.05)

    def state(self, name):
        """The stages of a pipeline; none where it is deleted at this moment."""
        asked = self.ledger.now()
        with self.ledger.lock:
            retried = {key for key, progress in self.ledger.retries.items() if progress == ACKNOWLEDGED}
        try:
            stages = self.api.call("GetPipelineState", name=name)["stageStates"]
        except Refused as refusal:
            if name in RECREATED and refusal.code == "PipelineNotFoundException":
                return []
            raise
        for stage in stages:
            self.check_retries(stage, retried)
            for state in stage["actionStates"]:
                latest = state.get("latestExecution")
                if latest is None:
                    continue
                if stage["stageName"] == "G" and name in NOTIFIED and latest["status"] == "InProgress":
                    self.ledger.awaited.add(latest["actionExecutionId"])
                self.ledger.attempt(latest["actionExecutionId"], latest["status"], asked)
                if name in DEPLOYED + BUILT and stage["stageName"] != "G" and latest["status"] == "Succeeded":
                    with self.ledger.lock:
                        self.ledger.made[latest["actionExecutionId"]] = (name, state["actionName"])
        return stages

    def check_retries(self, stage, retried):
        """A stage counts the retries of its execution: those that were acknowledged before, none that nobody sent."""
        if "latestExecution" not in stage:
            return
        key = stage["latestExecution"]["pipelineExecutionId"], stage["stageName"]
        count = stage.get("retryStageMetadata", {}).get("manualStageRetryAttempt", 0)
        with self.ledger.lock:
            known, sent = key in self.ledger.failures, self.ledger.retry_counts(*key)
        # A server that was restored from a backup counts what its first ledger knows.
        if known and not (key in retried) <= count <= sent:
            raise Violation(f"{key} counts {count} retries: {int(sent)} were sent, {int(key in retried)} acknowledged")

    def store(self):
        """New objects."""
        self.count += 1
        key, body = f"k{self.count}", bytes([self.count % 251]) * (self.count * 977 % 40_000)
        self.ledger.may_be("objects", key, None)
        self.ledger.may_be("objects", key, body)
        self.api.put("ledger", key, body)
        self.ledger.settled("objects", key, body)
        self.stop.wait(0.02)

    def revise(self):
        """New revisions of sources, each unlike all before."""
        self.revisions += 1
        name = DEPLOYED[self.revisions % len(DEPLOYED)]
        self.put_source(name, f"<p>{len(self.ledger.sources[name])}</p>")
        self.stop.wait(0.3)

    def put_source(self, name, page):
        """Puts a source again and again until it is answered, so that the last one is known."""
        body = archive(page=page)
        self.ledger.source_begins(name, body)
        while True:
            try:
                self.api.put("sources", f"{name}.zip", body)
                break
            except Lost:
                if self.stop.wait(0.03):
                    raise
            except Refused as refusal:
                if refusal.status < 500 or self.stop.wait(0.1):
                    raise
        self.ledger.source_settled(name)

    def replace(self):
        """Objects that are written over and deleted: only the last acknowledged state, or what comes, is right."""
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
        """Versions of a pipeline that nobody runs."""
        self.troubles.update_one("scratch")
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
