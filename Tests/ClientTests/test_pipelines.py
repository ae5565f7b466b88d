"""Declarations: created, read, changed, listed and deleted, with boto3 and the AWS CLI."""

import copy
import json

import pytest

from declarations import ROLE, action, create_action_type, gate_pipeline, pipeline, prop
from eventually import eventually
from live_files import files_below
from penstock_server import ACCOUNT, REGION


@pytest.fixture(scope="module")
def provider(codepipeline):
    create_action_type(codepipeline, "Source", "DeclSource")
    create_action_type(codepipeline, "Build", "DeclBuild", properties=[
        prop("Project", required=True, key=True), prop("Password", secret=True), prop("Level", type="Number")])
    return "DeclSource"


@pytest.fixture
def declared(codepipeline, provider, unique):
    """A pipeline of a custom source and a custom build with a secret."""
    name = unique("pipe")
    declaration = pipeline(
        name,
        ("Source", [action("Fetch", "Source", "Custom", provider, outputs=["Source"])]),
        ("Build", [action("Compile", "Build", "Custom", "DeclBuild", {"Project": "web", "Password": "hunter2-secret"},
                          inputs=["Source"], outputs=["Built"])]))
    codepipeline.create_pipeline(pipeline=declaration)
    yield declaration
    codepipeline.delete_pipeline(name=name)


def test_create_returns_the_declaration_with_its_defaults_filled_in(codepipeline, provider, unique):
    name = unique("pipe")
    bare = {"name": name, "roleArn": ROLE, "version": 7, "artifactStore": {"type": "S3", "location": "artifacts-bare"},
            "stages": [
                {"name": "S", "actions": [{
                    "name": "A", "outputArtifacts": [{"name": "Out"}],
                    "actionTypeId": {"category": "Source", "owner": "Custom", "provider": provider, "version": "1"}}]},
                {"name": "G", "actions": [{
                    "name": "Ok", "actionTypeId": {
                        "category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"}}]}]}
    created = codepipeline.create_pipeline(pipeline=bare)["pipeline"]
    assert created["version"] == 1
    for stage in created["stages"]:
        for declared in stage["actions"]:
            assert declared["runOrder"] == 1
            assert declared["configuration"] == {}
            assert declared["inputArtifacts"] == []
    assert created["stages"][1]["actions"][0]["outputArtifacts"] == []
    found = codepipeline.get_pipeline(name=name)
    assert found["pipeline"] == created
    assert found["metadata"]["pipelineArn"] == f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:{name}"
    assert found["metadata"]["created"] == found["metadata"]["updated"]
    codepipeline.delete_pipeline(name=name)


def test_every_update_adds_one_to_the_version_and_old_versions_stay(codepipeline, declared):
    name = declared["name"]
    changed = codepipeline.get_pipeline(name=name)["pipeline"]
    changed["stages"][1]["actions"][0]["configuration"]["Project"] = "second"
    assert codepipeline.update_pipeline(pipeline=changed)["pipeline"]["version"] == 2
    assert codepipeline.update_pipeline(pipeline=changed)["pipeline"]["version"] == 3

    def project(**version):
        found = codepipeline.get_pipeline(name=name, **version)["pipeline"]
        return found["version"], found["stages"][1]["actions"][0]["configuration"]["Project"]

    assert project() == (3, "second")
    assert [project(version=number) for number in (1, 2, 3)] == [(1, "web"), (2, "second"), (3, "second")]
    metadata = codepipeline.get_pipeline(name=name)["metadata"]
    assert metadata["updated"] >= metadata["created"]


def test_an_unknown_version_and_an_unknown_name_are_told_apart(codepipeline, declared, error_of):
    name = declared["name"]
    assert error_of(codepipeline.get_pipeline, name=name, version=9)[0] == "PipelineVersionNotFoundException"
    assert error_of(codepipeline.get_pipeline, name="no-such") == (
        "PipelineNotFoundException", f"Account '{ACCOUNT}' does not have a pipeline with name 'no-such'")
    assert error_of(codepipeline.start_pipeline_execution, name="no-such") == (
        "PipelineNotFoundException", f"Pipeline with name no-such does not exist in account {ACCOUNT}")
    missing = declared | {"name": "no-such"}
    assert error_of(codepipeline.update_pipeline, pipeline=missing)[0] == "PipelineNotFoundException"


def test_a_name_in_use_is_refused(codepipeline, declared, error_of):
    assert error_of(codepipeline.create_pipeline, pipeline=declared) == (
        "PipelineNameInUseException",
        f"A pipeline with the name '{declared['name']}' already exists in account '{ACCOUNT}'")


def test_deleting_is_idempotent_and_the_name_begins_again(codepipeline, declared, error_of):
    name = declared["name"]
    codepipeline.update_pipeline(pipeline=declared)
    codepipeline.delete_pipeline(name=name)
    codepipeline.delete_pipeline(name=name)
    assert error_of(codepipeline.get_pipeline_state, name=name)[0] == "PipelineNotFoundException"
    assert codepipeline.create_pipeline(pipeline=declared)["pipeline"]["version"] == 1


