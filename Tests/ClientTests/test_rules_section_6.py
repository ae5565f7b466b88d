"""Custom action types and jobs: the rules of semantics-core 6, one case each, that no other test holds already."""

import itertools
import json
import uuid

import pytest

from declarations import action, approval, create_action_type, gate_pipeline, pipeline, prop
from progress import action_state, until_status
from signed_http import call
from worker import Worker

UNKNOWN = "01234567-89ab-cdef-0123-456789abcdef"


def type_id(provider, category="Build", owner="Custom", version="1"):
    return {"category": category, "owner": owner, "provider": provider, "version": version}


def named(provider, category="Build", owner="Custom", version="1"):
    return f"ActionType (Category: '{category}', Owner: '{owner}', Provider: '{provider}', Version: '{version}')"


def constraint(path, text):
    return f"1 validation error detected: Value at '{path}' failed to satisfy constraint: {text}"


@pytest.fixture
def offered(server, codepipeline, unique):
    """The worker of a custom source whose job is queued, and the pipeline's name."""
    provider, name = unique("six"), unique("pipe")
    create_action_type(codepipeline, "Source", provider)
    codepipeline.create_pipeline(pipeline=gate_pipeline(name, provider))
    yield Worker(server, "Source", provider), name
    codepipeline.delete_pipeline(name=name)


# 6.1 CreateCustomActionType


@pytest.mark.parametrize("category", [
    pytest.param("Source", id="6.1-category-source"), pytest.param("Build", id="6.1-category-build"),
    pytest.param("Deploy", id="6.1-category-deploy"), pytest.param("Test", id="6.1-category-test"),
    pytest.param("Invoke", id="6.1-category-invoke"),
])
def test_every_category_but_approval_may_be_custom(codepipeline, unique, category):
    provider = unique("c")
    made = create_action_type(codepipeline, category, provider)["actionType"]
    assert made["id"] == type_id(provider, category)
    assert codepipeline.poll_for_jobs(actionTypeId=made["id"])["jobs"] == []
    codepipeline.delete_custom_action_type(category=category, provider=provider, version="1")


def deleted(client, provider, **definition):
    create_action_type(client, "Build", provider, **definition)
    client.delete_custom_action_type(category="Build", provider=provider, version="1")


REFUSED_TYPES = {
    "6.1-category-approval": (
        lambda client, p: create_action_type(client, "Approval", p),
        "ValidationException", "ActionType with category 'Approval' is not supported"),
    "6.1-at-most-five-artifacts": (
        lambda client, p: create_action_type(client, "Build", p, inputs=(0, 6)),
        "ValidationException",
        constraint("inputArtifactDetails.maximumCount", "Member must have value less than or equal to 5")),
    "6.1-at-most-ten-properties": (
        lambda client, p: create_action_type(client, "Build", p, [prop(f"k{n}") for n in range(11)]),
        "ValidationException",
        constraint("configurationProperties", "Member must have length less than or equal to 10")),
    "6.1-property-named-twice": (
        lambda client, p: create_action_type(client, "Build", p, [prop("a"), prop("a")]),
        "InvalidActionTypeException", "Configuration property 'a' is declared more than once."),
    "6.1-exists-already": (
        lambda client, p: [create_action_type(client, "Build", p) for _ in range(2)],
        "InvalidActionTypeException", "{named} already exists."),
    "6.1-deleted-other-definition": (
        lambda client, p: (deleted(client, p), create_action_type(client, "Build", p, inputs=(1, 1))),
        "InvalidActionTypeException", "{named} has been deleted. Create a new version of the action type."),
}


@pytest.mark.parametrize("rule", REFUSED_TYPES)
def test_an_action_type_that_cannot_be_is_refused(codepipeline, unique, error_of, rule):
    make, code, message = REFUSED_TYPES[rule]
    provider = unique("c")
    assert error_of(make, codepipeline, provider) == (code, message.format(named=named(provider)))


def test_a_deleted_type_may_have_a_new_version(codepipeline, unique):
    provider = unique("c")
    deleted(codepipeline, provider)
    made = codepipeline.create_custom_action_type(
        category="Build", provider=provider, version="2", inputArtifactDetails={"minimumCount": 1, "maximumCount": 1},
        outputArtifactDetails={"minimumCount": 0, "maximumCount": 0})
    assert made["actionType"]["id"] == type_id(provider, version="2")


