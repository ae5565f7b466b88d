"""`penstock backup` while everything runs, and `penstock restore` of it: it goes on where it stood."""

import copy
import json
import stat
import tarfile

import pytest

from conftest import QUICK, READER, sandbox
from crash_company import Company
from crash_driver import CrashRun
from declarations import create_action_type, gate_pipeline, pipeline, approval, action, prop
from eventually import eventually
from light_client import Refused
from live_files import files_below
from penstock_server import run_penstock
from progress import approval_token, answer, first_execution, until_status
from worker import Worker

USAGE, UNREACHABLE, NOT_ALLOWED = 64, 69, 77
KEEPER = {
    "name": "keeper", "accessKeyId": "PENSTOCKKEEPER", "secretAccessKey": "keeper-secret-for-the-tests",
    "policies": [{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["penstock:Backup"], "Resource": "*"}]}],
}


def backup(server, file, env=None, check=True):
    done = run_penstock("backup", file, "--endpoint-url", server.api, "--data-dir", server.data, env=env)
    assert not check or done.returncode == 0, done.stderr
    return done


def restored(new_server, file, folder, config=None):
    """A server on what a backup holds, not started."""
    server = new_server(config, folder=folder)
    server.data.rmdir()
    done = run_penstock("restore", file, "--data-dir", server.data)
    assert done.returncode == 0, done.stderr
    assert str(server.data) in done.stdout and "penstock serve" in done.stdout
    return server


def going_on(before, taken):
    """The executions that come to their end elsewhere.

    What a worker of the first server had in hand is nobody's now, and times out a day later: such pipelines stand.
    """
    standing = {pipeline_name for job, (pipeline_name, _, _) in taken.items() if job not in before["results"]}
    return {execution: name for execution, name in before["executions"].items() if name not in standing}


def test_a_busy_server_is_backed_up_and_goes_on_elsewhere(tmp_path, new_server):
    run = CrashRun(tmp_path / "original", 1, sandbox())
    company = run.company
    try:
        run.server.start()
        company.prepare(tmp_path)
        run.lives = company.lives()
        for life in run.lives:
            life.start()
        eventually(lambda: len(run.ledger.results) > 20 and run.ledger.approved, "there is something to keep", 60)
        # A copy of a moment in which workers have something of every pipeline in hand shows nothing: then another is taken.
        for number in range(10):
            file = tmp_path / f"all{number}.tar"
            with run.ledger.lock:
                before = {name: copy.deepcopy(value) for name, value in vars(run.ledger).items() if name != "lock"}
            backup(run.server, file)
            run.check_lives("during the backup")
            with run.ledger.lock:
                after, grown = dict(run.ledger.jobs_taken), len(run.ledger.results)
            going = going_on(before, after)
            if going:
                break
        eventually(lambda: len(run.ledger.results) > grown, "work goes on after the backup")
    finally:
        run.close()

    other = CrashRun(tmp_path / "other", 1, sandbox())
    try:
        other.server.data.rmdir()
        assert run_penstock("restore", file, "--data-dir", other.server.data).returncode == 0
        (other.server.data / "git").mkdir()
        (run.server.data / "git/crash.git").rename(other.server.data / "git/crash.git")
        other.server.start()
        for name, value in before.items():
            # What was under way at the time of the backup may be there or not; what was acknowledged is.
            if name in ("executions", "results", "approved", "artifacts", "versions"):
                setattr(other.ledger, name, value)
        objects = {key: values for key, values in before["objects"].items() if key.startswith("k") and len(values) == 1}
        other.ledger.objects = objects
        other.check()
        for number in range(7):
            # Written over and deleted all the time: whatever the copy of the database names is whole.
            try:
                assert other.company.api.get("ledger", f"r{number}").startswith(f"r{number} ".encode())
            except Refused as refusal:
                assert refusal.status == 404, refusal
        other.ledger.executions = going
        assert other.ledger.executions
        other.lives = other.company.lives()
        other.company.starts_end.set()
        for life in other.lives:
            life.start()
        eventually(other.all_ended, "what can go on has ended", 60)
        other.check_lives("after the restore")
    finally:
        other.close()


def test_a_backup_is_a_private_tar_archive_of_everything_but_git(new_server, tmp_path):
    server = new_server({"engine": QUICK}).start()
    client, s3 = server.client("codepipeline"), server.client("s3")
    s3.create_bucket(Bucket="kept")
    s3.put_object(Bucket="kept", Key="k", Body=b"bytes of an object")
    file = tmp_path / "b.tar"
    done = backup(server, file)
    assert "backed up" in done.stdout
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with tarfile.open(file) as archive:
        names = archive.getnames()
        assert names[:3] == ["penstock.db", "secret.key", "credentials"] and names[-1] == "backup.json"
        [stored] = [name for name in names if name.startswith("objects/")]
        assert archive.extractfile(stored).read() == b"bytes of an object"
    assert not list((server.data / "work").glob("backup*")), "the copy of the database is left"
    as_json = run_penstock("backup", tmp_path / "c.tar", "--endpoint-url", server.api, "--data-dir", server.data,
                           "--output", "json")
    report = json.loads(as_json.stdout)
    assert report["path"] == str(tmp_path / "c.tar") and report["files"] == 4 and report["bytes"] > 0
    restored_json = json.loads(run_penstock(
        "restore", tmp_path / "c.tar", "--data-dir", tmp_path / "json", "--output", "json").stdout)
    assert restored_json == report | {"path": str(tmp_path / "json")}
    assert client.list_pipelines()["pipelines"] == []


