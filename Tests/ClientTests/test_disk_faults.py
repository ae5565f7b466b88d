"""Disks that are full, fail to sync, or give back other bytes than they took: nothing acknowledged is lost or wrong."""

import os
import signal
import struct
import subprocess
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

import failpoints
from conftest import QUICK, sandbox
from crash_company import BUILDSPEC, archive
from declarations import action, approval, create_action_type, gate_pipeline, pipeline, s3_deploy
from eventually import eventually
from light_client import LightClient, Lost, Refused
from penstock_server import READY, binary, environment
from progress import action_state, first_execution, until_status
from signed_http import send, sign
from strace import Strace
from test_git_codebuild import Repository, code_build, code_commit
from worker import Worker, place

NO_SPACE = "inject=pwrite64,pwritev:error=ENOSPC"


def start_once(api):
    """An execution's id; nothing where the server has no room for it."""
    try:
        return api.call("StartPipelineExecution", name="kept")["pipelineExecutionId"]
    except Refused as refusal:
        assert refusal.status == 503 and refusal.code == "ServiceUnavailableException", refusal
        return None


def assert_known(server, executions):
    api = LightClient(server)
    for execution in executions:
        assert api.call("GetPipelineExecution", pipelineName="kept", pipelineExecutionId=execution)


@pytest.fixture
def kept(new_server):
    """A server with a pipeline, and a small client."""
    server = new_server({"engine": QUICK}).start()
    create_action_type(server.client("codepipeline"), "Source", "Kept")
    server.client("codepipeline").create_pipeline(pipeline=gate_pipeline("kept", "Kept"))
    return server, LightClient(server)


def test_each_acknowledged_write_was_synced_before_its_reply(kept):
    server, api = kept
    with Strace(server, "-e", "trace=fdatasync,fsync") as trace:
        for _ in range(20):
            before = trace.syncs()
            assert start_once(api)
            assert trace.syncs() > before, "a start was acknowledged without a sync"
        before = trace.syncs()
        for _ in range(20):
            assert api.call("GetPipelineState", name="kept")
        assert trace.syncs() <= before + 2, "reads wait for the disk"


def test_the_count_of_syncs_sees_a_server_that_replies_first(kept):
    server, api = kept
    assert server.terminate() == 0
    server.env = failpoints.environment("reply.before-commit=1")
    server.start()
    with Strace(server, "-e", "trace=fdatasync,fsync") as trace:
        unsynced = 0
        for _ in range(20):
            before = trace.syncs()
            assert start_once(api)
            unsynced += trace.syncs() == before
    assert unsynced > 0


def test_a_full_disk_under_the_redo_log_refuses_writes_and_recovers(kept):
    server, api = kept
    started = [start_once(api) for _ in range(3)]
    with Strace(server, "-e", "trace=pwrite64,pwritev", "-e", NO_SPACE, path=server.data / "penstock.db-redo"):
        assert [start_once(api) for _ in range(3)] == [None] * 3
        assert api.call("GetPipelineState", name="kept")
    started.append(eventually(lambda: start_once(api), "a start is taken again"))
    server.kill()
    server.start()
    assert_known(server, started)


def test_a_file_system_that_takes_no_direct_writes_gets_the_redo_log_through_its_cache(kept):
    server, api = kept
    # Of each two writes the first one, which goes past the cache, is refused.
    refused = "inject=pwrite64:error=EINVAL:when=1+2"
    with Strace(server, "-e", "trace=pwrite64", "-e", refused, path=server.data / "penstock.db-redo") as trace:
        started = [start_once(api) for _ in range(3)]
        assert sum("EINVAL" in line for line in trace.lines()) >= 3
    assert all(started)
    server.kill()
    server.start()
    assert_known(server, started)


def create(api, declared, name):
    """Creates a pipeline; False where the server says that its disk is full."""
    try:
        api.call("CreatePipeline", pipeline=declared | {"name": name})
    except Refused as refusal:
        assert refusal.status == 503
        return False
    return True


