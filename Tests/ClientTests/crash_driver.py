"""Kills a busy server again and again, at random moments and at every failpoint, and holds it to what it acknowledged.

Everything random follows from the seed; the moments at which threads and processes meet do not.
"""

import argparse
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

import failpoints
from crash_checks import Checks
from crash_company import Company, Subscriber
from crash_ledger import Ledger, Violation
from crash_pipelines import ALL, TOPIC
from eventually import eventually
from light_client import Refused
from penstock_server import Server, run_penstock
from progress import ENDED

# How long a server may take to come to an armed place; then it is killed where it is.
PATIENCE = 15
# A kill that names a place, out of two.
PLACED = 0.6
# When the action of a dropped job ends, in seconds: what nobody dropped is done long before it.
ACTION_TIMEOUT = 20


class CrashRun:
    """One server, its company, and the hand that kills it."""

    def __init__(self, folder, seed, sandbox, env=None):
        self.folder = Path(folder)
        self.chance = random.Random(seed)
        self.ledger = Ledger()
        self.subscriber = Subscriber(self.ledger)
        self.server = Server(folder, config={
            "engine": {"jobAcknowledgeTimeout": 2, "continuationDelay": 0, "sourcePollInterval": 1,
                       "customActionTimeout": ACTION_TIMEOUT},
            "codeBuild": sandbox,
            "notifications": {"topics": {TOPIC: [{"url": self.subscriber.url}]}},
        })
        self.company = Company(self.server, self.ledger)
        self.checks = Checks(self.company)
        self.visits = {name: 0 for name in failpoints.VISITED}
        self.missed = []
        self.lives = []
        self.env = env or {}

    # The life of the server

    def run(self, kills):
        self.server.start()
        self.company.prepare(self.folder)
        self.lives = self.company.lives()
        for life in self.lives:
            life.start()
        try:
            for number in range(kills):
                self.kill(number)
                self.check_lives(f"kill {number}")
                if number % 10 == 9:
                    self.check()
                    self.checks.ends()
                    self.checks.secret(self.folder)
            self.settle()
        finally:
            self.close()

    def kill(self, number):
        """One kill and the start after it: at a failpoint of the running server, or just like that."""
        place = self.next_place(number)
        if place is None:
            time.sleep(self.chance.uniform(0.05, 0.9))  # The moment of the kill is the run's input.
            self.stop_somehow()
            self.start({})
            return
        visits = self.visit_count(place)
        # The armed server is the next one: it dies by itself.
        self.server.kill()
        self.start(failpoints.environment(f"{place}={visits}"))
        if self.died(place):
            self.visits[place] += 1
        else:
            self.missed.append((place, visits))
            self.server.kill()
        self.start({})

    def stop_somehow(self):
        """Mostly SIGKILL; sometimes SIGTERM, or a second one that does not wait for the first."""
        how = self.chance.random()
        if how < 0.7:
            self.server.kill()
        elif how < 0.85:
            if self.server.terminate() != 0:
                raise Violation("SIGTERM did not end the server with 0")
        else:
            self.server.process.send_signal(signal.SIGTERM)
            time.sleep(self.chance.uniform(0, 0.2))  # When the second one comes is the run's input.
            self.server.process.send_signal(signal.SIGTERM)
            status = self.server.process.wait(15)
            # 0 where the first had done its work already.
            if status not in (0, 130):
                raise Violation(f"a second SIGTERM ended the server with {status}")

    def next_place(self, number):
        """The places that were not visited come first, in a random order; then any."""
        if self.chance.random() > PLACED:
            return None
        fresh = [name for name, count in self.visits.items() if count == 0]
        return self.chance.choice(fresh or list(self.visits))

    def visit_count(self, place):
        way = failpoints.WAYS[place]
        if way in (failpoints.START, failpoints.RECOVERY, failpoints.BACKUP):
            return 1
        if place.startswith("commit.") or place.startswith("object."):
            return self.chance.randint(1, 40)
        return self.chance.randint(1, 2)

    def died(self, place):
        if failpoints.WAYS[place] == failpoints.BACKUP and self.server.running():
            run_penstock("backup", self.folder / f"backup-{self.chance.random()}.tar", "--endpoint-url",
                         self.server.api, "--data-dir", self.server.data, timeout=60)
        deadline = time.monotonic() + PATIENCE
        while self.server.running() and time.monotonic() < deadline:
            time.sleep(0.02)  # Waiting for the death of a process, with a deadline.
        return not self.server.running() and self.server.process.returncode == -9

    def start(self, env):
        self.server.env = self.env | env
        if env:
            self.server.start_or_die()
        else:
            self.server.start()

    def check_lives(self, when):
        problems = [life.problem for life in self.lives if life.problem]
        if problems:
            raise Violation(f"{when}: {problems}") from problems[0]

    def close(self):
        self.company.stop.set()
        for life in self.lives:
            life.join(30)
        self.server.kill()
        self.subscriber.close()

    # What must be true

    def settle(self):
        """All faults stop: every execution ends as it must, nothing is left, and a further start changes nothing."""
        self.company.starts_end.set()
        for life in self.lives:
            if life.until is self.company.starts_end:
                life.join(30)
        self.check_lives("before the last round")
        # A last round without faults: every pipeline can still come to a good end.
        for name in ALL:
            self.company.start_one(name)
        eventually(self.all_ended, "every execution has ended", 120)
        self.company.stop.set()
        for life in self.lives:
            life.join(30)
        self.check_lives("in the end")
        self.check_end()
        self.check_rest()
        if self.server.terminate() != 0:
            raise Violation("the server did not end well")
        self.checks.secret(self.folder)
        self.start({})
        self.check_end()

    def check_end(self):
        """Everything that is true once nobody works any more."""
        self.check()
        ends = self.checks.ends()
        self.checks.successes(ends)
        self.checks.dropped()
        self.checks.built(ends)
        self.checks.deployed(ends)
        self.checks.masked()

    def all_ended(self):
        """Fails with what the executions that have not ended wait for."""
        waiting = {}
        for execution, name in self.checks.executions():
            due = self.retry_due(execution)
            status = self.checks.execution(name, execution)["status"]
            if status not in ENDED or due or self.retry_due(execution):
                waiting[execution] = (name, status, self.company.state(name))
        assert not waiting, f"not ended: {waiting}"
        return True

    def retry_due(self, execution):
        return any(execution == waiting for _, waiting, _ in self.ledger.to_retry())

    def check(self):
        """Every entry of the ledger, against the server as it is now."""
        ledger, api = self.ledger, self.company.api
        with ledger.lock:
            executions, approved = dict(ledger.executions), set(ledger.approved)
            results, artifacts = dict(ledger.results), dict(ledger.artifacts)
            objects = {key: list(values) for key, values in ledger.objects.items()}
            versions, transitions = dict(ledger.versions), dict(ledger.transitions)
        for execution, name in executions.items():
            self.checks.execution(name, execution)
        for name, execution in approved:
            status = self.checks.execution(name, execution)["status"]
            if status not in ("Succeeded", "InProgress"):
                raise Violation(f"{execution} of {name} was approved and is {status}")
        for name, version in versions.items():
            found = api.call("GetPipeline", name=name)["pipeline"]["version"]
            if found < version:
                raise Violation(f"{name} has version {found} after {version} was acknowledged")
        self.checks.results(results)
        self.checks.deleted()
        self.check_objects(objects)
        for (bucket, key), body in artifacts.items():
            if api.get(bucket, key) != body:
                raise Violation(f"the artifact {key} is not what the worker of an accepted job stored")
        if "scratch" in transitions and self.company.stop.is_set():
            stages = api.call("GetPipelineState", name="scratch")["stageStates"]
            if stages[1]["inboundTransitionState"]["enabled"] not in transitions["scratch"]:
                raise Violation(f"the transition of scratch is none of {transitions['scratch']}")

    def check_objects(self, objects):
        settled = self.company.stop.is_set()
        for key, values in objects.items():
            # While the company works, the keys that it writes over may have changed since the ledger was read.
            if key.startswith("r") and not settled:
                continue
            try:
                body = self.company.api.get("ledger", key)
            except Refused as refusal:
                if refusal.status != 404:
                    raise Violation(f"the object {key}: {refusal}") from refusal
                body = None
            if body not in values:
                size = "gone" if body is None else f"{len(body)} bytes"
                raise Violation(f"the object {key} is {size}, which is none of {len(values)} values it may have")

    def check_rest(self):
        """Delivered notifications, and nothing left over of builds."""
        eventually(self.all_notified, "every approval's notification came", 60)
        for attempt, bodies in self.ledger.notified.items():
            if len(bodies) != 1:
                raise Violation(f"the notification of {attempt} came with {len(bodies)} different bodies")
        eventually(lambda: self.left_over() == [], "builds have left nothing", 30)

    def all_notified(self):
        with self.ledger.lock:
            missing = self.ledger.awaited - set(self.ledger.notified)
        assert not missing, f"no notification came of {missing}"
        return True

    def left_over(self):
        work = self.server.data / "work"
        builds = work / "builds"
        left = [path.name for path in builds.iterdir()] if builds.exists() else []
        mark = f"{work}/".encode()
        for process in Path("/proc").glob("[0-9]*"):
            try:
                lines = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
            except OSError:
                continue
            if mark in lines:
                left.append(f"process {process.name}")
        return left

    def summary(self):
        ledger = self.ledger
        counts = {
            "executions": ledger.executions, "results": ledger.results, "approvals": ledger.approved,
            "objects": ledger.objects, "notifications": ledger.notified, "failures": ledger.failures,
            "retries": ledger.retries, "deleted executions": ledger.gone, "own actions": ledger.made}
        listed = ", ".join(f"{len(entries)} {name}" for name, entries in counts.items())
        return f"{listed}; died at {self.visits}; missed {self.missed}"


