"""Declarations: created, read, changed, listed and deleted, with boto3 and the AWS CLI."""

import copy
import json
from pathlib import Path

import pytest

from declarations import (
    ROLE, action, approval, create_action_type, gate_pipeline, pipeline, prop, s3_deploy, s3_source)
from eventually import eventually
from penstock_server import ACCOUNT, PACKAGE_ROOT, REGION

REFERENCE = PACKAGE_ROOT.parent / "shared/reference/pipelines"


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
    for path in server.data.rglob("*"):
        if path.is_file():
            assert b"hunter2-secret" not in path.read_bytes(), path


def test_a_mask_for_a_new_action_is_refused(codepipeline, declared, error_of):
    renamed = copy.deepcopy(declared)
    renamed["stages"][1]["actions"][0] |= {"name": "Renamed", "configuration": {"Project": "web", "Password": "****"}}
    assert error_of(codepipeline.update_pipeline, pipeline=renamed) == (
        "InvalidActionDeclarationException",
        'Action configuration for the new action "Renamed" contains an invalid configuration for the secret property '
        '"Password". "****" may be used in secret properties only when updating an existing action.')


def source(name="Src", output="Source"):
    return action(name, "Source", "Custom", "DeclSource", outputs=[output])


def build(name="Compile", inputs=("Source",), outputs=(), order=None, configuration=None):
    return action(name, "Build", "Custom", "DeclBuild", configuration or {"Project": "x"}, inputs, outputs, order)