def test_the_reply_has_the_owner_the_renamed_properties_and_the_types_that_were_given(codepipeline, unique):
    provider = unique("c")
    made = create_action_type(codepipeline, "Test", provider, [prop("N", type="Number"), prop("plain")])["actionType"]
    assert set(made) == {"id", "actionConfigurationProperties", "inputArtifactDetails", "outputArtifactDetails"}
    assert made["id"]["owner"] == "Custom"
    number, plain = made["actionConfigurationProperties"]
    assert number["type"] == "Number" and "type" not in plain
    assert set(plain) == {"name", "required", "key", "secret", "queryable"}


# 6.2 URL templates


def test_a_template_may_name_what_the_type_does_not_have_and_stays_as_written(codepipeline, unique):
    provider, name = unique("u"), unique("pipe")
    template = "https://ci/{Config:Job}/{Config:NoSuch}/{Config:Password}/{Config:Maybe}/{Other}"
    create_action_type(
        codepipeline, "Source", provider, settings={"entityUrlTemplate": template},
        properties=[prop("Job", required=True), prop("Password", required=True, secret=True), prop("Maybe")])
    settings = {"Job": "ä/b", "Password": "in-the-clear", "Maybe": "yes"}
    codepipeline.create_pipeline(pipeline=pipeline(
        name, ("Source", [action("Fetch", "Source", "Custom", provider, settings, outputs=["S"])]),
        ("Gate", [approval()])))
    assert action_state(codepipeline, name, "Source", "Fetch")["entityUrl"] == (
        "https://ci/%C3%A4%2Fb/{Config:NoSuch}/{Config:Password}/{Config:Maybe}/{Other}")
    codepipeline.delete_pipeline(name=name)


# 6.3 and 6.6 The queryable property


@pytest.fixture
def queryable(codepipeline, unique):
    """A provider with a queryable build type and a source type without one."""
    provider = unique("q")
    create_action_type(codepipeline, "Build", provider, [prop("Project", required=True, queryable=True)])
    create_action_type(codepipeline, "Source", provider)
    return provider


def builds(name, provider, *values):
    return pipeline(
        name, ("Source", [action("Fetch", "Source", "Custom", provider, outputs=["S"])]),
        ("Build", [action(f"B{n}", "Build", "Custom", provider, {"Project": value}, ["S"])
                   for n, value in enumerate(values)]))


@pytest.mark.parametrize("value, taken", [
    pytest.param("x" * 21, True, id="6.3-more-than-20-characters"),
    pytest.param("x" * 50, True, id="6.3-50-characters"),
    pytest.param("x" * 51, False, id="6.3-51-characters"), pytest.param("a.b", False, id="6.3-dot"),
    pytest.param("aZ_9-", True, id="6.3-every-kind-of-character"),
])
def test_the_value_of_a_queryable_property_is_bounded(codepipeline, queryable, unique, error_of, value, taken):
    name = unique("pipe")
    if taken:
        codepipeline.create_pipeline(pipeline=builds(name, queryable, value))
        codepipeline.delete_pipeline(name=name)
        return
    assert error_of(codepipeline.create_pipeline, pipeline=builds(name, queryable, value)) == (
        "InvalidActionDeclarationException",
        "Action configuration for action 'B0' contains an invalid value for 'Project'. The value of a queryable "
        "property must have 1 to 50 characters of the pattern [a-zA-Z0-9_-]+")


NEEDED = "queryParam must hold the queryable configuration property 'Project' of {build} and nothing else"
UNWANTED = "queryParam must be empty: {source} has no queryable configuration property"


@pytest.mark.parametrize("category, query, message", [
    pytest.param("Build", None, NEEDED, id="6.6-query-absent"),
    pytest.param("Build", {}, NEEDED, id="6.6-query-empty"),
    pytest.param("Build", {"Other": "x"}, NEEDED, id="6.6-query-of-another-property"),
    pytest.param("Source", {"Project": "x"}, UNWANTED, id="6.6-query-of-nothing-queryable"),
    pytest.param("Source", {}, None, id="6.6-query-empty-of-nothing-queryable"),
])
def test_a_poll_names_the_queryable_property_if_there_is_one(
        codepipeline, queryable, error_of, category, query, message):
    poll = {"actionTypeId": type_id(queryable, category)} | ({} if query is None else {"queryParam": query})
    if message is None:
        assert codepipeline.poll_for_jobs(**poll)["jobs"] == []
        return
    assert error_of(codepipeline.poll_for_jobs, **poll) == (
        "ValidationException", message.format(build=named(queryable), source=named(queryable, "Source")))