def test_a_full_disk_under_the_write_ahead_log_refuses_writes_and_recovers(kept):
    server, api = kept
    declared = api.call("GetPipeline", name="kept")["pipeline"]
    # A new bucket is a row that is not in the redo log.
    elsewhere = declared | {"artifactStore": declared["artifactStore"] | {"location": "elsewhere"}}
    started = [start_once(api) for _ in range(3)]
    with Strace(server, "-e", "trace=pwrite64,pwritev", "-e", NO_SPACE, path=server.data / "penstock.db-wal"):
        assert not any(create(api, elsewhere, f"refused-{number}") for number in range(3))
        # What needs no more than the redo log goes on, and is shown.
        started += [start_once(api) for _ in range(3)]
        assert create(api, declared, "logged")
        assert api.call("GetPipelineState", name="kept")
        assert_known(server, started)
        assert [line["name"] for line in api.call("ListPipelines")["pipelines"]] == ["kept", "logged"]
    assert all(started)
    eventually(lambda: create(api, elsewhere, "taken"), "a pipeline is taken again")
    server.kill()
    server.start()
    assert_known(server, started)
    assert api.call("GetPipeline", name="taken") and api.call("GetPipeline", name="logged")
    with pytest.raises(Refused):
        api.call("GetPipeline", name="refused-0")


def test_a_full_disk_under_the_database_file_loses_nothing(kept):
    server, api = kept
    declared = api.call("GetPipeline", name="kept")["pipeline"]
    started = [start_once(api)]
    with Strace(server, "-e", "trace=pwrite64,pwritev", "-e", NO_SPACE, path=server.data / "penstock.db") as trace:
        # Enough for the log to be carried over into the file, which has no room for it.
        for number in range(300):
            declared["stages"][1]["actions"][0]["configuration"] = {"CustomData": f"{number} " + "x" * 900}
            create(api, declared, f"large-{number}")
            # Brings the tables up to date.
            api.call("ListPipelines", maxResults=1)
            started.append(start_once(api))
        assert any("ENOSPC" in line for line in trace.lines()), "nothing was carried over"
    started.append(eventually(lambda: start_once(api), "a start is taken again"))
    server.kill()
    server.start()
    assert_known(server, filter(None, started))


@pytest.fixture
def small_folder():
    """Mounts disks of a MiB over folders."""
    mounted = []

    def mount(folder, size="1m"):
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)],
                              capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"no disk of its own can be mounted here: {done.stderr.strip()}")
        mounted.append(folder)

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_full_objects_refuse_artifacts_and_nothing_else(new_server, small_folder):
    server = new_server({"engine": QUICK})
    small_folder(server.data / "objects", "4m")
    server.start()
    api, s3 = LightClient(server), server.client("s3")
    create_action_type(server.client("codepipeline"), "Source", "Kept")
    server.client("codepipeline").create_pipeline(pipeline=gate_pipeline("kept", "Kept"))
    s3.create_bucket(Bucket="full")
    stored = {}
    with pytest.raises(ClientError) as refused:
        for number in range(20):
            s3.put_object(Bucket="full", Key=str(number), Body=bytes([number]) * 500_000)
            stored[str(number)] = bytes([number]) * 500_000
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] in (500, 503)
    assert start_once(api), "a start needs no room for objects"
    for key, body in stored.items():
        assert s3.get_object(Bucket="full", Key=key)["Body"].read() == body
    s3.delete_object(Bucket="full", Key="0")
    s3.put_object(Bucket="full", Key="again", Body=b"x" * 400_000)


def test_a_full_disk_of_logs_lets_the_build_succeed_and_says_what_is_missing(new_server, small_folder, tmp_path):
    server = new_server({"engine": QUICK, "codeBuild": sandbox()})
    small_folder(server.data / "logs", "64k")
    server.start()
    client = server.client("codepipeline")
    repository = Repository(server, "app", tmp_path)
    repository.commit({"buildspec.yml": BUILDSPEC.replace(
        "echo built", "yes line | head -c 300000; echo built")})
    client.create_pipeline(pipeline=pipeline(
        "p", ("Source", [code_commit("app")]), ("Build", [code_build("web", ())])))
    until_status(client, "p", first_execution(client, "p", "Source"), "Succeeded", 60)


