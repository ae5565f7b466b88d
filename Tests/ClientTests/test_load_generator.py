"""The load generator against a real server: every workload runs, briefly, and finds no wrong reply."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from eventually import eventually
from penstock_server import binary, environment

# Long enough for some replies on a busy machine; a workload that got none fails.
BRIEFLY = ["--seconds", "0.3", "--warm-up", "0"]


def run(*arguments, timeout=120):
    """A run of the generator that must end well; its lines of JSON."""
    generator = Path(binary()).parent / "LoadGenerator"
    done = subprocess.run(
        [str(generator), *map(str, arguments)], capture_output=True, text=True, timeout=timeout, env=environment())
    assert done.returncode == 0, f"{arguments}: {done.stderr}"
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines and all(line["errors"] == 0 for line in lines)
    return lines


def target(server, url=None):
    return ["--url", url or server.api, "--credentials", server.data / "credentials"]


@pytest.fixture(scope="module")
def catalogue(server):
    """Options that name twenty pipelines of the shared server."""
    options = ["--prefix", "load-catalogue-", "--provider", "LoadCatalogue", "--pipelines", 20]
    run("create", *target(server), *options, "--connections", 4)
    return options


@pytest.mark.parametrize("workload", ["get", "state", "update"])
def test_pipelines_are_read_and_updated(server, catalogue, workload):
    """Reads and updates of pipelines in turn give right replies."""
    report = run(workload, *target(server), *catalogue, *BRIEFLY, "--connections", 3)[-1]
    assert report["operations"] > 0
    assert report["p50_us"] <= report["p99_us"] <= report["max_us"]


def test_a_missing_pipeline_fails_the_run(server, catalogue):
    """A wrong reply is not counted as one: the run fails and names it."""
    generator = Path(binary()).parent / "LoadGenerator"
    done = subprocess.run(
        [str(generator), "get", *map(str, target(server)), "--prefix", "load-missing-", *BRIEFLY],
        capture_output=True, text=True, timeout=60, env=environment())
    assert done.returncode == 1
    assert "PipelineNotFoundException" in done.stderr
    assert done.stdout == ""


def test_pipelines_are_listed(new_server):
    """The first page of all pipelines names the first of them."""
    server = new_server().start()
    run("create", *target(server), "--pipelines", 5, "--connections", 2)
    assert run("list", *target(server), *BRIEFLY, "--connections", 2)[-1]["operations"] > 0


def test_jobs_go_round(server):
    """Job cycles end, none empty-handed, each job handed out once."""
    report = run("job-cycles", *target(server), *BRIEFLY, "--workers", 4)[-1]
    assert report["operations"] > 0 and report["workers"] == 4


@pytest.mark.parametrize("at_once", [1, 5])
def test_executions_run_to_their_end(server, at_once):
    """Executions succeed with workers waiting, and every stage but the last hands over to the next."""
    report = run("executions", *target(server), "--at-once", at_once, "--seconds", 1, "--warm-up", 0)[-1]
    assert report["operations"] > 0
    assert report["handovers"] >= report["operations"]


def test_empty_polls_come_back(server):
    """Polls of a type without jobs give none."""
    assert run("empty-polls", *target(server), *BRIEFLY, "--connections", 2)[-1]["operations"] > 0


def test_objects_are_put_and_got(server):
    """Objects come back byte for byte."""
    objects = [*target(server, server.s3), "--bucket", "load-generator", "--size", 50_000, "--objects", 3]
    run("make-bucket", *objects)
    for workload in ("put-objects", "get-objects"):
        assert run(workload, *objects, *BRIEFLY, "--connections", 2)[-1]["operations"] > 0


def test_a_put_starts_a_run(server):
    """A put of a source object shows in the pipeline's state as a new execution."""
    run("make-bucket", *target(server, server.s3), "--bucket", "load-sources")
    report = run(
        "put-starts", *target(server), "--objects-url", server.s3, "--bucket", "load-sources", "--pipelines", 2,
        *BRIEFLY)[-1]
    assert report["operations"] > 0


def test_unfinished_executions_survive_a_kill(new_server, tmp_path):
    """After SIGKILL every execution of the ledger is there, and every pipeline's job comes once."""
    server = new_server().start()
    pipelines = ["--prefix", "unfinished-", "--provider", "Unfinished", "--pipelines", 10]
    ledger = ["--ledger", tmp_path / "ledger"]
    run("fill", *target(server), *pipelines, *ledger, "--executions", 25, "--connections", 4)
    assert len((tmp_path / "ledger").read_text().split()) == 2 * 15
    server.kill()
    server.start()
    run("first-reply", *target(server), *pipelines)
    assert run("check", *target(server), *pipelines, *ledger, "--connections", 4)[-1]["operations"] == 10


def test_a_store_is_filled_with_history(new_server):
    """Pipelines and executions that the loader wrote are what the server shows."""
    server = new_server().start()
    run("create", *target(server), "--pipelines", 1)
    assert server.terminate() == 0
    filled = run(
        "fill-history", "--data-dir", server.data, "--template", "catalogue-000000", "--pipelines", 6, "--executions",
        18)[-1]
    assert filled["operations"] == 18
    server.start()
    assert run(
        "state", *target(server), "--prefix", "history-", "--pipelines", 6, *BRIEFLY, "--connections", 2,
    )[-1]["operations"] > 0
    client = server.client("codepipeline")
    started = client.start_pipeline_execution(name="history-000003")["pipelineExecutionId"]
    assert client.get_pipeline_execution(pipelineName="history-000003", pipelineExecutionId=started)


@pytest.mark.parametrize("workload", [
    ["commit-rows"], ["commit-rows", "--cycles", "--group", 10], ["disk-writes", "--size", 10_000],
    ["engine-executions", "--at-once", 4, "--warm-up", 0]])
def test_limits_are_measured(tmp_path, workload):
    """What the disk, SQLite and the engine give without a server."""
    assert run(*workload, "--folder", tmp_path, "--seconds", 0.5)[-1]["operations"] > 0


def test_a_hog_keeps_a_core_busy():
    hog = subprocess.Popen([Path(binary()).parent / "LoadGenerator", "hog"])
    try:
        def used():
            fields = Path(f"/proc/{hog.pid}/stat").read_text().rsplit(")", 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        eventually(lambda: used() > 0.2, "the hog has used a fifth of a second of a core", 30)
        assert hog.poll() is None
    finally:
        hog.kill()
        hog.wait()


@pytest.mark.parametrize("piece", ["reference", "signature", "declaration", "engine", "store"])
def test_hot_pieces_run(piece):
    """Every piece that the benchmarks count can be run alone."""
    assert run("micro", "--piece", piece, "--iterations", 2)[-1]["operations"] == 2
