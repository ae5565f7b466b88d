"""The audit log: one line for each call that changes something, or wanted to, with the kernel before the reply."""

import concurrent.futures
import json
import os
import re
import signal
import stat
import threading

import pytest
from botocore.exceptions import ClientError

from conftest import QUICK
from declarations import action, create_action_type, gate_pipeline, pipeline, prop
from eventually import eventually
from penstock_server import ACCOUNT, REGION, run_penstock
from progress import answer, approval_token
from signed_http import call, send, sign
from small_disk import small_disk
from worker import Worker

ARN = f"arn:aws:codepipeline:{REGION}:{ACCOUNT}"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
SECRET = "a-secret-for-the-tests"
BOB = {"name": "bob", "accessKeyId": "KEYBOB", "secretAccessKey": SECRET, "policies": [
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "codepipeline:Get*", "Resource": "*"}}]}


def lines(server, name="audit.log"):
    return [json.loads(line) for line in (server.data / name).read_text().splitlines()]


def line_of(server, request_id):
    """The only line of a request, once it is there."""
    def found():
        return [line for line in lines(server) if line.get("requestId") == request_id]
    [line] = eventually(found, f"a line of {request_id}", 10)
    return line


@pytest.fixture
def audited(new_server):
    return new_server({"engine": QUICK, "users": [BOB]}).start()


def request_id(reply):
    return reply["ResponseMetadata"]["RequestId"]


def test_a_change_is_a_line_with_who_what_from_where_and_how_it_ended(audited):
    client = audited.client("codepipeline")
    reply = create_action_type(client, "Source", "A")
    # No waiting: the line is there before the reply.
    line = next(line for line in lines(audited) if line["requestId"] == request_id(reply))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert "Boto3/" in line.pop("userAgent")
    assert line == {
        "service": "codepipeline", "operation": "CreateCustomActionType",
        "resource": f"{ARN}:actionType:Custom/Source/A/1", "caller": ROOT, "accessKeyId": audited.access_key,
        "sourceAddress": "127.0.0.1", "requestId": request_id(reply), "result": "ok",
    }
    assert stat.S_IMODE((audited.data / "audit.log").stat().st_mode) == 0o600


def test_calls_that_only_read_leave_no_line(audited):
    client = audited.client("codepipeline")
    create_action_type(client, "Source", "A")
    before = lines(audited)
    client.list_pipelines()
    client.list_action_types()
    with pytest.raises(ClientError):
        client.get_pipeline(name="none")
    assert Worker(audited, "Source", "A", client).poll() == []
    with pytest.raises(ClientError, match="AccessDenied"):
        audited.client("codepipeline", "KEYBOB", SECRET).list_pipelines()
    # Denials are written a moment later: with a change behind them they would stand before its line.
    reply = create_action_type(client, "Source", "B")
    after = lines(audited)
    assert after[:-1] == before and after[-1]["requestId"] == request_id(reply)


def test_refused_and_denied_changes_are_lines_too(audited):
    client, bob = audited.client("codepipeline"), audited.client("codepipeline", "KEYBOB", SECRET)
    for refused, parameters, result, caller in [
        (client.start_pipeline_execution, {"name": "none"}, "PipelineNotFoundException", ROOT),
        (client.create_pipeline, {"pipeline": gate_pipeline("p", "None") | {"stages": []}}, "InvalidStructureException",
         ROOT),
        (bob.delete_pipeline, {"name": "web"}, "AccessDeniedException", f"arn:aws:iam::{ACCOUNT}:user/bob"),
    ]:
        with pytest.raises(ClientError) as caught:
            refused(**parameters)
        assert caught.value.response["Error"]["Code"] == result
        line = line_of(audited, request_id(caught.value.response))
        assert (line["result"], line["caller"]) == (result, caller)
    assert line["resource"] == f"{ARN}:web" and line["accessKeyId"] == "KEYBOB"


def test_a_throttled_change_is_a_line(new_server):
    server = new_server({"limits": {"requestsPerSecond": 1}}).start()
    client = server.client("codepipeline")

    def throttled():
        try:
            client.delete_pipeline(name="web")
        except ClientError as refusal:
            return refusal.response
        return None

    reply = eventually(throttled, "a call is throttled", 10)
    assert line_of(server, request_id(reply))["result"] == "ThrottlingException"


def test_many_refused_calls_of_a_key_leave_some_lines_and_their_number(audited):
    body = json.dumps({"jobId": "j" * 1000, "nonce": "1"}).encode()
    request = sign(audited, body, "AcknowledgeJob", headers={"User-Agent": "a" * 1000}, access_key="KEYBOB",
                   secret_key=SECRET)

    def deny(_):
        return send(audited, "POST", request.url, request.headers, body).status

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert set(pool.map(deny, range(500))) == {400}

    def all_are_told():
        denied = [line for line in lines(audited) if line["accessKeyId"] == "KEYBOB"]
        full = [line for line in denied if "requestId" in line]
        counts = [line["refusedCallsLeftOut"] for line in denied if "requestId" not in line]
        return (full, counts) if len(full) + sum(counts) == 500 else None

    full, counts = eventually(all_are_told, "each call is a line or counted", 10)
    assert counts and len(full) < 500
    assert {len(line["jobId"]) for line in full} == {len(line["userAgent"]) for line in full} == {128}
    reply = create_action_type(audited.client("codepipeline"), "Source", "A")
    assert line_of(audited, request_id(reply))["result"] == "ok"


