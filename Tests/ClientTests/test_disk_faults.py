"""Disks that are full, fail to sync, or give back other bytes than they took: nothing acknowledged is lost or wrong."""

import contextlib
import os
import signal
import re
import sqlite3
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
from live_files import paths_below
from penstock_server import READY, binary, environment, run_penstock
from progress import action_state, first_execution, until_status
from signed_http import send, sign
from small_disk import small_disk
from strace import DURABILITY, SYNCS, Strace
from test_git_codebuild import Repository, code_build, code_commit, read_log
from test_worker_races import at_once
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


def with_a_pipeline(server):
    server.start()
    create_action_type(server.client("codepipeline"), "Source", "Kept")
    server.client("codepipeline").create_pipeline(pipeline=gate_pipeline("kept", "Kept"))
    return server


@pytest.fixture
def kept(new_server):
    """A server with a pipeline, and a small client."""
    server = with_a_pipeline(new_server({"engine": QUICK}))
    return server, LightClient(server)


@pytest.fixture
def quiet(new_server):
    """A server with a pipeline that writes nothing by itself: no look at sources, no job that is offered again."""
    return with_a_pipeline(new_server({"engine": {"sourcePollInterval": 3600, "jobAcknowledgeTimeout": 600}}))


# Where an acknowledged change must be before its reply, below the data directory: the two logs of the database, the
# file of an object, and the folder that has its name.
REDO, WAL, OBJECT, FOLDER = "penstock.db-redo", "penstock.db-wal", "objects/temporary/", "objects/objects/"


def starts(server):
    api = LightClient(server)
    for _ in range(5):
        assert start_once(api)
    return [{REDO}] * 5


def new_buckets(server):
    client = server.client("s3")
    for number in range(3):
        client.create_bucket(Bucket=f"bucket-{number}")
    return [{WAL}] * 3


def deletions(server):
    api = LightClient(server)
    declared = api.call("GetPipeline", name="kept")["pipeline"]
    for number in range(3):
        api.call("CreatePipeline", pipeline=declared | {"name": f"gone-{number}"})
        api.call("DeletePipeline", name=f"gone-{number}")
    # The first reply is the one that only read.
    return [set()] + [{REDO}, {WAL}] * 3


def objects(server):
    for size in (1, 3000, 300_000):
        LightClient(server).put("artifacts-kept", f"of-{size}", b"x" * size)
    return [{OBJECT, FOLDER, WAL}] * 3


def taken(api):
    kind = {"category": "Source", "owner": "Custom", "provider": "Kept", "version": "1"}
    [job] = api.call("PollForJobs", actionTypeId=kind)["jobs"]
    api.call("AcknowledgeJob", jobId=job["id"], nonce=job["nonce"])
    return job


def job_that_succeeds(server):
    api = LightClient(server)
    job = taken(api)
    where = place(job["data"]["outputArtifacts"][0])
    api.put(where["Bucket"], where["Key"], b"artifact", job["data"]["artifactCredentials"])
    api.call("PutJobSuccessResult", jobId=job["id"])
    return [{REDO}, {REDO}, {OBJECT, FOLDER, WAL}, {REDO}]


def job_that_fails(server):
    api = LightClient(server)
    job = taken(api)
    api.call("PutJobFailureResult", jobId=job["id"], failureDetails={"type": "JobFailed", "message": "no"})
    return [{REDO}] * 3


FLOWS = [starts, new_buckets, deletions, objects, job_that_succeeds, job_that_fails]


def is_at(call, server, place):
    """Whether the file of a call is one of these."""
    return f"{call.path}/".startswith(f"{server.data}/{place}")


def assert_on_disk(calls, changes, reply, what):
    """The last of these changes was synced before the reply."""
    assert changes, f"nothing was written to {what} before the reply"
    last = changes[-1]
    assert any(call.is_sync_of(last) and call.ended < reply.began for call in calls), f"{last.path} was not synced"


def assert_each_reply_waited(server, calls, expected):
    """Of calls one after the other: `expected` are, reply by reply, the places that must be written and synced."""
    replies, former = [call for call in calls if call.is_reply], -1
    assert len(replies) == len(expected)
    for reply, places in zip(replies, expected):
        for file in places:
            changes = [call for call in calls if call.is_change and former < call.began < reply.began
                       and is_at(call, server, file)]
            assert_on_disk(calls, changes, reply, file)
        former = reply.began


def reply_first(server):
    """Starts the server anew as one that replies before it commits."""
    assert server.terminate() == 0
    server.env = failpoints.environment("reply.before-commit=1")
    server.start()