def test_query_values_match_as_whole_and_exact_texts(server, codepipeline, queryable, unique):
    name = unique("pipe")
    codepipeline.create_pipeline(pipeline=builds(name, queryable, "Web"))
    Worker(server, "Source", queryable).source("1")
    for other in ("web", "We", "Web2"):
        assert Worker(server, "Build", queryable, query={"Project": other}).poll(10) == []
    assert len(Worker(server, "Build", queryable, query={"Project": "Web"}).poll(10)) == 1
    codepipeline.delete_pipeline(name=name)


# 6.4 DeleteCustomActionType


def test_deleting_an_unknown_type_succeeds(server):
    reply = call(server, "DeleteCustomActionType", {"category": "Build", "provider": "never-was", "version": "1"})
    assert (reply.status, reply.body) == (200, b"")


def test_types_of_aws_are_out_of_reach_of_a_deletion(codepipeline):
    codepipeline.delete_custom_action_type(category="Source", provider="S3", version="1")
    listed = [t["id"] for t in codepipeline.list_action_types(actionOwnerFilter="AWS")["actionTypes"]]
    assert type_id("S3", "Source", "AWS") in listed


def test_a_deleted_type_is_neither_listed_nor_taken_and_its_jobs_may_still_end(
        server, codepipeline, offered, error_of):
    worker, name = offered
    job = worker.take()
    provider = worker.type["provider"]
    codepipeline.delete_custom_action_type(category="Source", provider=provider, version="1")
    assert worker.type not in [t["id"] for t in codepipeline.list_action_types()["actionTypes"]]
    assert error_of(worker.poll) == (
        "ActionTypeNotFoundException", f"{named(provider, 'Source')} is not available")
    kept = codepipeline.get_pipeline(name=name)["pipeline"]
    assert kept["stages"][0]["actions"][0]["actionTypeId"] == worker.type
    assert error_of(codepipeline.update_pipeline, pipeline=kept) == (
        "InvalidActionDeclarationException",
        f"ActionType (Category: 'Source', Provider: '{provider}', Owner: 'Custom', Version: '1') in action 'Fetch' "
        "is not available in region 'US_EAST_1'")
    codepipeline.get_job_details(jobId=job["id"])
    worker.succeed(job, {"Source": b"x"})
    assert action_state(codepipeline, name, "Source", "Fetch")["latestExecution"]["status"] == "Succeeded"


# 6.6 PollForJobs


REFUSED_POLLS = {
    "6.6-owner-aws": (type_id("CodeBuild", owner="AWS"), {}, "ValidationException",
                      "ActionType with owner 'AWS' is not supported"),
    "6.6-owner-thirdparty": (type_id("PartnerTool", "Test", "ThirdParty"), {}, "ValidationException",
                             "ActionType with owner 'ThirdParty' is not supported"),
    "6.6-type-unknown": (type_id("MyJenkinsProviderName"), {}, "ActionTypeNotFoundException",
                         f"{named('MyJenkinsProviderName')} is not available"),
    "6.6-batch-of-none": (type_id("Any"), {"maxBatchSize": 0}, "ValidationException",
                          constraint("maxBatchSize", "Member must have value greater than or equal to 1")),
}


@pytest.mark.parametrize("rule", REFUSED_POLLS)
def test_a_poll_for_what_nobody_may_have_is_refused(server, rule):
    kind, more, code, message = REFUSED_POLLS[rule]
    assert call(server, "PollForJobs", {"actionTypeId": kind} | more).error() == (code, message)


def test_a_poll_that_finds_nothing_is_answered_with_an_empty_list(server, codepipeline, unique):
    provider = unique("idle")
    create_action_type(codepipeline, "Build", provider)
    reply = call(server, "PollForJobs", {"actionTypeId": type_id(provider)})
    assert (reply.status, json.loads(reply.body)) == (200, {"jobs": []})