def test_a_forged_call_leaves_no_line_for_its_caller_is_not_known(audited):
    request = sign(audited, b'{"name":"web"}', "DeletePipeline", secret_key="wrong")
    assert send(audited, "POST", request.url, request.headers, b'{"name":"web"}').status == 400
    assert call(audited, "DeletePipeline", {"name": "web"}).status == 200
    assert [line["result"] for line in lines(audited)] == ["ok"]


def test_a_job_is_named_by_its_action_and_nothing_secret_is_kept(audited):
    client = audited.client("codepipeline")
    create_action_type(client, "Source", "S", [prop("Password", secret=True)])
    client.create_pipeline(pipeline=pipeline(
        "p", ("Source", [action("Fetch", "Source", "Custom", "S", {"Password": "in-the-clear"}, outputs=["Source"])]),
        ("Gate", gate_pipeline("p", "S")["stages"][1]["actions"])))
    worker = Worker(audited, "Source", "S", client)
    job = worker.source("1", b"content")
    token = approval_token(client, "p", "Gate")
    answer(client, "p", "Gate", token, summary="fine by me")
    written = [line for line in lines(audited) if line["service"] == "codepipeline"]
    operations = [line["operation"] for line in written]
    assert operations == ["CreateCustomActionType", "CreatePipeline", "PollForJobs", "AcknowledgeJob",
                          "PutJobSuccessResult", "PutApprovalResult"]
    for line in written[3:5]:
        assert (line["resource"], line["jobId"]) == (f"{ARN}:p/Source/Fetch", job["id"])
    assert written[5]["resource"] == f"{ARN}:p/Gate/Approve"
    text = (audited.data / "audit.log").read_text()
    for secret in ("in-the-clear", token, "fine by me", audited.secret_key, "Signature"):
        assert secret not in text
    # A nonce is too short to be looked for.
    assert {name for line in written for name in line} == {
        "time", "service", "operation", "resource", "jobId", "caller", "accessKeyId", "sourceAddress", "userAgent",
        "requestId", "result"}


def test_a_poll_that_waits_is_a_line_once_it_has_got_a_job(audited):
    client = audited.client("codepipeline")
    create_action_type(client, "Source", "W")
    worker = Worker(audited, "Source", "W", client)
    before = lines(audited)
    poll = {"actionTypeId": worker.type}
    assert call(audited, "PollForJobs", poll, headers={"X-Penstock-Wait": "1"}).json() == {"jobs": []}
    assert lines(audited) == before
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(call, audited, "PollForJobs", poll, headers={"X-Penstock-Wait": "20"})
        eventually(waiting.running, "the poll to be sent")
        client.create_pipeline(pipeline=gate_pipeline("p", "W"))
        reply = waiting.result(timeout=30)
        assert len(reply.json()["jobs"]) == 1
        written = [line for line in lines(audited) if line["operation"] == "PollForJobs"]
    assert [(line["requestId"], line["result"]) for line in written] == [(reply.headers["x-amzn-RequestId"], "ok")]
    assert written[0]["resource"] == f"{ARN}:actionType:Custom/Source/W/1"


