"""What each row measures. A row's function gives rows, or raises CannotMeasure, which becomes the row's report."""

import contextlib
import os
import statistics
import subprocess
import time

from . import peers
from .install import say
from .load import Comparison, generate
from .processes import BINARIES, CannotMeasure, Child, Penstock, cpu_seconds, descendants, hogs, resident_mib
from .rows import absolute, at_least, at_most, failed

# The wait that workers ask for where they wait for jobs.
WAIT_SECONDS = 20
PIPELINES = 10_000
# Requests of the floor of one execution: start, and poll, acknowledge and result of each of three stages.
FLOOR_COMMITS, FLOOR_EXCHANGES = 7, 10


class Suite:
    """Everything that the rows share: folders, servers that are started once, and how long a run takes."""

    def __init__(self, folder, quick=False, seconds=None):
        self.folder = folder
        self.quick = quick
        self.seconds = seconds or (1 if quick else 3.5)
        self.warm_up = 0.2 if quick else 0.5
        self.pairs = 2 if quick else 3
        self.pipelines = 500 if quick else PIPELINES
        self.stack = contextlib.ExitStack()
        self._server = self._nginx = self._moto = None

    def close(self):
        self.stack.close()

    # Sides

    @property
    def server(self):
        """A server with the catalogue of pipelines, and another folder for what has to be fresh."""
        if self._server is None:
            self._server = self.stack.enter_context(Penstock(self.folder / "server"))
            generate("create", *self._server.target(), "--connections", 32, "--pipelines", self.pipelines)
            self.reply_bytes = 2000
        return self._server

    def nginx(self):
        if self._nginx is None:
            self._nginx = self.stack.enter_context(peers.nginx(self.folder / "nginx", 2000))
        return self._nginx

    def moto(self):
        """The URL of moto with the same catalogue."""
        if self._moto is None:
            self._moto, _ = self.stack.enter_context(self.filled_moto("moto"))
        return self._moto

    @contextlib.contextmanager
    def filled_moto(self, folder):
        """A moto of one's own, which has done nothing but create the catalogue. Gives its URL and the child."""
        with peers.moto(self.folder / folder) as (url, child):
            say(f"moto: creating {self.pipelines} pipelines")
            generate(
                "create", "--url", url, "--connections", 4, "--pipelines", self.pipelines, "--no-action-types",
                "--role-arn", peers.MOTO_ROLE)
            yield url, child

    def load(self, workload, *arguments, target=None, seconds=None):
        return lambda: generate(
            workload, *(target or self.server.target()), *arguments, seconds=seconds or self.seconds,
            warm_up=self.warm_up)

    def catalogue(self, workload, connections, *more):
        return self.load(workload, "--connections", connections, "--pipelines", self.pipelines, *more)

    def at_nginx(self, connections):
        url, _ = self.nginx()
        return self.load("get", "--connections", connections, "--reply-bytes", 2000, target=["--url", url])

    def at_moto(self, workload, connections, *more):
        return self.load(
            workload, "--connections", connections, "--pipelines", self.pipelines, *more,
            target=["--url", self.moto()])

    def commits(self, *arguments):
        """SQLite in the folder of the store."""
        return lambda: generate("commit-rows", "--folder", self.server.folder, *arguments, seconds=self.seconds)

    def compare(self, reference, ours, key="rate", pairs=None):
        return Comparison(reference, ours, key, pairs or self.pairs, note=say)

    def floor(self):
        """One commit and one exchange, as times; the floor of an execution is made of them."""
        commit, exchange = self.commits(), self.at_nginx(1)

        def measure():
            commits, exchanges = commit()["p50_us"], exchange()["p50_us"]
            return {
                "p50_us": FLOOR_COMMITS * commits + FLOOR_EXCHANGES * exchanges,
                "handover_us": commits + 2 * exchanges, "commit_us": commits, "exchange_us": exchanges}

        return measure

    def executions(self, at_once, *more):
        return self.load("executions", "--at-once", at_once, "--wait", WAIT_SECONDS, *more)


def p1(suite):
    _, nginx = suite.nginx()
    work = f"GetPipeline, 64 connections, {suite.pipelines:,} pipelines"
    suite.server
    worker, at_nginx, busy = peers_worker(nginx.pid), suite.at_nginx(64), []

    def reference():
        used = cpu_seconds(worker)
        result = at_nginx()
        busy.append((cpu_seconds(worker) - used) / (suite.seconds + suite.warm_up))
        return result

    comparison = suite.compare(reference, suite.catalogue("get", 64))
    # Near 100 %, it is nginx that is measured and not the client.
    say(f"nginx's worker was busy for {statistics.median(busy):.0%} of its turns")
    yield at_least("P1", work, comparison, "nginx", 0.40, "/s")
    yield at_most(
        "P2", "p99 of GetPipeline, 64 connections", comparison, "nginx", 3, key="p99_us")
    yield at_least(
        "P1", work, suite.compare(suite.at_moto("get", 64), suite.catalogue("get", 64)), "moto", 100, "/s")