def test_a_nonce_is_a_small_number_that_each_dispatch_counts_up(server, codepipeline, offered):
    worker, _ = offered
    assert [worker.next_job()["nonce"] for _ in range(2)] == ["1", "2"]


def test_a_poll_brings_100_jobs_at_the_most(server, codepipeline, unique):
    provider = unique("many")
    create_action_type(codepipeline, "Source", provider)
    names = [unique("pipe") for _ in range(3)]
    for name in names:
        fetches = [action(f"F{n}", "Source", "Custom", provider, outputs=[f"S{n}"]) for n in range(40)]
        codepipeline.create_pipeline(pipeline=pipeline(name, ("Source", fetches), ("Gate", [approval()])))
    worker = Worker(server, "Source", provider)
    first, second = worker.poll(1000), worker.poll(1000)
    assert (len(first), len(second)) == (100, 20)
    assert len({job["id"] for job in first + second}) == 120
    for name in names:
        codepipeline.delete_pipeline(name=name)


def test_a_poll_and_an_acknowledgement_that_are_sent_again_get_the_same_reply(server, offered):
    """A reply that got lost loses no job, and an SDK that tries again is no second worker."""
    worker, _ = offered
    poll, numbered = {"actionTypeId": worker.type}, tries()
    first = call(server, "PollForJobs", poll, headers=next(numbered))
    assert len(first.json()["jobs"]) == 1
    assert call(server, "PollForJobs", poll, headers=next(numbered)).body == first.body
    unnumbered = {"amz-sdk-invocation-id": next(numbered)["amz-sdk-invocation-id"]}
    assert call(server, "PollForJobs", poll, headers=unnumbered).body == first.body
    assert call(server, "PollForJobs", poll, headers=next(numbered) | {"x-penstock-wait": "20"}).body == first.body
    assert call(server, "PollForJobs", poll, headers=next(tries())).json() == {"jobs": []}
    [job] = first.json()["jobs"]
    taking, numbered = {"jobId": job["id"], "nonce": job["nonce"]}, tries()
    for _ in range(2):
        assert call(server, "AcknowledgeJob", taking, headers=next(numbered)).json() == {"status": "InProgress"}
    assert call(server, "AcknowledgeJob", taking, headers=next(tries())).error()[0] == "InvalidNonceException"


def test_calls_with_an_empty_number_are_calls_of_their_own(server, codepipeline, offered):
    _, name = offered
    headers = {"amz-sdk-invocation-id": "", "amz-sdk-request": "attempt=1; max=5"}
    started = [
        call(server, "StartPipelineExecution", {"name": name}, headers=headers).json()["pipelineExecutionId"]
        for _ in range(2)]
    assert started[0] != started[1]


def test_a_poll_whose_reply_a_crash_took_gets_it_when_it_is_sent_again(new_server):
    server = new_server().start()
    client = server.client("codepipeline")
    create_action_type(client, "Source", "Lost")
    client.create_pipeline(pipeline=gate_pipeline("lost", "Lost"))
    poll, numbered = {"actionTypeId": type_id("Lost", "Source")}, tries()
    first = call(server, "PollForJobs", poll, headers=next(numbered))
    assert len(first.json()["jobs"]) == 1
    server.kill()
    server.start()
    assert call(server, "PollForJobs", poll, headers=next(numbered)).body == first.body


def tries():
    """The headers that an SDK sends with each try of one call."""
    invocation = str(uuid.uuid4())
    for attempt in itertools.count(1):
        yield {"amz-sdk-invocation-id": invocation, "amz-sdk-request": f"attempt={attempt}; max=5"}


# 6.7 AcknowledgeJob, GetJobDetails, results


REFUSED_OF_UNKNOWN_JOBS = {
    "6.7-acknowledge-unknown-job": ("acknowledge_job", {"nonce": "1"}),
    "6.7-details-of-unknown-job": ("get_job_details", {}),
    "6.7-success-of-unknown-job": ("put_job_success_result", {}),
    "6.7-failure-of-unknown-job": (
        "put_job_failure_result", {"failureDetails": {"type": "JobFailed", "message": "m"}}),
}