def test_secrets_approvals_and_credentials_survive_a_restore(new_server, tmp_path):
    server = new_server({"engine": QUICK}).start()
    client = server.client("codepipeline")
    create_action_type(client, "Source", "Keep")
    create_action_type(client, "Build", "Keep", [prop("Token", True, secret=True)])
    build = action("Compile", "Build", "Custom", "Keep", {"Token": "canary"}, ["Source"])
    fetch = action("Fetch", "Source", "Custom", "Keep", outputs=["Source"])
    client.create_pipeline(pipeline=pipeline("p", ("S", [fetch]), ("B", [build]), ("G", [approval()])))
    client.create_pipeline(pipeline=gate_pipeline("waits", "Keep"))
    Worker(server, "Source", "Keep", client).source("r1", b"artifact one")
    Worker(server, "Source", "Keep", client).source("r2", b"artifact two")
    execution = first_execution(client, "p", "S")
    token = approval_token(client, "waits", "Gate")
    backup(server, tmp_path / "b.tar")
    assert server.terminate() == 0
    other = restored(new_server, tmp_path / "b.tar", tmp_path / "other", {"engine": QUICK}).start()
    assert (other.access_key, other.secret_key) == (server.access_key, server.secret_key)
    client = other.client("codepipeline")
    worker = Worker(other, "Build", "Keep", client)
    job = worker.take()
    assert job["data"]["actionConfiguration"]["configuration"]["Token"] == "canary"
    assert worker.inputs(job)["Source"] in (b"artifact one", b"artifact two")
    worker.succeed(job)
    answer(client, "p", "G", approval_token(client, "p", "G"))
    until_status(client, "p", execution, "Succeeded")
    answer(client, "waits", "Gate", token)


def test_who_may_not_and_what_is_wrong_is_said_with_its_exit_code(new_server, tmp_path):
    server = new_server({"engine": QUICK, "users": [READER, KEEPER]}).start()
    file = tmp_path / "b.tar"

    def as_user(user):
        return {"AWS_ACCESS_KEY_ID": user["accessKeyId"], "AWS_SECRET_ACCESS_KEY": user["secretAccessKey"]}

    refused = backup(server, file, as_user(READER), check=False)
    assert refused.returncode == NOT_ALLOWED and "penstock:Backup" in refused.stderr and not file.exists()
    wrong = backup(server, file, as_user(KEEPER) | {"AWS_SECRET_ACCESS_KEY": "a-wrong-secret"}, check=False)
    assert wrong.returncode == NOT_ALLOWED and not file.exists()
    backup(server, file, as_user(KEEPER))
    again = backup(server, file, check=False)
    assert again.returncode == USAGE and "exists" in again.stderr
    profile = tmp_path / "aws"
    profile.write_text(f"[keeper]\naws_access_key_id = {KEEPER['accessKeyId']}\n"
                       f"aws_secret_access_key = {KEEPER['secretAccessKey']}\n")
    backup(server, tmp_path / "c.tar", {"AWS_PROFILE": "keeper", "AWS_SHARED_CREDENTIALS_FILE": str(profile)})
    missing = backup(server, tmp_path / "d.tar",
                     {"AWS_PROFILE": "other", "AWS_SHARED_CREDENTIALS_FILE": str(profile)}, check=False)
    assert missing.returncode == USAGE and "other" in missing.stderr
    full = run_penstock("restore", file, "--data-dir", server.data)
    assert full.returncode == USAGE and str(server.data) in full.stderr
    assert server.terminate() == 0
    away = backup(server, tmp_path / "e.tar", check=False)
    assert away.returncode == UNREACHABLE and not (tmp_path / "e.tar").exists()


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.97])
def test_a_backup_that_was_cut_off_is_refused(new_server, tmp_path, cut):
    server = new_server().start()
    server.client("s3").create_bucket(Bucket="kept")
    server.client("s3").put_object(Bucket="kept", Key="k", Body=bytes(200_000))
    file = tmp_path / "b.tar"
    backup(server, file)
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * cut)])
    done = run_penstock("restore", file, "--data-dir", tmp_path / "new")
    assert done.returncode == 1 and "not whole" in done.stderr
    assert not (tmp_path / "new").exists()


def test_two_backups_at_once_are_one_and_a_refusal(new_server, tmp_path):
    import threading
    server = new_server().start()
    s3 = server.client("s3")
    s3.create_bucket(Bucket="large")
    for number in range(6):
        s3.put_object(Bucket="large", Key=str(number), Body=bytes(8_000_000))
    codes, errors = [], []

    def take(number):
        done = backup(server, tmp_path / f"b{number}.tar", check=False)
        codes.append(done.returncode)
        errors.append(done.stderr)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert codes.count(0) >= 1 and set(codes) <= {0, 1}, errors
    assert all("Another backup" in error for code, error in zip(codes, errors) if code == 1)
    # Deleted meanwhile or not, what is deleted is gone from the disk once no backup is under way.
    for number in range(6):
        s3.delete_object(Bucket="large", Key=str(number))
    eventually(lambda: not any(content for _, content in files_below(server.data / "objects")),
               "deleted objects are gone from the disk")