@pytest.mark.parametrize("flow", FLOWS)
def test_each_acknowledged_change_was_synced_before_its_reply(quiet, flow):
    with Strace(quiet, *DURABILITY) as trace:
        expected = flow(quiet)
    calls = trace.calls()
    assert_each_reply_waited(quiet, calls, expected)
    # The same trace without the syncs of one place: each of them was needed, and is missed.
    for file in set().union(*expected):
        rest = [call for call in calls if call.name not in SYNCS or not is_at(call, quiet, file)]
        with pytest.raises(AssertionError, match=f"{file}.* was not synced"):
            assert_each_reply_waited(quiet, rest, expected)


@pytest.mark.parametrize("flow", FLOWS)
def test_a_server_that_replies_first_is_seen_by_its_syncs(quiet, flow):
    reply_first(quiet)
    with Strace(quiet, *DURABILITY) as trace:
        expected = flow(quiet)
    with pytest.raises(AssertionError, match="nothing was written|was not synced"):
        assert_each_reply_waited(quiet, trace.calls(), expected)


# While one commit waits for the disk, the other calls come together in the next group.
SLOW_DISK = ("-e", "inject=fdatasync:delay_enter=50000")


def at_once_marked(server, count=40):
    """So many connections that each create a pipeline and update it. Returns the marks, one in each declaration."""
    api = LightClient(server)
    declared = api.call("GetPipeline", name="kept")["pipeline"]

    def run(number):
        for step, operation in enumerate(("CreatePipeline", "UpdatePipeline")):
            [source, gate] = declared["stages"]
            gate = gate | {"actions": [approval(configuration={"CustomData": mark(number, step)})]}
            api.call(operation, pipeline=declared | {"name": f"many-{number}", "stages": [source, gate]})

    replies = at_once(count, run)
    assert replies == [None] * count, replies
    return [mark(number, step) for number in range(count) for step in range(2)]


def mark(number, step):
    return f"mark-{number:03}-{step}-end"


def assert_each_marked_reply_waited(server, calls, marks):
    """Of calls at once: what a reply acknowledges is known by its mark. Returns the files that had it first."""
    files, found = [str(server.data / REDO), str(server.data / WAL)], set()
    for text in marks:
        marked = [call for call in calls if call.is_change and text in call.arguments]
        [reply] = [call for call in marked if call.is_reply]
        # Later ones take it along once more, for a neighbour in its page: they don't hold up this reply.
        first = [call for call in marked if call.path in files][:1]
        assert_on_disk(calls, [call for call in first if call.began < reply.began], reply, f"{REDO} or {WAL}")
        found.add(os.path.basename(first[0].path))
    return found


def test_each_change_of_a_group_was_synced_before_its_reply(quiet):
    with Strace(quiet, *DURABILITY, *SLOW_DISK) as trace:
        marks = at_once_marked(quiet)
    calls = trace.calls()
    # Eight or more go to the tables at once; a few alone go to the redo log.
    assert WAL in assert_each_marked_reply_waited(quiet, calls, marks), "there was no group"
    rest = [call for call in calls if call.name not in SYNCS or not is_at(call, quiet, WAL)]
    with pytest.raises(AssertionError, match=f"{WAL} was not synced"):
        assert_each_marked_reply_waited(quiet, rest, marks)


def test_a_server_that_replies_to_a_group_first_is_seen_by_its_syncs(quiet):
    reply_first(quiet)
    with Strace(quiet, *DURABILITY, *SLOW_DISK) as trace:
        marks = at_once_marked(quiet)
    with pytest.raises(AssertionError, match="nothing was written|was not synced"):
        assert_each_marked_reply_waited(quiet, trace.calls(), marks)


def test_reads_wait_for_no_sync(quiet):
    api = LightClient(quiet)
    with Strace(quiet, *DURABILITY) as trace:
        assert start_once(api)
        for _ in range(20):
            assert api.call("GetPipelineState", name="kept")
    assert [is_at(call, quiet, REDO) for call in trace.calls() if call.name in SYNCS] == [True], "only the start's"


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
    """Mounts small disks over folders."""
    with contextlib.ExitStack() as mounted:
        yield lambda folder, size: mounted.enter_context(small_disk(folder, size))


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


# A build's command that waits in its workspace until the test writes a line.
WAIT = "mkfifo gate && read line < gate"


def waiting_build(server):
    """The pipe from which a build reads its line, open for it; nothing while none does."""
    for pipe in paths_below(server.data / "work/builds"):
        if pipe.name == "gate":
            with contextlib.suppress(OSError):
                # Without a reader this fails instead of waiting for one.
                return open(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK), "w")
    return None