@pytest.mark.parametrize("rule", REFUSED_OF_UNKNOWN_JOBS)
def test_an_unknown_job_is_named(codepipeline, error_of, rule):
    operation, more = REFUSED_OF_UNKNOWN_JOBS[rule]
    assert error_of(getattr(codepipeline, operation), jobId=UNKNOWN, **more) == (
        "JobNotFoundException", f"Job '{UNKNOWN}' was not found")


def test_a_wrong_and_a_used_nonce_are_refused_with_the_job_named(codepipeline, offered, error_of):
    worker, _ = offered
    job = worker.next_job()
    refusal = ("InvalidNonceException", f"The nonce for job '{job['id']}' is not valid")
    assert error_of(codepipeline.acknowledge_job, jobId=job["id"], nonce="17") == refusal
    assert codepipeline.acknowledge_job(jobId=job["id"], nonce=job["nonce"])["status"] == "InProgress"
    assert error_of(codepipeline.acknowledge_job, jobId=job["id"], nonce=job["nonce"]) == refusal


FAILURE = {"type": "JobFailed", "message": "m"}


@pytest.mark.parametrize("result, state", [
    pytest.param("put_job_success_result", "Succeeded", id="6.7-after-success"),
    pytest.param("put_job_failure_result", "Failed", id="6.7-after-failure"),
])
def test_a_job_that_is_over_has_its_state_and_takes_no_result(codepipeline, offered, error_of, result, state):
    worker, name = offered
    job = worker.take()
    failure = {"failureDetails": FAILURE}
    getattr(codepipeline, result)(jobId=job["id"], **(failure if state == "Failed" else {}))
    assert codepipeline.acknowledge_job(jobId=job["id"], nonce=job["nonce"])["status"] == state
    assert error_of(codepipeline.acknowledge_job, jobId=job["id"], nonce="17")[0] == "InvalidNonceException"
    refusal = ("InvalidJobStateException", f"Job '{job['id']}' is in state {state}")
    assert error_of(codepipeline.put_job_success_result, jobId=job["id"]) == refusal
    assert error_of(codepipeline.put_job_failure_result, jobId=job["id"], **failure) == refusal
    assert codepipeline.get_job_details(jobId=job["id"])["jobDetails"]["id"] == job["id"]


def test_a_job_that_nobody_acknowledged_takes_no_result(codepipeline, offered, error_of):
    worker, _ = offered
    job = worker.next_job()
    refusal = ("InvalidJobStateException", f"Job '{job['id']}' is in state Dispatched")
    assert error_of(codepipeline.put_job_success_result, jobId=job["id"]) == refusal
    assert error_of(codepipeline.put_job_failure_result, jobId=job["id"], failureDetails=FAILURE) == refusal


def test_a_custom_source_may_succeed_without_a_revision(codepipeline, offered):
    worker, name = offered
    job = worker.take()
    worker.succeed(job, {"Source": b"x"})
    execution = job["data"]["pipelineContext"]["pipelineExecutionId"]
    shown = codepipeline.get_pipeline_execution(pipelineName=name, pipelineExecutionId=execution)["pipelineExecution"]
    assert shown["artifactRevisions"] == []
    source = action_state(codepipeline, name, "Source", "Fetch")
    assert source["latestExecution"]["status"] == "Succeeded" and "currentRevision" not in source


def test_a_failure_message_of_5000_characters_is_kept_whole(codepipeline, offered, error_of):
    worker, name = offered
    job = worker.take()
    assert error_of(worker.fail, job, "x" * 5001) == (
        "ValidationException",
        constraint("failureDetails.message", "Member must have length less than or equal to 5000"))
    worker.fail(job, "x" * 5000)
    shown = action_state(codepipeline, name, "Source", "Fetch")["latestExecution"]["errorDetails"]
    assert shown == {"code": "JobFailed", "message": "x" * 5000}


def test_a_continuation_token_of_2048_characters_is_carried_on(codepipeline, offered, error_of):
    worker, _ = offered
    job = worker.take()
    assert error_of(codepipeline.put_job_success_result, jobId=job["id"], continuationToken="t" * 2049) == (
        "ValidationException", constraint("continuationToken", "Member must have length less than or equal to 2048"))
    codepipeline.put_job_success_result(jobId=job["id"], continuationToken="t" * 2048)
    assert codepipeline.acknowledge_job(jobId=job["id"], nonce=job["nonce"])["status"] == "Succeeded"
    assert worker.take()["data"]["continuationToken"] == "t" * 2048


