"""SIGHUP: keys are rotated and revoked, policies and clients changed, without a restart."""

import json
import signal

import pytest
from botocore.exceptions import ClientError

from conftest import PARTNER
from declarations import action, create_action_type, pipeline
from eventually import eventually
from penstock_server import ACCOUNT
from signed_http import call, connect
from worker import Worker

OLD, NEW = "the-old-secret-of-alice", "the-new-secret-of-alice"


def alice(key="KEYALICE", secret=OLD, actions=("codepipeline:Get*", "codepipeline:List*", "s3:*")):
    return {"name": "alice", "accessKeyId": key, "secretAccessKey": secret, "policies": [
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}]}


class Reloaded:
    """A running server whose configuration file a test changes."""

    def __init__(self, server):
        self.server = server

    def write(self, text):
        self.server.config.write_text(text)
        seen = self.reports()
        self.server.process.send_signal(signal.SIGHUP)
        return eventually(lambda: self.reports()[len(seen):], "the log tells of the reload", 10)

    def configure(self, config):
        return self.write(json.dumps(config))

    def reports(self):
        return [line for line in self.server.log_path.read_text().splitlines() if "The configuration was" in line]


@pytest.fixture
def running(new_server):
    return Reloaded(new_server({"users": [alice()]}).start())


def status(server, key, secret, connection=None, operation="ListPipelines"):
    return call(server, operation, {}, connection, access_key=key, secret_key=secret).status


def test_a_rotated_key_works_and_the_old_one_is_refused_on_open_connections_and_both_ports(running):
    server = running.server
    connection = connect(server)
    assert status(server, "KEYALICE", OLD, connection) == 200
    old_objects, new_objects = (server.client("s3", "KEYALICE", secret) for secret in (OLD, NEW))
    old_objects.list_buckets()
    [report] = running.configure({"users": [alice(secret=NEW)]})
    assert "was read again" in report
    kind, _ = call(server, "ListPipelines", {}, connection, access_key="KEYALICE", secret_key=OLD).error()
    assert kind == "InvalidSignatureException"
    assert status(server, "KEYALICE", NEW, connection) == 200
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        old_objects.list_buckets()
    new_objects.list_buckets()


def test_a_revoked_user_is_unknown_and_another_key_may_stand_in(running):
    server = running.server
    client = server.client("codepipeline", "KEYALICE", OLD)
    client.list_pipelines()
    running.configure({"users": [alice(key="KEYALICE2", secret=NEW)]})
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        client.list_pipelines()
    with pytest.raises(ClientError, match="InvalidAccessKeyId"):
        server.client("s3", "KEYALICE", OLD).list_buckets()
    assert status(server, "KEYALICE2", NEW) == 200
    running.configure({})
    assert status(server, "KEYALICE2", NEW) == 400
    server.client("codepipeline").list_pipelines()


def test_changed_policies_count_for_the_next_call(running):
    server = running.server
    client = server.client("codepipeline", "KEYALICE", OLD)
    with pytest.raises(ClientError, match="AccessDenied"):
        client.delete_pipeline(name="web")
    running.configure({"users": [alice(actions=["codepipeline:DeletePipeline"])]})
    client.delete_pipeline(name="web")
    with pytest.raises(ClientError, match="AccessDenied"):
        client.list_pipelines()
    with pytest.raises(ClientError, match="AccessDenied"):
        server.client("s3", "KEYALICE", OLD).list_buckets()


@pytest.mark.parametrize("text, named", [
    ("users: [unclosed", "penstock.yaml"), ('{"users": [{"name": "alice"}]}', "accessKeyId"), ('{"usres": []}', "usres"),
    ('{"users": [{"name": "a", "accessKeyId": "K", "secretAccessKey": "secretsecret", "policies": [{}]}]}', "Version"),
])
def test_a_broken_file_changes_nothing_and_is_one_line(running, text, named):
    [report] = running.write(text)
    assert " error " in report and "everything stays as it was" in report and named in report
    assert status(running.server, "KEYALICE", OLD) == 200


def test_a_file_that_is_gone_changes_nothing(running):
    running.server.config.unlink()
    seen = running.reports()
    running.server.process.send_signal(signal.SIGHUP)
    [report] = eventually(lambda: running.reports()[len(seen):], "the log tells of the reload", 10)
    assert "everything stays as it was" in report
    assert status(running.server, "KEYALICE", OLD) == 200