# Each restart is checked against everything that was ever promised: a longer run of one server asks more than it kills.
KILLS_OF_ONE_SERVER = 50


def main():
    parser = argparse.ArgumentParser(prog="scripts/crash-test", description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--sandbox", choices=["bubblewrap", "none"], default="bubblewrap")
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.kills} kills", flush=True)
    began = time.monotonic()
    for number, first in enumerate(range(0, options.kills, KILLS_OF_ONE_SERVER)):
        kills = min(KILLS_OF_ONE_SERVER, options.kills - first)
        if not run_one(options.seed + number, kills, options.sandbox):
            return 1
    print(f"nothing lost, nothing twice over {options.kills} kills in {time.monotonic() - began:.0f} s")
    return 0


def run_one(seed, kills, sandbox):
    """One server from its first start to its last; whether all promises were kept."""
    with tempfile.TemporaryDirectory() as folder:
        run = CrashRun(folder, seed, {"sandbox": sandbox})
        try:
            run.run(kills)
        except AssertionError as violation:
            print(f"VIOLATION (--seed {seed} --kills {kills}): {violation}\nthe server's log ends:\n{run.server.log()}")
            print(run.summary())
            return False
        print(f"seed {seed}, {kills} kills: {run.summary()}", flush=True)
        return True


if __name__ == "__main__":
    sys.exit(main())
