"""The samples of the API reference: each request is sent with valid ids to a server on which it succeeds."""

import pytest

import reference_samples
import scenes
from reference_samples import differences
from signed_http import call

JENKINS, PROJECT = "JenkinsProviderName", "JenkinsTestProject"

# How the server is set up for the sample of an operation.
SCENES = {
    "AcknowledgeJob": lambda server: scenes.polled_job(server, JENKINS, PROJECT),
    "CreateCustomActionType": scenes.nothing,
    "CreatePipeline": scenes.nothing,
    "DeleteCustomActionType": scenes.action_types(JENKINS, "Jenkins{}Project", "Build"),
    "DeletePipeline": scenes.pipelines(scenes.SECOND),
    "DisableStageTransition": scenes.pipelines(scenes.FIRST),
    "EnableStageTransition": scenes.pipelines(scenes.FIRST),
    "GetJobDetails": lambda server: scenes.polled_job(server, JENKINS, PROJECT),
    "GetPipeline": scenes.pipelines(scenes.FIRST),
    "GetPipelineExecution": scenes.finished_execution,
    "GetPipelineState": scenes.finished_execution,
    "ListActionTypes": scenes.action_types(JENKINS, "Jenkins{}Project", "Build", "Test"),
    "ListPipelines": scenes.pipelines(scenes.FIRST, scenes.SECOND),
    "PollForJobs": lambda server: scenes.queued_job(server, JENKINS, PROJECT),
    "PutActionRevision": scenes.put_revision,
    "PutApprovalResult": scenes.waiting_approval,
    "RetryStageExecution": scenes.failed_stage,
    "StartPipelineExecution": scenes.pipelines(scenes.FIRST),
    "UpdatePipeline": scenes.pipelines(scenes.FIRST),
}

TYPE = {"category": "Test", "owner": "Custom", "provider": JENKINS, "version": "1"}
DECLARATION = {
    "name": "p", "roleArn": "arn", "version": 1, "artifactStore": {"type": "S3", "location": "bucket"},
    "stages": [
        {"name": "Source", "actions": [{
            "name": "Source", "actionTypeId": TYPE, "runOrder": 1, "configuration": {"S3Bucket": "b", "S3ObjectKey": "k"},
            "inputArtifacts": [], "outputArtifacts": [{"name": "MyApp"}]}]},
        {"name": "Beta", "actions": [{
            "name": "A", "actionTypeId": TYPE, "runOrder": 1, "configuration": {"ApplicationName": "a"},
            "inputArtifacts": [{"name": "MyApp"}], "outputArtifacts": []}]}],
}
JOB = {
    "id": "j", "accountId": "1", "data": {
        "actionTypeId": TYPE, "actionConfiguration": {"configuration": {"ProjectName": "p"}},
        "pipelineContext": {"pipelineName": "p", "stage": {"name": "s"}, "action": {"name": "a"}},
        "inputArtifacts": [
            {"name": "a", "location": {"type": "S3", "s3Location": {"bucketName": "b", "objectKey": "k"}}}],
        "outputArtifacts": [], "artifactCredentials": {
            "accessKeyId": "k", "secretAccessKey": "s", "sessionToken": "t"}},
}
DETAILS = {"minimumCount": 0, "maximumCount": 5}
PROPERTY = {"name": "n", "required": True, "key": True, "secret": False, "queryable": True}
ACTION_TYPE = {
    "id": TYPE, "inputArtifactDetails": DETAILS, "outputArtifactDetails": DETAILS,
    "actionConfigurationProperties": [PROPERTY], "settings": {"entityUrlTemplate": "u", "executionUrlTemplate": "u"},
}