def peers_worker(pid):
    """nginx's worker: the child of its master."""
    return (descendants(pid) or [pid])[0]


def p2(suite):
    comparison = suite.compare(suite.at_nginx(1), suite.catalogue("get", 1), "p50_us")
    yield at_most("P2", "p50 of GetPipeline, one connection", comparison, "nginx", 3)


def p3(suite):
    comparison = suite.compare(suite.at_moto("list", 4), suite.catalogue("list", 4))
    yield at_least("P3", f"ListPipelines, first page of {suite.pipelines:,}", comparison, "moto", 100, "/s")


def creations(suite, connections, target=None, *more):
    """New pipelines, under names that no earlier run used."""
    def run():
        stamp = f"{time.monotonic_ns() // 1_000_000:x}"
        return generate(
            "create", *(target or suite.server.target()), "--connections", connections, "--timed", "--pipelines",
            10_000_000, "--prefix", f"new-{stamp}-", "--provider", f"New-{stamp}", *more, seconds=suite.seconds,
            warm_up=suite.warm_up)
    return run


def writes(suite, identifier, connections, update_limit, create_limit):
    named = "one connection" if connections == 1 else f"{connections} connections"
    yield at_least(
        identifier, f"UpdatePipeline, {named}", suite.compare(suite.commits(), suite.catalogue("update", connections)),
        "SQLite, one row a commit", update_limit, "/s")
    yield at_least(
        identifier, f"CreatePipeline, {named}", suite.compare(suite.commits(), creations(suite, connections)),
        "SQLite, one row a commit", create_limit, "/s")


def p4(suite):
    yield from writes(suite, "P4", 1, 0.55, 0.4)


def p5(suite):
    yield from writes(suite, "P5", 64, 1.5, 0.7)
    yield at_least(
        "P5", "UpdatePipeline, 64 connections",
        suite.compare(
            suite.at_moto("update", 64, "--role-arn", peers.MOTO_ROLE), suite.catalogue("update", 64)),
        "moto, in memory", 50, "/s")


def job_cycles(suite, workers=50, target=None):
    return suite.load("job-cycles", "--workers", workers, "--wait", WAIT_SECONDS, target=target)


def p6(suite):
    work = "job cycles, 50 workers"

    def postgresql():
        with peers.PostgreSQL(suite.folder / "postgresql-jobs") as cluster:
            return at_least(
                "P6", work,
                suite.compare(lambda: cluster.job_cycles(50, suite.seconds), job_cycles(suite)),
                "PostgreSQL, SKIP LOCKED", 1.5, "/s")

    def procrastinate():
        with peers.PostgreSQL(suite.folder / "postgresql-procrastinate") as cluster:
            cluster.sql("create database procrastinate")
            return at_least(
                "P6", work,
                suite.compare(
                    lambda: peers.script(
                        "procrastinate", "procrastinate_load.py", cluster.url("procrastinate"), 50, suite.seconds,
                        suite.warm_up), job_cycles(suite)), "procrastinate", 25, "/s")

    def redis():
        with peers.redis(suite.folder / "redis") as url:
            queue = suite.load("queue-cycles", "--kind", "redis", "--connections", 50, target=["--url", url])
            return at_least("P6", work, suite.compare(queue, job_cycles(suite)), "Redis streams, fsync always", 0.35, "/s")

    def beanstalkd():
        with peers.beanstalkd(suite.folder / "beanstalkd") as url:
            queue = suite.load("queue-cycles", "--kind", "beanstalkd", "--connections", 50, target=["--url", url])
            return at_least("P6", work, suite.compare(queue, job_cycles(suite)), "beanstalkd, fsync always", 0.8, "/s")

    suite.server
    yield from each("P6", work, [
        ("PostgreSQL, SKIP LOCKED", "≥ 1.5 ×", postgresql), ("procrastinate", "≥ 25 ×", procrastinate),
        ("Redis streams, fsync always", "≥ 0.35 ×", redis), ("beanstalkd, fsync always", "≥ 0.8 ×", beanstalkd)])