def test_changes_of_objects_are_lines_too_of_users_and_of_jobs(audited):
    client, s3 = audited.client("codepipeline"), audited.client("s3")
    s3.create_bucket(Bucket="shop")
    s3.put_object(Bucket="shop", Key="a/b c", Body=b"1")
    s3.get_object(Bucket="shop", Key="a/b c")
    upload = s3.create_multipart_upload(Bucket="shop", Key="big")["UploadId"]
    part = s3.upload_part(Bucket="shop", Key="big", UploadId=upload, PartNumber=1, Body=b"part")
    s3.complete_multipart_upload(Bucket="shop", Key="big", UploadId=upload, MultipartUpload={
        "Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    with pytest.raises(ClientError):
        s3.put_object(Bucket="none", Key="k", Body=b"1")
    reply = s3.delete_object(Bucket="shop", Key="a/b c")
    written = lines(audited)
    assert [(line["operation"], line["resource"], line["result"]) for line in written if line["result"] == "ok"] == [
        ("CreateBucket", "arn:aws:s3:::shop", "ok"), ("PutObject", "arn:aws:s3:::shop/a/b c", "ok"),
        ("CreateMultipartUpload", "arn:aws:s3:::shop/big", "ok"),
        ("CompleteMultipartUpload", "arn:aws:s3:::shop/big", "ok"), ("DeleteObject", "arn:aws:s3:::shop/a/b c", "ok")]
    assert {(line["service"], line["caller"], line["accessKeyId"], line["sourceAddress"]) for line in written} == {
        ("s3", ROOT, audited.access_key, "127.0.0.1")}
    assert written[-1]["requestId"] == request_id(reply)
    with pytest.raises(ClientError) as denied:
        audited.client("s3", "KEYBOB", SECRET).delete_bucket(Bucket="shop")
    line = line_of(audited, request_id(denied.value.response))
    assert (line["operation"], line["result"], line["caller"]) == (
        "DeleteBucket", "AccessDenied", f"arn:aws:iam::{ACCOUNT}:user/bob")
    assert ("PutObject", "NoSuchBucket") in {(line["operation"], line["result"]) for line in lines(audited)}

    create_action_type(client, "Source", "O")
    client.create_pipeline(pipeline=gate_pipeline("p", "O"))
    job = Worker(audited, "Source", "O", client).source("1")
    [line] = [line for line in lines(audited) if line["operation"] == "PutObject" and "jobId" in line]
    assert (line["caller"], line["jobId"]) == (f"job/{job['id']}", job["id"])


def test_no_acknowledged_change_lacks_its_line_after_a_kill(new_server):
    server = new_server().start()
    acknowledged, stop = [], threading.Event()

    def create(worker):
        client, number = server.client("codepipeline"), 0
        while not stop.is_set():
            try:
                acknowledged.append(request_id(create_action_type(client, "Source", f"W{worker}-{number}")))
            except Exception:
                return
            number += 1

    threads = [threading.Thread(target=create, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    eventually(lambda: len(acknowledged) > 150, "some calls are acknowledged", 30)
    server.kill()
    stop.set()
    for thread in threads:
        thread.join()
    recorded = {line["requestId"] for line in lines(server) if line["result"] == "ok"}
    assert set(acknowledged) <= recorded


def test_lines_are_added_behind_what_is_there_and_a_torn_one_is_ended(audited):
    client = audited.client("codepipeline")
    create_action_type(client, "Source", "A")
    audited.kill()
    log = audited.data / "audit.log"
    log.write_text(log.read_text() + '{"time":"2026-')
    audited.start()
    create_action_type(audited.client("codepipeline"), "Source", "B")
    first, torn, second = log.read_text().splitlines()
    assert torn == '{"time":"2026-'
    assert [json.loads(line)["resource"][-1:] for line in (first, second)] == ["1", "1"]


def test_a_hangup_goes_on_in_a_new_file(audited):
    client = audited.client("codepipeline")
    create_action_type(client, "Source", "A")
    log = audited.data / "audit.log"
    log.rename(audited.data / "audit.log.1")
    create_action_type(client, "Source", "B")
    assert not log.exists() and len(lines(audited, "audit.log.1")) == 2
    audited.process.send_signal(signal.SIGHUP)
    eventually(log.exists, "the log is opened again", 10)
    create_action_type(client, "Source", "C")
    assert len(lines(audited, "audit.log.1")) == 2
    assert [line["resource"] for line in lines(audited)] == [f"{ARN}:actionType:Custom/Source/C/1"]


def test_a_log_that_can_not_be_opened_is_one_line_at_the_start(tmp_path):
    (tmp_path / "data" / "audit.log").mkdir(parents=True)
    done = run_penstock("serve", "--port", "0", "--s3-port", "0", "--data-dir", tmp_path / "data")
    assert done.returncode == 1 and done.stdout == ""
    [line] = done.stderr.splitlines()
    assert "cannot write the audit log" in line and "audit.log" in line


@pytest.fixture
def full_disk(tmp_path):
    """A folder on a disk that a few lines fill."""
    with small_disk(tmp_path / "small", "64k") as folder:
        yield folder


def test_while_the_log_can_not_be_written_nothing_is_changed(new_server, full_disk):
    server = new_server()
    os.symlink(full_disk / "audit.log", server.data / "audit.log")
    server.start()
    client = server.client("codepipeline")
    create_action_type(client, "Source", "Before")
    ballast = full_disk / "ballast"
    with open(ballast, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            pass
    refusals, number = [], 0
    # What is left of the file's last page takes a few lines more.
    while len(refusals) < 3:
        try:
            create_action_type(client, "Source", f"During{number}")
            assert not refusals
        except ClientError as refusal:
            refusals.append(refusal.response)
        number += 1
        assert number < 200
    for refusal in refusals:
        assert refusal["ResponseMetadata"]["HTTPStatusCode"] == 503
        assert refusal["Error"]["Code"] == "ServiceUnavailableException"
        assert "audit log can't be written" in refusal["Error"]["Message"]
    assert refusals[0]["Error"]["Message"].startswith("The change was made, but")
    assert "nothing was changed" in refusals[1]["Error"]["Message"]
    types = {t["id"]["provider"] for t in client.list_action_types(actionOwnerFilter="Custom")["actionTypes"]}
    assert types == {"Before", *(f"During{n}" for n in range(number - 2))}
    assert "audit log" in server.log()

    ballast.unlink()
    eventually(lambda: succeeded(client), "changes are made again", 10)
    recorded = [line["resource"] for line in lines(server) if line["result"] == "ok"]
    assert len(recorded) == len(set(recorded)) == number
    assert recorded[-1] == f"{ARN}:actionType:Custom/Source/After/1"


def succeeded(client):
    try:
        return create_action_type(client, "Source", "After")
    except ClientError:
        return None