BROKEN = {
    "one stage": ([("S", [source()])], "InvalidStructureException",
                  "Pipeline has only 1 stage(s). There should be a minimum of 2 stages in a pipeline"),
    "51 stages": ([("S", [source()]), *((f"G{n}", [approval()]) for n in range(50))], "InvalidStructureException",
                  "Pipeline has too many stages. There can only be up to 50 stages in a pipeline"),
    "no source first": ([("A", [approval()]), ("B", [approval()])], "InvalidStructureException",
                        "Pipeline should start with a stage that only contains source actions"),
    "source later": ([("S", [source()]), ("B", [source("Other", "Second"), approval()])], "InvalidStructureException",
                     "Source actions can only be included in the first stage of the pipeline"),
    "only sources": ([("S", [source()]), ("T", [source("Other", "Second")])], "InvalidStructureException",
                     "Pipeline should contain at least 1 action whose category is not Source"),
    "stage name twice": ([("S", [source()]), ("S", [approval()])], "InvalidStageDeclarationException",
                         "Stage name 'S' is used more than once"),
    "output twice": ([("S", [source()]), ("B", [build(outputs=["Source"])])], "InvalidStructureException",
                     "Output Artifact Bundle name must be unique within the pipeline. Source has been used more than "
                     "once."),
    "input from nowhere": ([("S", [source()]), ("B", [build(inputs=["Nothing"])])], "InvalidActionDeclarationException",
                           "Input Artifact Bundle Nothing in action Compile is not declared as Output Artifact "
                           "Bundle in any of the preceding actions"),
    "input from the same run order": (
        [("S", [source()]), ("B", [build("One", outputs=["O1"]), build("Two", inputs=["O1"])])],
        "InvalidActionDeclarationException",
        "Input Artifact Bundle O1 in action Two is not declared as Output Artifact Bundle in any of the preceding "
        "actions"),
    "missing configuration": ([("S", [source()]), ("B", [build(configuration={"Level": "1"})])],
                              "InvalidActionDeclarationException",
                              "Action configuration for action 'Compile' is missing required configuration 'Project'"),
    "too few inputs": ([("S", [source()]), ("D", [s3_deploy("b") | {"inputArtifacts": []}])],
                       "InvalidActionDeclarationException",
                       "Action Deploy declares 0 input artifacts which is less than the minimum count (1)"),
    "new masked secret": ([("S", [source()]), ("B", [build(configuration={"Project": "x", "Password": "****"})])],
                          "InvalidActionDeclarationException",
                          'Action configuration for the new action "Compile" contains an invalid configuration for the '
                          'secret property "Password". "****" may be used in secret properties only when updating an '
                          'existing action.'),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_structure_is_refused_with_its_text(codepipeline, provider, unique, error_of, case):
    stages, kind, message = BROKEN[case]
    assert error_of(codepipeline.create_pipeline, pipeline=pipeline(unique("broken"), *stages)) == (kind, message)


@pytest.mark.parametrize("stages, kind, names", [
    ([("S", [source()]), ("B", []), ("G", [approval()])], "InvalidStageDeclarationException", ["B"]),
    ([("S", [source()]), ("B", [approval("Same"), approval("Same")])], "InvalidActionDeclarationException", ["Same"]),
    ([("S", [source()]), ("B", [build(configuration={"Project": "x", "Extra": "y"})])],
     "InvalidActionDeclarationException", ["Compile", "Extra"]),
    ([("S", [source()]), ("B", [build(configuration={"Project": "x", "Level": "high"})])],
     "InvalidActionDeclarationException", ["Compile", "Level"]),
    ([("S", [source()]), ("B", [action("A", "Deploy", "AWS", "Nonsense")])], "InvalidActionDeclarationException",
     ["Deploy", "Nonsense", "is not available"]),
], ids=["empty stage", "action twice", "unknown key", "no number", "unknown type"])
def test_a_broken_structure_is_refused_naming_the_part(codepipeline, provider, unique, error_of, stages, kind, names):
    code, message = error_of(codepipeline.create_pipeline, pipeline=pipeline(unique("broken"), *stages))
    assert code == kind
    assert all(name in message for name in names), message


def test_an_input_may_come_from_a_lower_run_order_wherever_it_stands(codepipeline, provider, unique):
    name = unique("pipe")
    codepipeline.create_pipeline(pipeline=pipeline(
        name, ("S", [source()]), ("B", [build("Later", ["O1"], order=2), build("Earlier", outputs=["O1"], order=1)])))
    codepipeline.delete_pipeline(name=name)


def test_blockers_are_reserved(codepipeline, provider, unique, error_of):
    declaration = pipeline(unique("blocked"), ("S", [source()]), ("G", [approval()]))
    declaration["stages"][0]["blockers"] = [{"name": "b", "type": "Schedule"}]
    assert error_of(codepipeline.create_pipeline, pipeline=declaration)[0] == "InvalidBlockerDeclarationException"


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


def reference_declarations():
    if not REFERENCE.is_dir():
        return []
    return sorted(path for path in REFERENCE.glob("*.json") if "fragment" not in path.name)


def test_reference_declarations_are_there():
    if not reference_declarations():
        pytest.skip(f"no declarations of users in {REFERENCE}")


@pytest.mark.parametrize("path", reference_declarations(), ids=lambda path: path.stem)
def test_declarations_of_users_go_round_or_are_refused_for_a_reason(server, codepipeline, unique, error_of, path):
    """Whatever is accepted is returned as it was given, but for defaults and masks."""
    from botocore.exceptions import ClientError
    declaration = json.loads(path.read_text())["pipeline"]
    declaration["name"] = unique("ref")
    # What the collection left out or made up: account numbers and secrets.
    declaration["roleArn"] = ROLE
    for stage in declaration["stages"]:
        for declared in stage["actions"]:
            declared.pop("roleArn", None)
            for key, value in declared.get("configuration", {}).items():
                if value == "****":
                    declared["configuration"][key] = "a-token"
    try:
        created = codepipeline.create_pipeline(pipeline=declaration)["pipeline"]
    except ClientError as refusal:
        error = refusal.response["Error"]
        print(f"{path.name}: {error['Code']}: {error['Message']}")
        assert error["Code"] in (
            "InvalidActionDeclarationException", "InvalidStructureException", "ValidationException",
            "InvalidStageDeclarationException")
        assert error["Message"]
        return
    assert codepipeline.get_pipeline(name=declaration["name"])["pipeline"] == created
    for given, kept in zip(declaration["stages"], created["stages"], strict=True):
        assert given["name"] == kept["name"]
        for one, other in zip(given["actions"], kept["actions"], strict=True):
            assert one["actionTypeId"] == other["actionTypeId"]
            for key, value in one.get("configuration", {}).items():
                assert other["configuration"][key] in (value, "****")
    codepipeline.delete_pipeline(name=declaration["name"])


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


def test_a_source_bucket_may_be_declared_before_it_exists(codepipeline, unique):
    name = unique("pipe")
    codepipeline.create_pipeline(pipeline=pipeline(
        name, ("S", [s3_source(unique("absent"), "k.zip")]), ("G", [approval()])))
    codepipeline.delete_pipeline(name=name)
