"""Custom action types and the catalogue."""

import pytest

from declarations import action, approval, create_action_type, gate_pipeline, pipeline, prop
from worker import Worker


def test_a_custom_action_type_is_returned_as_created(codepipeline, unique):
    provider = unique("p")
    settings = {"entityUrlTemplate": "https://ci.example.com/{Config:Job}/",
                "executionUrlTemplate": "https://ci.example.com/{Config:Job}/{ExternalExecutionId}"}
    created = create_action_type(
        codepipeline, "Build", provider, settings=settings, inputs=(1, 2), outputs=(0, 1),
        properties=[prop("Job", required=True, queryable=True, key=True, description="the job", type="String")])
    found = created["actionType"]
    assert found["id"] == {"category": "Build", "owner": "Custom", "provider": provider, "version": "1"}
    assert found["settings"] == settings
    assert found["inputArtifactDetails"] == {"minimumCount": 1, "maximumCount": 2}
    assert found["actionConfigurationProperties"][0]["name"] == "Job"
    listed = [t for page in codepipeline.get_paginator("list_action_types").paginate(actionOwnerFilter="Custom")
              for t in page["actionTypes"]]
    assert found in listed
    assert {t["id"]["owner"] for t in listed} == {"Custom"}


def test_the_catalogue_is_listed_by_owner(codepipeline):
    aws = codepipeline.list_action_types(actionOwnerFilter="AWS")["actionTypes"]
    names = {(t["id"]["category"], t["id"]["provider"]) for t in aws}
    assert {("Source", "S3"), ("Source", "CodeCommit"), ("Build", "CodeBuild"), ("Test", "CodeBuild"), ("Deploy", "S3"),
            ("Approval", "Manual"), ("Invoke", "Lambda"), ("Deploy", "CodeDeploy")} <= names
    third = codepipeline.list_action_types(actionOwnerFilter="ThirdParty")["actionTypes"]
    assert {"GitHub", "PartnerTool"} <= {t["id"]["provider"] for t in third}


@pytest.mark.parametrize("properties, inputs, message", [
    ([], (2, 1), "Maximum Number of Artifacts (1) has to be greater than or equal to minimum (2)."),
    ([prop("a", True, queryable=True), prop("b", True, queryable=True)], (0, 1),
     "Multiple queryable configuration properties found with names 'a, b'. Up to one queryable property may be "
     "specified."),
    ([prop("x", False, queryable=True)], (0, 1),
     "Invalid queryable property 'x'. Queryable configuration properties must be required and non-secret."),
    ([prop("x", True, secret=True, queryable=True)], (0, 1),
     "Invalid queryable property 'x'. Queryable configuration properties must be required and non-secret."),
])
def test_a_senseless_action_type_is_refused(codepipeline, unique, error_of, properties, inputs, message):
    assert error_of(create_action_type, codepipeline, "Build", unique("p"), properties, inputs) == (
        "InvalidActionTypeException", message)


def test_a_deleted_type_comes_back_only_as_it_was(codepipeline, unique, error_of):
    provider = unique("p")
    create_action_type(codepipeline, "Build", provider)
    codepipeline.delete_custom_action_type(category="Build", provider=provider, version="1")
    codepipeline.delete_custom_action_type(category="Build", provider=provider, version="1")
    where = {"category": "Build", "owner": "Custom", "provider": provider, "version": "1"}
    assert error_of(codepipeline.poll_for_jobs, actionTypeId=where) == (
        "ActionTypeNotFoundException",
        f"ActionType (Category: 'Build', Owner: 'Custom', Provider: '{provider}', Version: '1') is not available")
    code, message = error_of(create_action_type, codepipeline, "Build", provider, inputs=(1, 1))
    assert code == "InvalidActionTypeException" and "has been deleted" in message
    create_action_type(codepipeline, "Build", provider)
    assert codepipeline.poll_for_jobs(actionTypeId=where)["jobs"] == []


class TestQueryableProperties:
    @pytest.fixture
    def provider(self, codepipeline, unique):
        name = unique("q")
        create_action_type(codepipeline, "Build", name, [prop("Project", required=True, queryable=True)])
        create_action_type(codepipeline, "Source", name)
        return name

    def test_a_worker_gets_the_jobs_of_its_value_only(self, server, codepipeline, provider, unique):
        name = unique("pipe")
        builds = [action(f"B-{value}", "Build", "Custom", provider, {"Project": value}, ["Source"])
                  for value in ("one", "two")]
        codepipeline.create_pipeline(pipeline=pipeline(
            name, ("Source", [action("Fetch", "Source", "Custom", provider, outputs=["Source"])]), ("Build", builds)))
        Worker(server, "Source", provider).source("1")
        job = Worker(server, "Build", provider, query={"Project": "two"}).next_job()
        assert job["data"]["pipelineContext"]["action"]["name"] == "B-two"
        assert Worker(server, "Build", provider, query={"Project": "three"}).poll() == []
        codepipeline.delete_pipeline(name=name)


def test_url_templates_are_filled_in_the_state(server, codepipeline, unique):
    provider, name = unique("p"), unique("pipe")
    create_action_type(codepipeline, "Source", provider, settings={
        "entityUrlTemplate": "https://ci/{Config:Job}",
        "executionUrlTemplate": "https://ci/{Config:Job}/{ExternalExecutionId}",
        "revisionUrlTemplate": "https://ci/rev/{RevisionId}"}, properties=[prop("Job", required=True, key=True)])
    codepipeline.create_pipeline(pipeline=pipeline(
        name, ("Source", [action("Fetch", "Source", "Custom", provider, {"Job": "a b/c"}, outputs=["Source"])]),
        ("Gate", [approval()])))
    worker = Worker(server, "Source", provider)
    job = worker.take()
    worker.succeed(job, {"Source": b"x"}, currentRevision={"revision": "r1", "changeIdentifier": "c1"},
                   executionDetails={"summary": "done", "externalExecutionId": "42", "percentComplete": 100})
    state = codepipeline.get_pipeline_state(name=name)["stageStates"][0]["actionStates"][0]
    assert state["entityUrl"] == "https://ci/a%20b%2Fc"
    assert state["revisionUrl"] == "https://ci/rev/r1"
    assert state["latestExecution"]["externalExecutionUrl"] == "https://ci/a%20b%2Fc/42"
    codepipeline.delete_pipeline(name=name)


def test_a_pipeline_of_a_deleted_type_fails_and_names_it(server, codepipeline, unique):
    from progress import first_execution, until_status
    from eventually import eventually
    provider, name = unique("p"), unique("pipe")
    create_action_type(codepipeline, "Source", provider)
    codepipeline.create_pipeline(pipeline=gate_pipeline(name, provider))
    first_execution(codepipeline, name, "Source")
    worker = Worker(server, "Source", provider)
    worker.fail(worker.take())
    codepipeline.delete_custom_action_type(category="Source", provider=provider, version="1")
    execution = codepipeline.start_pipeline_execution(name=name)["pipelineExecutionId"]
    until_status(codepipeline, name, execution, "Failed")
    latest = eventually(
        lambda: codepipeline.get_pipeline_state(name=name)["stageStates"][0]["actionStates"][0]["latestExecution"],
        "the failed action")
    assert latest["errorDetails"]["code"] == "ConfigurationError"
    assert provider in latest["errorDetails"]["message"]
    codepipeline.delete_pipeline(name=name)
