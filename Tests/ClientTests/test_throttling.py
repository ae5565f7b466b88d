"""The rate of an access key: what SDKs and the CLI make of it, on both ports."""

import json
import threading

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

RATE = 3


@pytest.fixture
def slow(new_server):
    return new_server({"limits": {"requestsPerSecond": RATE}}).start()


def patient(server, service, mode):
    return server.client(service, config=Config(retries={"mode": mode, "max_attempts": 10}))


@pytest.mark.parametrize("mode", ["standard", "legacy"])
@pytest.mark.parametrize("service, operation", [("codepipeline", "list_pipelines"), ("s3", "list_buckets")])
def test_sdks_retry_until_the_call_succeeds(slow, mode, service, operation):
    client = patient(slow, service, mode)
    replies = [getattr(client, operation)() for _ in range(RATE * 3)]
    assert all(reply["ResponseMetadata"]["HTTPStatusCode"] == 200 for reply in replies)
    assert any(reply["ResponseMetadata"]["RetryAttempts"] for reply in replies), "nothing was throttled"


def refused(client, operation):
    for _ in range(1000):
        try:
            getattr(client, operation)()
        except ClientError as refusal:
            reply = refusal.response
            return reply["ResponseMetadata"]["HTTPStatusCode"], reply["Error"]["Code"], reply["Error"]["Message"]
    raise AssertionError("nothing was throttled")


def test_each_port_says_it_in_its_own_words(slow):
    assert refused(slow.client("codepipeline"), "list_pipelines") == (400, "ThrottlingException", "Rate exceeded")
    assert refused(slow.client("s3"), "list_buckets") == (503, "SlowDown", "Please reduce your request rate.")


def test_the_cli_retries_too(slow):
    """Another program uses up the rate until the CLI has been refused once; then it lets go."""
    hasty, stop = slow.client("codepipeline"), threading.Event()

    def was_refused():
        lines = [json.loads(line) for line in (slow.data / "audit.log").read_text().splitlines()]
        return any("aws-cli" in line["userAgent"] and line["result"] == "ThrottlingException" for line in lines)

    def use_up():
        while not stop.is_set() and not was_refused():
            refused(hasty, "list_pipelines")

    other = threading.Thread(target=use_up)
    other.start()
    try:
        # Once in a while its first try is the one that the rate lets through.
        while not was_refused():
            slow.aws("codepipeline", "delete-pipeline", "--name", "web", env={"AWS_MAX_ATTEMPTS": "10"})
    finally:
        stop.set()
        other.join()


def test_one_key_does_not_use_up_anothers_rate(new_server):
    statement = {"Effect": "Allow", "Action": "codepipeline:ListPipelines", "Resource": "*"}
    server = new_server({"limits": {"requestsPerSecond": 1}, "users": [
        {"name": "calm", "accessKeyId": "KEYCALM", "secretAccessKey": "a-secret-for-the-tests",
         "policies": [{"Version": "2012-10-17", "Statement": [statement]}]}]}).start()
    calm = server.client("codepipeline", "KEYCALM", "a-secret-for-the-tests")
    refused(server.client("codepipeline"), "list_pipelines")
    assert calm.list_pipelines()["pipelines"] == []