# 6.8 Time-outs


def test_a_job_whose_action_timed_out_says_so_and_takes_no_result(new_server, error_of):
    server = new_server({"engine": {"customActionTimeout": 2}}).start()
    client = server.client("codepipeline")
    create_action_type(client, "Source", "Slow")
    client.create_pipeline(pipeline=gate_pipeline("slow", "Slow"))
    job = Worker(server, "Source", "Slow", client).take()
    until_status(client, "slow", job["data"]["pipelineContext"]["pipelineExecutionId"], "Failed")
    assert client.acknowledge_job(jobId=job["id"], nonce=job["nonce"])["status"] == "TimedOut"
    assert error_of(client.put_job_success_result, jobId=job["id"]) == (
        "InvalidJobStateException", f"Job '{job['id']}' is in state TimedOut")
    assert action_state(client, "slow", "Source", "Fetch")["latestExecution"]["errorDetails"] == {
        "code": "TimedOut", "message": "The job timed out: the action did not end within 2 seconds of its start."}


# 6.9 Artifacts and keys


def test_artifacts_keep_the_order_of_the_declaration(server, codepipeline, unique):
    provider, name = unique("o"), unique("pipe")
    for category in ("Source", "Build"):
        create_action_type(codepipeline, category, provider)
    codepipeline.create_pipeline(pipeline=pipeline(
        name, ("Source", [action(f"F{a}", "Source", "Custom", provider, outputs=[a]) for a in ("A", "B", "C")]),
        ("Build", [action("Mix", "Build", "Custom", provider, {}, ["C", "A", "B"], ["Z", "X", "Y"])])))
    source = Worker(server, "Source", provider)
    for _ in range(3):
        source.source("1")
    data = Worker(server, "Build", provider).next_job()["data"]
    assert [a["name"] for a in data["inputArtifacts"]] == ["C", "A", "B"]
    assert [a["name"] for a in data["outputArtifacts"]] == ["Z", "X", "Y"]
    assert len({a["location"]["s3Location"]["objectKey"] for a in data["outputArtifacts"]}) == 3
    codepipeline.delete_pipeline(name=name)


def test_a_job_without_artifacts_has_no_credentials_and_without_a_key_none(server, codepipeline, unique):
    provider, name = unique("o"), unique("pipe")
    create_action_type(codepipeline, "Source", provider)
    create_action_type(codepipeline, "Test", provider)
    codepipeline.create_pipeline(pipeline=pipeline(
        name, ("Source", [action("Fetch", "Source", "Custom", provider, outputs=["S"])]),
        ("Check", [action("Look", "Test", "Custom", provider)])))
    source = Worker(server, "Source", provider).source("1")
    assert "artifactCredentials" in source["data"] and "encryptionKey" not in source["data"]
    data = Worker(server, "Test", provider).next_job()["data"]
    assert (data["inputArtifacts"], data["outputArtifacts"]) == ([], [])
    assert "artifactCredentials" not in data and "encryptionKey" not in data
    codepipeline.delete_pipeline(name=name)


def test_the_artifact_of_a_source_in_the_store_keeps_the_extension_of_its_object(
        server, codepipeline, s3, bucket, unique):
    provider, name = unique("o"), unique("pipe")
    create_action_type(codepipeline, "Build", provider)
    s3.put_object(Bucket=bucket, Key="src/app.tar.gz", Body=b"archive")
    codepipeline.create_pipeline(pipeline=pipeline(
        name, ("Source", [action(
            "Fetch", "Source", "AWS", "S3", {"S3Bucket": bucket, "S3ObjectKey": "src/app.tar.gz"}, outputs=["S"])]),
        ("Build", [action("B", "Build", "Custom", provider, {}, ["S"])])))
    worker = Worker(server, "Build", provider)
    job = worker.take()
    [artifact] = job["data"]["inputArtifacts"]
    assert artifact["location"]["s3Location"]["objectKey"].endswith(".tar.gz")
    assert worker.inputs(job) == {"S": b"archive"}
    codepipeline.delete_pipeline(name=name)