def each(identifier, work, parts):
    """Rows that stand for themselves: one that can't be measured is a failed row and doesn't stop the others."""
    for peer, goal, part in parts:
        try:
            yield part()
        except (CannotMeasure, subprocess.TimeoutExpired) as error:
            yield failed(identifier, work, peer, goal, error)


def p7(suite):
    yield at_least(
        "P7", "job cycles, one worker", suite.compare(suite.commits("--cycles"), job_cycles(suite, 1)),
        "SQLite, three commits", 0.5, "/s")


def p8(suite):
    work = "one execution of three stages, p50"
    ours = suite.executions(1)
    suite.server

    def floor():
        return at_most(
            "P8", work, suite.compare(suite.floor(), ours, "p50_us"),
            f"floor: {FLOOR_COMMITS} commits + {FLOOR_EXCHANGES} exchanges", 4)

    def dbos():
        with peers.PostgreSQL(suite.folder / "postgresql-dbos") as cluster:
            cluster.sql("create database dbos")
            return at_most(
                "P8", work,
                suite.compare(
                    lambda: peers.script("dbos", "dbos_load.py", cluster.url("dbos"), 1, suite.seconds), ours,
                    "p50_us"), "DBOS", 1 / 6, goal="≤ 1/6")

    def buildbot():
        with peers.buildbot(suite.folder / "buildbot") as port:
            peers.script("buildbot", "buildbot_load.py", port, 1, 1)
            return at_most(
                "P8", work,
                suite.compare(
                    lambda: peers.script("buildbot", "buildbot_load.py", port, 1, 3), ours, "p50_us", pairs=2),
                "Buildbot", 1 / 250, goal="≤ 1/250")

    yield from each("P8", work, [("floor", "≤ 4 ×", floor), ("DBOS", "≤ 1/6", dbos), ("Buildbot", "≤ 1/250", buildbot)])


def p9(suite):
    work = "executions of three stages, 100 at once"
    ours = suite.executions(100)
    suite.server

    def dbos():
        with peers.PostgreSQL(suite.folder / "postgresql-dbos-many") as cluster:
            cluster.sql("create database dbos")
            seconds = max(suite.seconds, 4)
            return at_least(
                "P9", work,
                suite.compare(
                    lambda: peers.script("dbos", "dbos_load.py", cluster.url("dbos"), 100, seconds), ours), "DBOS", 15,
                "/s")

    def buildbot():
        # Its rate stands from ten at once on; a hundred take it minutes.
        with peers.buildbot(suite.folder / "buildbot-many") as port:
            peers.script("buildbot", "buildbot_load.py", port, 1, 1)
            return at_least(
                "P9", work,
                suite.compare(lambda: peers.script("buildbot", "buildbot_load.py", port, 10, 10), ours, pairs=2),
                "Buildbot, 10 at once", 700, "/s")

    yield from each("P9", work, [("DBOS", "≥ 15 ×", dbos), ("Buildbot", "≥ 700 ×", buildbot)])


def p10(suite):
    number = iter(range(1000))

    def ours():
        folder = suite.folder / f"engine{next(number)}"
        folder.mkdir()
        return generate("engine-executions", "--folder", folder, seconds=suite.seconds, warm_up=suite.warm_up)

    yield at_least(
        "P10", "executions of a provider that does nothing",
        suite.compare(suite.commits("--cycles", "--group", 100), ours), "SQLite, job cycles in groups of 100", 0.03,
        "/s")


def p11(suite):
    comparison = suite.compare(suite.floor(), suite.executions(1), "p50_us")
    yield at_most(
        "P11", "result of a stage → job of the next at a waiting worker, p50", comparison, "one commit + two exchanges", 1.5,
        key="handover_p50_us", their_key="handover_us")


def p12(suite):
    executions = int(suite.pipelines * 2.5)
    work = f"first right reply after SIGKILL, {suite.pipelines:,} pipelines, {executions:,} unfinished executions"
    with Penstock(suite.folder / "killed") as server:
        pipelines = ["--pipelines", suite.pipelines, "--prefix", "unfinished-", "--provider", "Unfinished"]
        ledger = ["--ledger", suite.folder / "ledger"]
        generate("fill", *server.target(), *pipelines, *ledger, "--executions", executions)
        times = []
        for _ in range(3):
            server.process.kill()
            server.process.wait()
            began = time.monotonic()
            server.start(waits=False)
            reply = generate("first-reply", *server.target(), *pipelines)
            times.append(reply["monotonic_s"] - began)
        generate("check", *server.target(), *pipelines, *ledger)
    row = absolute("P12", work, max(times), "s", 1)
    row.work += "; every execution is there and every job came once"
    yield row


