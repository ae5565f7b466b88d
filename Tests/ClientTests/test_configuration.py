"""What the configuration file changes: limits, sources, addresses."""

import re

import pytest
from botocore.exceptions import ClientError

from declarations import approval, create_action_type, gate_pipeline, pipeline, s3_source
from eventually import eventually
from penstock_server import run_penstock
from progress import approval_token, first_execution, stage_state
from worker import Worker


def test_a_limit_of_pipelines_is_named_with_its_value(new_server):
    client = new_server({"limits": {"pipelines": 2}}).start().client("codepipeline")
    create_action_type(client, "Source", "L")
    for number in range(2):
        client.create_pipeline(pipeline=gate_pipeline(f"p{number}", "L"))
    text = re.escape("The number of pipelines has reached its limit of 2 (limits.pipelines)")
    with pytest.raises(client.exceptions.LimitExceededException, match=f"{text}$"):
        client.create_pipeline(pipeline=gate_pipeline("p2", "L"))
    client.delete_pipeline(name="p0")
    client.create_pipeline(pipeline=gate_pipeline("p2", "L"))


def test_a_limit_of_custom_action_types_is_named_with_its_value(new_server):
    client = new_server({"limits": {"customActionTypes": 1}}).start().client("codepipeline")
    create_action_type(client, "Source", "One")
    with pytest.raises(client.exceptions.LimitExceededException, match="1"):
        create_action_type(client, "Source", "Two")


def test_requests_beyond_the_rate_are_throttled_and_a_retry_succeeds(new_server):
    server = new_server({"limits": {"requestsPerSecond": 5}}).start()
    hasty = server.client("codepipeline")

    def throttled():
        try:
            hasty.list_pipelines()
        except ClientError as refusal:
            return refusal.response["Error"]
        return None

    error = eventually(throttled, "a request is throttled", 10)
    assert (error["Code"], error["Message"]) == ("ThrottlingException", "Rate exceeded")
    patient = server.client("codepipeline", retries=8)
    assert patient.list_pipelines()["pipelines"] == []


def packed(text):
    import io
    import zipfile
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.txt", text)
    return target.getvalue()


def test_without_start_on_put_polling_starts_those_that_poll(new_server):
    server = new_server({"engine": {"startOnPut": False, "sourcePollInterval": 1}}).start()
    client, s3 = server.client("codepipeline"), server.client("s3")
    s3.create_bucket(Bucket="sources")
    s3.put_bucket_versioning(Bucket="sources", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="sources", Key="app.zip", Body=packed("one"))
    for name, poll in (("polls", "true"), ("asks", None), ("waits", "false")):
        client.create_pipeline(pipeline=pipeline(
            name, ("Source", [s3_source("sources", "app.zip", poll=poll)]), ("Gate", [approval()])))
        approval_token(client, name, "Gate")
    s3.put_object(Bucket="sources", Key="app.zip", Body=packed("two"))

    def inbound(name):
        return stage_state(client, name, "Gate").get("inboundExecution")

    for name in ("polls", "asks"):
        eventually(lambda n=name: inbound(n), f"the poll starts {name}")
    s3.put_object(Bucket="sources", Key="app.zip", Body=packed("three"))
    seen = inbound("polls")
    eventually(lambda: inbound("polls") != seen, "the next poll starts another run")
    assert inbound("waits") is None


def test_plain_http_on_all_addresses_is_served_when_allowed_in_as_many_words(new_server):
    server = new_server({"host": "0.0.0.0", "allowPlainHTTP": True}).start()
    port = server.api.rsplit(":", 1)[1]
    server.api = f"http://127.0.0.1:{port}"
    assert server.client("codepipeline").list_pipelines()["pipelines"] == []


def test_account_and_region_are_the_configured_ones(new_server):
    server = new_server({"accountId": "222222222222", "region": "eu-central-1"}).start()
    client = server.client("codepipeline", region="eu-central-1")
    create_action_type(client, "Source", "R")
    client.create_pipeline(pipeline=gate_pipeline("p", "R"))
    arn = client.get_pipeline(name="p")["metadata"]["pipelineArn"]
    assert arn == "arn:aws:codepipeline:eu-central-1:222222222222:p"
    job = Worker(server, "Source", "R", client).next_job()
    assert job["accountId"] == "222222222222"
    with pytest.raises(ClientError, match="valid region, not 'us-east-1'"):
        server.client("codepipeline").list_pipelines()


def test_git_sources_come_from_where_the_template_says(new_server, tmp_path):
    from test_git_codebuild import Repository, code_commit
    server = new_server({"git": {"codeCommit": f"file://{tmp_path}/elsewhere/git/{{RepositoryName}}.git"}}).start()

    class Elsewhere:
        data = tmp_path / "elsewhere"

    Elsewhere.data.mkdir()
    Repository(Elsewhere, "app", tmp_path).commit({"a": "b"})
    client = server.client("codepipeline")
    client.create_pipeline(pipeline=pipeline("p", ("Source", [code_commit("app")]), ("Gate", [approval()])))
    assert first_execution(client, "p", "Gate")


@pytest.mark.parametrize("command", [["env"], ["backup", "backup.tar"]], ids=["env", "backup"])
@pytest.mark.parametrize("url", ["ftp://x", "127.0.0.1:8470", "https://", "http://a b"])
def test_an_address_that_is_no_url_of_http_is_refused_by_the_name_of_its_setting(tmp_path, command, url):
    for arguments, env, name in ([("--endpoint-url", url), {}, "--endpoint-url"],
                                 [(), {"AWS_ENDPOINT_URL_CODEPIPELINE": url}, "AWS_ENDPOINT_URL_CODEPIPELINE"]):
        done = run_penstock(*command, "--data-dir", tmp_path, *arguments, env=env)
        assert (done.returncode, done.stdout) == (64, "")
        assert f"{name} must be an http:// or https:// URL, such as http://127.0.0.1:8470, not '{url}'" in done.stderr