@pytest.mark.parametrize("call, files", [("fdatasync", None), ("pwrite64", "penstock.db-redo")])
def test_a_failing_sync_or_write_of_a_commit_ends_the_server_and_loses_nothing(kept, call, files):
    server, api = kept
    started = [start_once(api) for _ in range(3)]
    path = files and server.data / files
    with Strace(server, "-e", f"trace={call}", "-e", f"inject={call}:error=EIO", path=path):
        with pytest.raises(Lost):
            api.call("StartPipelineExecution", name="kept")
        assert server.process.wait(20) == 1
    assert "did not take a commit" in server.log()
    server.start()
    assert_known(server, started)
    assert start_once(api)


def test_an_object_whose_sync_fails_is_not_acknowledged(kept):
    server, api = kept
    server.client("s3").create_bucket(Bucket="objects")
    api.put("objects", "before", b"kept")
    with Strace(server, "-e", "trace=fsync", "-e", "inject=fsync:error=EIO"):
        with pytest.raises(Refused) as refused:
            api.put("objects", "unsynced", b"lost")
        assert refused.value.status >= 500
    assert api.get("objects", "before") == b"kept"
    with pytest.raises(Refused):
        api.get("objects", "unsynced")


@pytest.mark.parametrize("tail", ["noise", "half an entry", "zeros"])
def test_a_torn_end_of_the_redo_log_is_cut_off(kept, tail):
    server, api = kept
    started = [start_once(api) for _ in range(5)]
    server.kill()
    log = server.data / "penstock.db-redo"
    whole, _, next_block = entries_of(log)
    last = whole[-1]
    torn = {"noise": os.urandom(900), "half an entry": last[:len(last) // 2], "zeros": bytes(900)}[tail]
    with open(log, "r+b") as file:
        file.seek(next_block)
        file.write(torn)
    server.start()
    assert_known(server, started)
    assert start_once(api)


def test_an_entry_of_the_redo_log_that_was_not_acknowledged_is_not_replayed(kept):
    server, api = kept
    started = [start_once(api) for _ in range(5)]
    server.kill()
    log = server.data / "penstock.db-redo"
    _, end, _ = entries_of(log)
    with open(log, "r+b") as file:
        file.seek(end - 5)
        file.write(b"#####")
    server.start()
    # The last start's entry is torn: all others are there, and it is as if it had never been.
    assert_known(server, started[:-1])
    with pytest.raises(Refused) as refused:
        assert_known(server, started[-1:])
    assert refused.value.code == "PipelineExecutionNotFoundException"


def test_a_restart_has_the_tables_on_disk_before_it_writes_over_the_redo_log(kept, tmp_path):
    server, api = kept
    started = [start_once(api) for _ in range(5)]
    server.kill()
    output = tmp_path / "trace"
    traced = subprocess.Popen(
        ["strace", "-f", "-qq", "-y", "-e", "trace=pwrite64,fdatasync", "-o", output, binary(), "serve", "--port", "0",
         "--s3-port", "0", "--data-dir", server.data, "--config", server.config],
        stdout=subprocess.PIPE, env=environment(server.env), text=True)
    try:
        server.api, server.s3, server.console = READY.match(traced.stdout.readline()).groups()
        started.append(start_once(LightClient(server)))
        children = Path(f"/proc/{traced.pid}/task/{traced.pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGKILL)
    finally:
        traced.wait(20)
    calls = output.read_text(errors="replace").splitlines()
    over = next(i for i, call in enumerate(calls) if "pwrite64(" in call and "penstock.db-redo" in call)
    written = max(i for i, call in enumerate(calls[:over]) if "pwrite64(" in call and "penstock.db-wal" in call)
    assert any("fdatasync(" in call and "penstock.db-wal" in call for call in calls[written:over])
    server.start()
    assert_known(server, started)


def entries_of(log):
    """The entries of a redo log (RedoFile), each with its head, where the last one ends, and where the next one goes."""
    content, offset, end, entries, number = log.read_bytes(), 0, 0, [], None
    while True:
        length, found, _ = struct.unpack_from("<QqQ", content, offset)
        if length == 0 or number not in (None, found - 1):
            return entries, end, offset
        number, end = found, offset + 24 + length
        entries.append(content[offset:end])
        offset = -(-end // 4096) * 4096


@pytest.mark.parametrize("tail", ["noise", "half a frame", "zeros"])
def test_a_torn_end_of_the_write_ahead_log_is_cut_off(kept, tail):
    server, api = kept
    started = [start_once(api) for _ in range(5)]
    server.kill()
    log = server.data / "penstock.db-wal"
    whole = log.read_bytes()
    torn = {"noise": os.urandom(6000), "half a frame": whole[-4120:-2000], "zeros": bytes(5000)}[tail]
    # What the log holds behind its last commit, were the machine to lose power in the middle of the next one.
    log.write_bytes(whole + torn)
    server.start()
    assert_known(server, started)
    assert start_once(api)


def test_a_torn_log_is_shown_as_far_as_it_goes_and_is_appended_to(new_server, tmp_path):
    server = new_server({"engine": QUICK, "codeBuild": sandbox()}).start()
    client = server.client("codepipeline")
    Repository(server, "app", tmp_path).commit({"buildspec.yml": BUILDSPEC.replace("echo built", "echo grün; echo built")})
    client.create_pipeline(pipeline=pipeline(
        "p", ("Source", [code_commit("app")]), ("Build", [code_build("web", ())])))
    until_status(client, "p", first_execution(client, "p", "Source"), "Succeeded", 60)
    attempt = action_state(client, "p", "Build", "Compile")["latestExecution"]["actionExecutionId"]
    file = server.data / "logs" / f"{attempt}.log"
    server.kill()
    torn = file.read_bytes().split("ü".encode())[0] + "ü".encode()[:1]
    file.write_bytes(torn)
    server.start()
    request = sign(server, b"", url=f"{server.api}/logs/{attempt}", method="GET")
    reply = send(server, "GET", request.url, request.headers)
    assert reply.status == 200 and reply.body == torn


def flip_a_bit(server, body):
    """Changes the stored file that has this content."""
    for file in (server.data / "objects").rglob("*"):
        if file.is_file() and file.read_bytes() == body:
            changed = bytearray(body)
            changed[len(changed) // 2] ^= 1
            file.write_bytes(changed)
            return
    raise AssertionError("no file of the store has that content")


def test_a_flipped_bit_in_an_artifact_fails_whoever_takes_it(new_server):
    server = new_server({"engine": QUICK, "codeBuild": sandbox()}).start()
    client = server.client("codepipeline")
    create_action_type(client, "Source", "Flip")
    create_action_type(client, "Build", "Flip")
    server.client("s3").create_bucket(Bucket="site")
    fetch = action("Fetch", "Source", "Custom", "Flip", outputs=["Source"])
    takers = [code_build("web", ()), s3_deploy("site", artifact="Source", key="page") | {"runOrder": 1},
              action("Other", "Build", "Custom", "Flip", {}, ["Source"])]
    client.create_pipeline(pipeline=pipeline("p", ("Source", [fetch]), ("Take", takers)))
    execution = first_execution(client, "p", "Source")
    job = Worker(server, "Source", "Flip", client).take()
    body = archive(**{"buildspec.yml": BUILDSPEC})
    # The consumers must not come before the bit is flipped.
    client.disable_stage_transition(pipelineName="p", stageName="Take", transitionType="Inbound", reason="flip")
    Worker(server, "Source", "Flip", client).succeed(job, {"Source": body})
    flip_a_bit(server, body)
    client.enable_stage_transition(pipelineName="p", stageName="Take", transitionType="Inbound")
    taken = Worker(server, "Build", "Flip", client).take()
    with pytest.raises(Exception):
        Worker(server, "Build", "Flip", client).inputs(taken)
    Worker(server, "Build", "Flip", client).fail(taken, "the artifact can't be read")
    until_status(client, "p", execution, "Failed", 60)
    for name in ("Compile", "Deploy"):
        latest = action_state(client, "p", "Take", name)["latestExecution"]
        assert latest["status"] == "Failed", latest
        message = latest["errorDetails"]["message"]
        assert "Source" in message and "damaged on disk" in message, message
    assert server.client("s3").list_objects_v2(Bucket="site").get("Contents", []) == []
    assert place(job["data"]["outputArtifacts"][0])["Key"]