# What the samples teach, in words of our own: a request and the members of its reply; None is a reply without a body.
OWN = {
    "AcknowledgeJob": ({"jobId": "jobId", "nonce": "nonce"}, {"status": "InProgress"}),
    "CreateCustomActionType": (
        {"category": "Test", "provider": "Checker", "version": "1", "settings": {
            "entityUrlTemplate": "https://ci.example.com/{Config:Job}", "executionUrlTemplate": "https://ci.example.com/"},
         "configurationProperties": [PROPERTY | {"name": "Job", "type": "String", "description": "The job to run"}],
         "inputArtifactDetails": DETAILS, "outputArtifactDetails": DETAILS},
        {"actionType": ACTION_TYPE | {"actionConfigurationProperties": [PROPERTY | {"description": "d"}]}}),
    "CreatePipeline": ({"pipeline": scenes.declaration(scenes.FIRST)}, {"pipeline": DECLARATION}),
    "DeleteCustomActionType": ({"category": "Build", "provider": JENKINS, "version": "1"}, None),
    "DeletePipeline": ({"name": scenes.SECOND}, None),
    "DisableStageTransition": (
        {"pipelineName": scenes.FIRST, "stageName": "Beta", "transitionType": "Inbound", "reason": "Not today"}, None),
    "EnableStageTransition": ({"pipelineName": scenes.FIRST, "stageName": "Beta", "transitionType": "Inbound"}, None),
    "GetJobDetails": ({"jobId": "jobId"}, {"jobDetails": JOB}),
    "GetPipeline": ({"name": scenes.FIRST}, {"pipeline": DECLARATION}),
    "GetPipelineExecution": (
        {"pipelineName": scenes.FIRST, "pipelineExecutionId": "pipelineExecutionId"},
        {"pipelineExecution": {
            "pipelineName": "p", "pipelineVersion": 1, "pipelineExecutionId": "e", "status": "Succeeded",
            "artifactRevisions": [{
                "name": "MyApp", "revisionId": "r", "revisionChangeIdentifier": "c", "revisionSummary": "s",
                "created": 1.5, "revisionUrl": "u"}]}}),
    "GetPipelineState": (
        {"name": scenes.FIRST},
        {"pipelineName": "p", "pipelineVersion": 1, "created": 1.5, "updated": 1.5, "stageStates": [
            {"stageName": "Source", "actionStates": [{
                "actionName": "Source", "entityUrl": "u", "currentRevision": {"revisionId": "r", "created": 1.5},
                "latestExecution": {"status": "Succeeded", "lastStatusChange": 1.5}}]},
            {"stageName": "Beta",
             "inboundTransitionState": {"enabled": True, "lastChangedAt": 1.5, "lastChangedBy": "arn"},
             "actionStates": [{
                 "actionName": "A", "entityUrl": "u", "currentRevision": {"revisionId": "r", "created": 1.5},
                 "latestExecution": {
                     "status": "Succeeded", "lastStatusChange": 1.5, "summary": "s", "externalExecutionId": "i",
                     "externalExecutionUrl": "u"}}]}]}),
    "ListActionTypes": ({}, {"actionTypes": [ACTION_TYPE]}),
    "ListPipelines": ({}, {"pipelines": [{"name": "p", "version": 1, "created": 1.5, "updated": 1.5}] * 2}),
    "PollForJobs": (
        {"actionTypeId": TYPE, "maxBatchSize": 2, "queryParam": {"ProjectName": PROJECT}},
        {"jobs": [JOB | {"nonce": "3"}]}),
    "PutActionRevision": (
        {"pipelineName": scenes.FIRST, "stageName": "Beta", "actionName": "Source", "actionRevision": {
            "revisionId": "r-1", "revisionChangeId": "c-1", "created": 1446726163.571}},
        {"newRevision": True, "pipelineExecutionId": "e"}),
    "PutApprovalResult": (
        {"pipelineName": scenes.FIRST, "stageName": "MyApprovalStage", "actionName": "MyApprovalAction",
         "token": "token", "result": {"status": "Approved", "summary": "Good."}}, {"approvedAt": 1.5}),
    "RetryStageExecution": (
        {"pipelineName": scenes.FIRST, "stageName": "Beta", "pipelineExecutionId": "pipelineExecutionId",
         "retryMode": "FAILED_ACTIONS"}, {"pipelineExecutionId": "e"}),
    "StartPipelineExecution": ({"name": scenes.FIRST}, {"pipelineExecutionId": "e"}),
    "UpdatePipeline": ({"pipeline": scenes.declaration(scenes.FIRST)}, {"pipeline": DECLARATION}),
}


@pytest.fixture
def replay(new_server):
    """Sets a server up for an operation, sends a request with the ids of that server, and compares the reply."""

    def run(operation, request, sample):
        server = new_server({"engine": scenes.ENGINE}).start()
        ids = SCENES[operation](server)
        reply = call(server, operation, request | {name: ids[name] for name in ids.keys() & request.keys()})
        assert reply.status == 200, reply.body
        assert reply.headers["Content-Type"] == "application/x-amz-json-1.1" and reply.headers["x-amzn-RequestId"]
        if sample is None:
            assert (reply.body, reply.headers["Content-Length"]) == (b"", "0")
        else:
            wrong = differences(sample, reply.json())
            assert not wrong, "\n".join([*wrong, reply.body.decode()])
        return reply

    return run


@pytest.mark.parametrize("operation", sorted(OWN))
def test_a_reply_has_the_members_that_the_documents_show(replay, operation):
    replay(operation, *OWN[operation])


def reference():
    if not reference_samples.REFERENCE.exists():
        return []
    return reference_samples.samples()


@pytest.mark.parametrize("source, operation, request_body, reply", [
    pytest.param(*sample, id=f"{sample[1]} in {sample[0]}") for sample in reference()])
def test_a_sample_of_the_reference_succeeds_and_its_reply_has_the_samples_members(
        replay, source, operation, request_body, reply):
    replay(operation, request_body, reply)


def test_the_reference_has_a_sample_of_every_operation_of_the_table():
    if not reference_samples.REFERENCE.exists():
        pytest.skip(f"{reference_samples.REFERENCE} is not there")
    assert {operation for _, operation, _, _ in reference_samples.samples()} == set(SCENES) == set(OWN)


def test_what_differs_is_named():
    sample = {"a": [{"b": 1, "__type": "T"}], "c": {"d": "x"}}
    assert differences(sample, {"a": [{"b": 2.5, "more": 1}], "c": {"d": "y"}}) == []
    assert differences(sample, {"a": [], "c": {}}) == [".a[0] has nothing like it", ".c.d is missing"]
    assert differences(sample, {"a": [{"b": True}], "c": {"d": 1}}) == [
        ".a[0].b is a boolean, not a number", ".c.d is a number, not a string"]