def test_a_full_disk_of_logs_lets_the_build_succeed_and_says_what_is_missing(new_server, small_folder, tmp_path):
    server = new_server({"engine": QUICK, "codeBuild": sandbox()})
    small_folder(server.data / "logs", "64k")
    server.start()
    client = server.client("codepipeline")
    ballast = server.data / "logs/ballast"
    ballast.write_bytes(bytes(32 << 10))
    repository = Repository(server, "app", tmp_path)
    # More than the disk and the pipe between the build and the server hold together: when the build waits, the disk
    # has refused some of it.
    output = 300_000
    repository.commit({"buildspec.yml": BUILDSPEC.replace(
        "echo built", f"head -c {output} /dev/zero | tr '\\0' '~'; {WAIT}; echo built")})
    client.create_pipeline(pipeline=pipeline(
        "p", ("Source", [code_commit("app")]), ("Build", [code_build("web", ())])))
    with eventually(lambda: waiting_build(server), "the build waits", 60) as pipe:
        ballast.unlink()
        pipe.write("go\n")
    until_status(client, "p", first_execution(client, "p", "Source"), "Succeeded", 60)
    attempt = action_state(client, "p", "Build", "Compile")["latestExecution"]["actionExecutionId"]
    log = read_log(server, attempt).body
    missing = re.search(rb"\n\[(\d+) bytes of the log are missing: the disk refused them\]\n", log)
    assert missing, log[-500:]
    # One is in the command, which the log shows.
    shown = log.count(b"~") - 1
    assert int(missing[1]) == output - shown


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
    """The entries of a redo log (RedoFile) with their heads, where the last one ends, and where the next one goes."""
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
    repository = Repository(server, "app", tmp_path)
    repository.commit({"buildspec.yml": BUILDSPEC.replace("echo built", "echo grün; echo built")})
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
    with pytest.raises(ClientError, match="InternalError.*not those that were stored"):
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


def change_database(server, *statements):
    """Changes the database of a server that is down."""
    with contextlib.closing(sqlite3.connect(server.data / "penstock.db", isolation_level=None)) as database:
        for statement in statements:
            database.execute(statement)


def test_a_damaged_row_fails_what_reads_it_and_the_backup(kept, tmp_path):
    server, api = kept
    server.client("s3").create_bucket(Bucket="objects")
    for key in ("damaged", "whole"):
        api.put("objects", key, b"kept")
    started = [start_once(api)]
    server.kill()
    # A column that may not be NULL is, as after a flipped bit in the head of its row.
    unlock = "PRAGMA writable_schema = ON"
    declare = "UPDATE sqlite_master SET sql = replace(sql, '{}', '{}') WHERE name = 'object_versions'"
    change_database(server, unlock, declare.format("etag TEXT NOT NULL", "etag TEXT"))
    change_database(server, "UPDATE object_versions SET etag = NULL WHERE key = CAST('damaged' AS BLOB)")
    change_database(server, unlock, declare.format("etag TEXT", "etag TEXT NOT NULL"))
    server.start()
    with pytest.raises(Refused) as refused:
        api.get("objects", "damaged")
    assert refused.value.status == 500
    assert "the database is damaged: column etag of a row" in server.log()
    assert api.get("objects", "whole") == b"kept"
    assert_known(server, started)
    assert start_once(api)
    file = tmp_path / "backup.tar"
    done = run_penstock("backup", file, "--endpoint-url", server.api, "--data-dir", server.data)
    assert done.returncode == 1 and "the database is damaged: NULL value in object_versions.etag" in done.stderr
    assert not file.exists()


def test_a_deadline_that_cannot_be_read_holds_up_no_other(kept):
    server, api = kept
    kind = {"category": "Source", "owner": "Custom", "provider": "Kept", "version": "1"}
    server.kill()
    change_database(server, "INSERT INTO timers (kind, subject, pipeline, due_ms) VALUES ('unheardOf', 's', 'kept', 0)")
    server.start()
    first = eventually(lambda: api.call("PollForJobs", actionTypeId=kind)["jobs"], "a job is offered")
    # Nobody acknowledges it.
    again = eventually(lambda: api.call("PollForJobs", actionTypeId=kind)["jobs"], "it is offered again")
    assert again[0]["id"] == first[0]["id"] and again[0]["nonce"] != first[0]["nonce"]
    told = [line for line in server.log().splitlines() if "can't be read is passed over" in line]
    assert len(told) == 1 and "unheardOf" in told[0]
