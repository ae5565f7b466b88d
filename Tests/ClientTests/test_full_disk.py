"""A full disk: new work is refused, nothing acknowledged is lost, and it goes on once there is room."""

import os
import re

import pytest
from botocore.exceptions import ClientError

from declarations import create_action_type, gate_pipeline
from eventually import eventually
from penstock_server import run_penstock
from small_disk import small_disk
from worker import Worker

MEBIBYTE = 1 << 20


@pytest.fixture
def disk(tmp_path):
    """A folder on a disk of 48 MiB."""
    with small_disk(tmp_path / "disk", "48m") as folder:
        yield folder


def fill(path):
    """Takes every byte that is left."""
    with open(path, "wb", buffering=0) as file:
        for size in (MEBIBYTE, 4096, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue


def test_a_backup_without_room_for_its_copy_says_so_and_is_made_once_there_is(new_server, disk, tmp_path):
    server = new_server(folder=disk).start()
    server.client("s3").create_bucket(Bucket="kept-here")
    fill(disk / "ballast")
    command = ["backup", tmp_path / "backup.tar", "--data-dir", server.data, "--endpoint-url", server.api]
    done = run_penstock(*command)
    assert done.returncode == 1 and "backup.db needs as much room as the database, and there is none" in done.stderr
    os.remove(disk / "ballast")
    done = run_penstock(*command)
    assert done.returncode == 0, done.stderr
    [told] = re.findall(r"a backup was taken.*?files.(\d+)", server.log())
    assert re.search(r"(\d+) files", done.stdout)[1] == told


def refusal(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    reply = caught.value.response
    return reply["ResponseMetadata"]["HTTPStatusCode"], reply["Error"]["Code"]


def test_a_full_disk_loses_nothing_and_recovers(new_server, disk):
    server = new_server(folder=disk).start()
    client, s3 = server.client("codepipeline"), server.client("s3")
    create_action_type(client, "Source", "Full")
    client.create_pipeline(pipeline=gate_pipeline("kept", "Full"))
    s3.create_bucket(Bucket="kept-here")
    s3.put_object(Bucket="kept-here", Key="kept", Body=b"x" * 1000)
    job = Worker(server, "Source", "Full", client).take()

    fill(disk / "ballast")
    acknowledged = []

    def start_until_refused():
        try:
            acknowledged.append(client.start_pipeline_execution(name="kept")["pipelineExecutionId"])
            return None
        except ClientError as error:
            return error.response

    # What is left of the write-ahead log may take a few more.
    reply = eventually(start_until_refused, "a start is refused", 60)
    assert reply["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert reply["Error"]["Code"].startswith("ServiceUnavailable")
    assert refusal(s3.put_object, Bucket="kept-here", Key="big", Body=b"x" * MEBIBYTE)[0] in (500, 503)
    assert client.list_pipelines()["pipelines"][0]["name"] == "kept"
    assert s3.get_object(Bucket="kept-here", Key="kept")["Body"].read() == b"x" * 1000
    assert server.running()

    os.unlink(disk / "ballast")
    execution = eventually(lambda: recovered(client), "a start is taken again", 30)
    for one in [*acknowledged, execution]:
        assert client.get_pipeline_execution(pipelineName="kept", pipelineExecutionId=one)
    Worker(server, "Source", "Full", client).succeed(job, {"Source": b"after"})
    with pytest.raises(ClientError):
        s3.head_object(Bucket="kept-here", Key="big")
    server.kill()
    server.start()
    client = server.client("codepipeline")
    for one in [*acknowledged, execution]:
        assert client.get_pipeline_execution(pipelineName="kept", pipelineExecutionId=one)


def recovered(client):
    try:
        return client.start_pipeline_execution(name="kept")["pipelineExecutionId"]
    except ClientError:
        return None
