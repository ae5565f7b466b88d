"""Databases of other versions: earlier ones are taken over with all that they hold, newer ones are refused."""

import sqlite3
from pathlib import Path

import pytest

from conftest import QUICK
from freeze_database import KEY
from light_client import LightClient
from penstock_server import PACKAGE_ROOT, run_penstock
from progress import answer, approval_token, first_execution, stage_state, until_status

FROZEN = sorted((PACKAGE_ROOT / "Tests/PipelineStoreSQLiteTests/Fixtures").glob("*.sql"))


def contents(server):
    """Schema and rows of a server's database, as SQL."""
    database = sqlite3.connect(server.data / "penstock.db")
    lines = list(database.iterdump())
    database.close()
    return lines


def put_database(data, sql):
    database = sqlite3.connect(data / "penstock.db")
    database.executescript(Path(sql).read_text())
    database.close()
    (data / "secret.key").write_bytes(KEY)
    (data / "secret.key").chmod(0o600)


@pytest.mark.parametrize("frozen", FROZEN, ids=[path.stem for path in FROZEN])
def test_a_server_goes_on_with_the_database_of_an_earlier_version(new_server, frozen):
    server = new_server({"engine": QUICK})
    put_database(server.data, frozen)
    server.start()
    client = server.client("codepipeline")
    assert [row["name"] for row in client.list_pipelines()["pipelines"]] == ["objects", "waits", "website"]
    assert client.get_pipeline(name="website", version=1)["pipeline"]["version"] == 1
    build = stage_state(client, "website", "Build")
    assert build["inboundTransitionState"]["disabledReason"] == "Frozen for the holidays"
    waiting = first_execution(client, "waits", "Release")
    answer(client, "waits", "Release", approval_token(client, "waits", "Release", "Review"), action="Review")
    until_status(client, "waits", waiting, "Succeeded")
    token = LightClient(server).call("StartPipelineExecution", name="website", clientRequestToken="frozen-token")
    found = client.get_pipeline_execution(
        pipelineName="website", pipelineExecutionId=token["pipelineExecutionId"])["pipelineExecution"]
    assert found["status"] == "Failed", "a token names the execution that it started before the upgrade"


def test_a_database_of_a_newer_version_is_refused_and_left_alone(new_server):
    server = new_server().start()
    assert server.terminate() == 0
    database = sqlite3.connect(server.data / "penstock.db")
    database.execute("INSERT INTO grdb_migrations (identifier) VALUES ('V9999_from_the_future')")
    database.commit()
    database.close()
    before = contents(server)
    done = run_penstock("serve", "--port", "0", "--s3-port", "0", "--data-dir", server.data)
    assert done.returncode == 1 and done.stdout == "" and "newer version" in done.stderr
    assert contents(server) == before