@contextlib.contextmanager
def waiting_polls(server, folder, seconds, count=1000):
    """Polls that wait at a server, sent again whenever their time is over; any that doesn't wait fails."""
    child = Child("waiting polls", [
        BINARIES / "LoadGenerator", "waiting-polls", *server.target(), "--connections", count, "--wait", WAIT_SECONDS,
        "--seconds", seconds], folder / "waiting-polls.log")
    with child:
        # All connections are open once the generator runs; the first replies can't come before the wait is over.
        time.sleep(3)
        if child.process.poll() is not None:
            raise CannotMeasure(f"waiting polls: {child.log.read_text()[-400:]}")
        yield
        if child.process.poll() not in (None, 0):
            raise CannotMeasure(f"waiting polls: {child.log.read_text()[-400:]}")


def p13(suite):
    with Penstock(suite.folder / "memory") as server:
        generate("empty-polls", *server.target(), "--connections", 1, seconds=0.2)
        yield absolute("P13", "memory, idle", server.resident_mib(), "MiB", 40)
        generate("create", *server.target(), "--connections", 16, "--pipelines", suite.pipelines)
        full = server.resident_mib()
        yield absolute("P13", f"memory, {suite.pipelines:,} pipelines", full, "MiB", 60)
        try:
            with waiting_polls(server, suite.folder, 5):
                yield absolute("P13", "memory, 1,000 waiting polls more", server.resident_mib(), "MiB", 90)
        except CannotMeasure as error:
            yield failed("P13", "memory, 1,000 waiting polls more", "–", "≤ 90 MiB", error)
    try:
        # As ours: not the moto of other rows, which has grown with what it was asked for.
        with suite.filled_moto("moto-memory") as (_, child):
            theirs = resident_mib(child.pid)
    except CannotMeasure as error:
        yield failed("P13", f"memory, {suite.pipelines:,} pipelines", "moto", "≤ 1/3", error)
        return
    row = absolute("P13", f"memory, {suite.pipelines:,} pipelines", full, "MiB", theirs / 3)
    row.peer, row.theirs, row.ratio, row.worst, row.goal = "moto", theirs, full / theirs, full / theirs, "≤ 1/3"
    yield row


def p14(suite):
    seconds = 10 if suite.quick else 60
    with Penstock(suite.folder / "idle") as server:
        generate("create", *server.target(), "--connections", 16, "--pipelines", suite.pipelines)
        with waiting_polls(server, suite.folder, seconds + 10):
            used, began = cpu_seconds(server.pid), time.monotonic()
            time.sleep(seconds)
            share = (cpu_seconds(server.pid) - used) / (time.monotonic() - began)
    yield absolute(
        "P14", f"idle CPU of a core, {suite.pipelines:,} pipelines, 1,000 waiting polls, {seconds} s", share * 100, "%", 0.5)


def p16(suite):
    objects = suite.server.target("s3")
    generate("make-bucket", *objects)
    files = suite.folder / "files"
    generate("write-objects", files)
    with peers.nginx(suite.folder / "nginx-files", files=files) as (url, _):
        there = suite.load("get-objects", "--no-put", "--connections", 8, target=["--url", url])
        suite.load("get-objects", "--connections", 8, target=objects, seconds=0.2)()
        here = suite.load("get-objects", "--no-put", "--connections", 8, target=objects)
        yield at_least("P16", "get of 1 MiB", suite.compare(there, here), "nginx, sendfile", 0.5, "/s")

    def slowest():
        share = suite.seconds / 3
        found = [
            generate("disk-writes", "--folder", suite.server.folder, seconds=share),
            generate("hash-rate", seconds=share), generate("hash-rate", "--md5", seconds=share)]
        return min(found, key=lambda one: one["rate"])

    puts = suite.load("put-objects", "--connections", 8, target=objects)
    yield at_least(
        "P16", "durable put of 1 MiB", suite.compare(slowest, puts),
        "slowest of write + fdatasync, SHA-256, MD5", 0.5, "/s")