def secrets(codepipeline, name, **version):
    found = codepipeline.get_pipeline(name=name, **version)["pipeline"]
    return found["stages"][1]["actions"][0]["configuration"]["Password"]


def test_a_secret_is_never_shown_and_survives_the_round_trip(server, codepipeline, declared, provider):
    from worker import Worker
    name = declared["name"]
    assert secrets(codepipeline, name) == "****"
    for mask in ("****", "*****"):
        changed = codepipeline.get_pipeline(name=name)["pipeline"]
        changed["stages"][1]["actions"][0]["configuration"]["Password"] = mask
        reply = codepipeline.update_pipeline(pipeline=changed)["pipeline"]
        assert reply["stages"][1]["actions"][0]["configuration"]["Password"] == "****"
    assert secrets(codepipeline, name, version=1) == "****"

    execution = codepipeline.start_pipeline_execution(name=name)["pipelineExecutionId"]
    fetcher = Worker(server, "Source", provider)
    builder = Worker(server, "Build", "DeclBuild")

    def build_job():
        for job in fetcher.poll(10):
            codepipeline.acknowledge_job(jobId=job["id"], nonce=job["nonce"])
            fetcher.succeed(job, {"Source": b"x"})
        jobs = [j for j in builder.poll(10)
                if j["data"]["pipelineContext"].get("pipelineExecutionId") == execution]
        return jobs and jobs[0]

    job = eventually(build_job, "the build's job")
    assert job["data"]["actionConfiguration"]["configuration"]["Password"] == "hunter2-secret"
    assert "hunter2-secret" not in server.log()
    for path, content in files_below(server.data):
        assert b"hunter2-secret" not in content, path


def test_a_mask_for_a_new_action_is_refused(codepipeline, declared, error_of):
    renamed = copy.deepcopy(declared)
    renamed["stages"][1]["actions"][0] |= {"name": "Renamed", "configuration": {"Project": "web", "Password": "****"}}
    assert error_of(codepipeline.update_pipeline, pipeline=renamed) == (
        "InvalidActionDeclarationException",
        'Action configuration for the new action "Renamed" contains an invalid configuration for the secret property '
        '"Password". "****" may be used in secret properties only when updating an existing action.')


def test_pipelines_are_listed_by_name_in_pages(quick_server):
    client = quick_server.client("codepipeline")
    create_action_type(client, "Source", "Listed")
    names = [f"pipe-{number:03}" for number in range(105)]
    for name in reversed(names):
        client.create_pipeline(pipeline=gate_pipeline(name, "Listed") | {
            "artifactStore": {"type": "S3", "location": "listed"}})
    paginator = client.get_paginator("list_pipelines")
    found = [p["name"] for page in paginator.paginate() for p in page["pipelines"]]
    assert found == names
    pages = list(paginator.paginate(PaginationConfig={"PageSize": 10}))
    assert [len(page["pipelines"]) for page in pages] == [10] * 10 + [5]
    assert "nextToken" not in pages[-1]
    first = client.list_pipelines(maxResults=1)["pipelines"][0]
    assert first["version"] == 1 and first["created"] == first["updated"]


def test_a_token_that_was_not_issued_is_refused(codepipeline, error_of):
    for call in (codepipeline.list_pipelines, codepipeline.list_action_types):
        assert error_of(call, nextToken="bm9uc2Vuc2U=")[0] == "InvalidNextTokenException"


def test_the_artifact_bucket_is_made_with_the_pipeline(codepipeline, s3, provider, unique):
    name = unique("pipe")
    declaration = gate_pipeline(name, provider)
    codepipeline.create_pipeline(pipeline=declaration)
    s3.head_bucket(Bucket=declaration["artifactStore"]["location"])
    codepipeline.delete_pipeline(name=name)


class TestCommandLine:
    def test_a_declaration_goes_through_the_aws_cli(self, server, codepipeline, provider, unique, tmp_path):
        name = unique("cli")
        file = tmp_path / "pipeline.json"
        file.write_text(json.dumps({"pipeline": gate_pipeline(name, provider)}))
        created = json.loads(server.aws("codepipeline", "create-pipeline", "--cli-input-json", f"file://{file}").stdout)
        assert created["pipeline"]["version"] == 1
        found = json.loads(server.aws("codepipeline", "get-pipeline", "--name", name).stdout)
        assert found["pipeline"] == created["pipeline"]
        file.write_text(json.dumps({"pipeline": found["pipeline"]}))
        updated = json.loads(server.aws("codepipeline", "update-pipeline", "--cli-input-json", f"file://{file}").stdout)
        assert updated["pipeline"]["version"] == 2
        listed = json.loads(server.aws("codepipeline", "list-pipelines").stdout)
        assert name in [p["name"] for p in listed["pipelines"]]
        server.aws("codepipeline", "delete-pipeline", "--name", name)

    def test_an_error_reaches_the_user_of_the_aws_cli(self, server):
        result = server.aws("codepipeline", "get-pipeline-state", "--name", "no-such", check=False)
        assert result.returncode in (254, 255)
        assert "PipelineNotFoundException" in result.stderr