def test_the_key_of_the_root_credentials_is_not_a_users(running):
    [report] = running.configure({"users": [alice(key=running.server.access_key, secret=NEW)]})
    assert "everything stays as it was" in report and "root" in report
    running.server.client("codepipeline").list_pipelines()


def test_other_keys_are_named_as_needing_a_restart_and_the_users_still_count(running):
    running.configure({"users": [alice(secret=NEW)], "limits": {"pipelines": 1}, "accountId": "222222222222"})
    log = running.server.log_path.read_text()
    [warning] = [line for line in log.splitlines() if "at the next start" in line]
    assert "limits" in warning and "accountId" in warning and "users" not in warning
    reply = call(running.server, "DeletePipeline", {"name": "x"}, access_key="KEYALICE", secret_key=NEW)
    assert f"arn:aws:iam::{ACCOUNT}:user/alice" in reply.error()[1]


def queue_partner_job(server):
    """A pipeline whose partner's job is queued. A client of the server."""
    client = server.client("codepipeline")
    create_action_type(client, "Source", "P")
    client.create_pipeline(pipeline=pipeline(
        "p", ("Source", [action("Fetch", "Source", "Custom", "P", outputs=["Source"])]),
        ("Test", [action("Try", "Test", "ThirdParty", "PartnerTool", {"Token": "t"}, ["Source"])])))
    Worker(server, "Source", "P", client).source("1")
    return client


def poll_partner_job(client):
    """The one job that partners are offered."""
    kind = {"category": "Test", "owner": "ThirdParty", "provider": "PartnerTool", "version": "1"}
    [job] = eventually(lambda: client.poll_for_third_party_jobs(actionTypeId=kind)["jobs"], "a job", 20)
    return job


def test_the_token_of_a_third_party_client_is_rotated(new_server):
    reloaded = Reloaded(new_server({"thirdPartyActionTypes": [PARTNER]}).start())
    client = queue_partner_job(reloaded.server)
    job = poll_partner_job(client)
    where = {"jobId": job["jobId"], "clientToken": "second-token"}
    client.get_third_party_job_details(**where)
    clients = [one | {"clientToken": "rotated-token"} for one in PARTNER["clients"]]
    reloaded.configure({"thirdPartyActionTypes": [PARTNER | {"clients": clients}]})
    assert "at the next start" not in reloaded.server.log_path.read_text()
    with pytest.raises(ClientError, match="InvalidClientTokenException"):
        client.get_third_party_job_details(**where)
    client.get_third_party_job_details(**(where | {"clientToken": "rotated-token"}))


@pytest.mark.parametrize("restarts", [False, True])
def test_a_job_stays_with_the_client_that_it_was_made_for(new_server, restarts):
    reloaded = Reloaded(new_server({"thirdPartyActionTypes": [PARTNER]}).start())
    client = queue_partner_job(reloaded.server)
    other = {"clientId": "0c0c0c0c-1111-4222-8333-444444444444", "clientToken": "third-token", "pipelines": ["p*"]}
    changed = {"thirdPartyActionTypes": [PARTNER | {"clients": [other, *PARTNER["clients"]]}]}
    if restarts:
        reloaded.server.config.write_text(json.dumps(changed))
        reloaded.server.terminate()
        reloaded.server.start()
        client = reloaded.server.client("codepipeline")
    else:
        reloaded.configure(changed)
    job = poll_partner_job(client)
    assert job["clientId"] == PARTNER["clients"][1]["clientId"]
    own = {"jobId": job["jobId"], "clientToken": "second-token"}
    with pytest.raises(ClientError, match="InvalidClientTokenException"):
        client.get_third_party_job_details(**own | {"clientToken": "third-token"})
    nonce = client.get_third_party_job_details(**own)["jobDetails"]["nonce"]
    assert client.acknowledge_third_party_job(nonce=nonce, **own)["status"] == "InProgress"
    with pytest.raises(ClientError, match="InvalidClientTokenException"):
        client.put_third_party_job_success_result(**own | {"clientToken": "third-token"})
    client.put_third_party_job_success_result(**own)


def test_a_hangup_without_a_file_is_no_harm(tmp_path, new_server):
    reloaded = Reloaded(new_server().start())
    reloaded.configure({})
    assert reloaded.server.running()
    assert reloaded.server.terminate() == 0