def p17(suite):
    """The same comparisons with four hogs beside both sides, over the quiet ones of the same run."""
    suite.server
    parts = [
        ("P1", "GetPipeline, 64 connections", suite.at_nginx(64), suite.catalogue("get", 64), "rate", False),
        ("P4", "UpdatePipeline, one connection", suite.commits(), suite.catalogue("update", 1), "rate", False),
        ("P8", "one execution of three stages", suite.floor(), suite.executions(1), "p50_us", True),
    ]
    for of, work, reference, ours, key, is_time in parts:
        work = f"{of} with four hogs: {work}"
        try:
            quiet = suite.compare(reference, ours, key)
            with hogs(4, suite.folder):
                busy = suite.compare(reference, ours, key)
        except CannotMeasure as error:
            yield failed("P17", work, f"{of}, quiet", "≥ 0.7 ×", error)
            continue
        before, now = statistics.median(quiet.ratios()), statistics.median(busy.ratios())
        kept = before / now if is_time else now / before
        row = at_least("P17", work, busy, f"{of}, quiet", 0.7, "µs" if is_time else "/s")
        row.theirs, row.ratio, row.met = quiet.ours(), kept, kept >= 0.7
        row.worst = (before / max(busy.ratios())) if is_time else min(busy.ratios()) / before
        yield row


def p18(suite):
    """A server with a long history beside a fresh one, and beside one with fewer pipelines that have run as often."""
    pipelines, executions = (1_000, 10_000) if suite.quick else (100_000, 1_000_000)
    with with_history(suite, "aged", pipelines, executions) as aged:
        # Not the server of other rows, which has a history by now.
        with Penstock(suite.folder / "fresh") as fresh:
            yield at_least(
                "P18", f"P6 with {executions:,} finished executions",
                suite.compare(
                    job_cycles(suite, target=fresh.target()), job_cycles(suite, target=aged.target())), "itself, fresh",
                0.9, "/s")
        fewer = suite.pipelines
        with with_history(suite, "aged-less", fewer, fewer * executions // pipelines) as smaller:
            for name, work in (("state", "GetPipelineState"), ("get", "P1")):
                beside, here = among_history(suite, name, smaller, fewer), among_history(suite, name, aged, pipelines)
                # Once through all of them: what is compared is how it stays, not the first time that each is read.
                beside(), here()
                yield at_least(
                    "P18", f"{work} with {pipelines:,} pipelines", suite.compare(beside, here),
                    f"itself, {fewer:,} pipelines", 0.9, "/s")


def with_history(suite, folder, pipelines, executions):
    """A server, not started yet, with pipelines that have finished executions, as many each."""
    server = Penstock(suite.folder / folder)
    with server:
        generate("create", *server.target(), "--pipelines", 1)
    say(f"filling a store with {pipelines:,} pipelines and {executions:,} finished executions")
    filled = generate(
        "fill-history", "--data-dir", server.data, "--template", "catalogue-000000", "--pipelines", pipelines,
        "--executions", executions)
    # What was filled in is written back now, and not beside what is measured.
    os.sync()
    size = sum(file.stat().st_size for file in server.data.glob("penstock.db*")) / 2**30
    say(f"filled in {filled['seconds']:.0f} s; the database has {size:.1f} GiB")
    return server


def among_history(suite, workload, server, pipelines):
    return suite.load(
        workload, "--prefix", "history-", "--pipelines", pipelines, "--connections", 64, target=server.target())


def p19(suite):
    generate("make-bucket", *suite.server.target("s3"), "--bucket", "load-sources")
    result = generate(
        "put-starts", *suite.server.target(), "--objects-url", suite.server.s3, "--bucket", "load-sources",
        seconds=2 * suite.seconds)
    yield absolute("P19", "put of a source → its run in the state, p99", result["p99_us"] / 1000, "ms", 50)


ROWS = {
    "P1": p1, "P2": p2, "P3": p3, "P4": p4, "P5": p5, "P6": p6, "P7": p7, "P8": p8, "P9": p9, "P10": p10, "P11": p11,
    "P12": p12, "P13": p13, "P14": p14, "P16": p16, "P17": p17, "P18": p18, "P19": p19,
}
# What a row that can't be measured at all should have reached.
GOALS = {
    "P1": "≥ 0.40 × nginx, ≥ 100 × moto", "P2": "≤ 3 ×", "P3": "≥ 100 ×", "P4": "≥ 0.55 ×, ≥ 0.4 ×",
    "P5": "≥ 1.5 ×, ≥ 0.7 ×, ≥ 50 ×", "P7": "≥ 0.5 ×", "P10": "≥ 0.03 ×", "P11": "≤ 1.5 ×", "P12": "≤ 1 s",
    "P13": "≤ 40 / 60 / 90 MiB", "P14": "≤ 0.5 %", "P16": "≥ 0.5 ×", "P18": "≥ 0.9 ×", "P19": "≤ 50 ms",
}
