"""What the client tests share: one server for each test process, private ones for tests that stop or configure it."""

import itertools
import os
import uuid

import pytest

from penstock_server import Server

# Durations short enough to see them pass, in seconds.
QUICK = {"jobAcknowledgeTimeout": 2, "continuationDelay": 0, "sourcePollInterval": 1}

# Declarations with sources on GitHub run too, and must not reach for it.
NO_GITHUB = {"gitHub": "file:///nonexistent/{Owner}/{Repo}.git"}

PARTNER = {
    "category": "Test", "provider": "PartnerTool", "version": "1",
    "inputArtifactDetails": {"minimumCount": 0, "maximumCount": 5},
    "outputArtifactDetails": {"minimumCount": 0, "maximumCount": 5},
    "configurationProperties": [{"name": "Token", "required": True, "key": False, "secret": True}],
    "clients": [
        {"clientId": "0a0a0a0a-1111-4222-8333-444444444444", "clientToken": "first-token",
         "pipelines": ["partner-a-*"]},
        {"clientId": "0b0b0b0b-1111-4222-8333-444444444444", "clientToken": "second-token", "pipelines": ["*"]},
    ],
}

READER = {
    "name": "alice", "accessKeyId": "PENSTOCKALICE", "secretAccessKey": "alice-secret-for-the-tests",
    "policies": [{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["codepipeline:Get*", "codepipeline:List*"], "Resource": "*"}]}],
}


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The server that most tests share. They keep apart by names."""
    shared = Server(
        tmp_path_factory.mktemp("shared"),
        config={"engine": QUICK, "git": NO_GITHUB, "thirdPartyActionTypes": [PARTNER], "users": [READER],
                "codeBuild": sandbox() | {"projects": {"second": {"buildspec": "second.yml"}}}})
    shared.start()
    yield shared
    assert shared.running(), f"the shared server died during the tests; log:\n{shared.log()}"
    assert shared.terminate() == 0, shared.log()


def sandbox():
    """Builds run in bubblewrap, unless the machine that runs the tests cannot nest one and says so."""
    return {"sandbox": os.environ.get("PENSTOCK_TEST_SANDBOX", "bubblewrap")}


@pytest.fixture
def new_server(tmp_path):
    """Makes private servers: `new_server(config)` is one that is not started yet."""
    made = []

    def make(config=None, env=None, folder=None):
        server = Server(folder or tmp_path / f"server{len(made)}", config=config, env=env)
        made.append(server)
        return server

    yield make
    for server in made:
        server.kill()


@pytest.fixture
def quick_server(new_server):
    """A private server with short durations, started."""
    return new_server({"engine": QUICK}).start()


@pytest.fixture(scope="session")
def codepipeline(server):
    return server.client("codepipeline")


@pytest.fixture(scope="session")
def s3(server):
    return server.client("s3")


_numbers = itertools.count(1)


@pytest.fixture
def unique():
    """Makes names that no other test of any process uses: `unique("web")`."""
    return lambda prefix="t": f"{prefix}-{next(_numbers)}-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def bucket(s3, unique):
    """A new bucket that keeps versions."""
    name = unique("bucket")
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


@pytest.fixture
def error_of():
    """Calls an operation that must be refused, and returns the error's code and message."""
    from botocore.exceptions import ClientError

    def refused(call, *arguments, **parameters):
        with pytest.raises(ClientError) as caught:
            call(*arguments, **parameters)
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    return refused
