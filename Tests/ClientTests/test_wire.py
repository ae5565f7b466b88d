"""AWS JSON 1.1 on the wire: every operation, request ids, content types, bodies that are no requests."""

import json
import re
import urllib.request
import uuid

import pytest

import model_checks
from declarations import create_action_type, gate_pipeline
from signed_http import call, connect, send, send_signed, sign

IMPLEMENTED = {
    "AcknowledgeJob", "AcknowledgeThirdPartyJob", "CreateCustomActionType", "CreatePipeline", "DeleteCustomActionType",
    "DeletePipeline", "DisableStageTransition", "EnableStageTransition", "GetJobDetails", "GetPipeline",
    "GetPipelineExecution", "GetPipelineState", "GetThirdPartyJobDetails", "ListActionTypes", "ListPipelines",
    "PollForJobs", "PollForThirdPartyJobs", "PutActionRevision", "PutApprovalResult", "PutJobFailureResult",
    "PutJobSuccessResult", "PutThirdPartyJobFailureResult", "PutThirdPartyJobSuccessResult", "RetryStageExecution",
    "StartPipelineExecution", "UpdatePipeline",
}
ABSENT = [name for name in model_checks.operations() if name not in IMPLEMENTED]

# What a call with well-formed names that nothing has answers.
UNKNOWN_NAMES = {
    "AcknowledgeJob": "JobNotFoundException", "AcknowledgeThirdPartyJob": "JobNotFoundException",
    "DisableStageTransition": "PipelineNotFoundException", "EnableStageTransition": "PipelineNotFoundException",
    "GetJobDetails": "JobNotFoundException", "GetPipeline": "PipelineNotFoundException",
    "GetPipelineExecution": "PipelineNotFoundException", "GetPipelineState": "PipelineNotFoundException",
    "GetThirdPartyJobDetails": "JobNotFoundException", "ListActionTypes": "InvalidNextTokenException",
    "ListPipelines": "InvalidNextTokenException", "PutActionRevision": "PipelineNotFoundException",
    "PutApprovalResult": "PipelineNotFoundException", "PutJobFailureResult": "JobNotFoundException",
    "PutJobSuccessResult": "JobNotFoundException", "PutThirdPartyJobFailureResult": "JobNotFoundException",
    "PutThirdPartyJobSuccessResult": "JobNotFoundException", "RetryStageExecution": "PipelineNotFoundException",
    "StartPipelineExecution": "PipelineNotFoundException",
}


def check_headers(reply):
    assert reply.headers["Content-Type"] == "application/x-amz-json-1.1"
    assert str(uuid.UUID(reply.headers["x-amzn-RequestId"])) == reply.headers["x-amzn-RequestId"]
    assert int(reply.headers["Content-Length"]) == len(reply.body)


def test_the_model_has_26_operations_served_and_18_not():
    assert len(IMPLEMENTED) == 26 and len(ABSENT) == 18


@pytest.mark.parametrize("operation", ABSENT)
def test_an_operation_not_served_yet_says_so_after_all_checks_of_the_request(server, operation):
    document = model_checks.sample(model_checks.input_shape(operation))
    reply = call(server, operation, document)
    check_headers(reply)
    kind, message = reply.error()
    assert (reply.status, kind) == (400, "UnknownOperationException")
    assert operation in message

    forged = call(server, operation, document, secret_key="wrong")
    assert forged.error()[0] == "InvalidSignatureException"
    assert send_signed(server, operation, b"[]").error() == (
        "SerializationException", "Start of list found where not expected")


@pytest.mark.parametrize("operation", sorted(UNKNOWN_NAMES))
def test_a_well_formed_call_about_nothing_names_what_is_missing(server, operation):
    document = model_checks.sample(model_checks.input_shape(operation))
    if operation == "ListActionTypes":
        document = {"nextToken": "nonsense"}
    # Not served, or not together with the sample's continuation token.
    for refused in ("variables", "sourceRevisions", "outputVariables"):
        document.pop(refused, None)
    reply = call(server, operation, document)
    check_headers(reply)
    kind, message = reply.error()
    assert (reply.status, kind) == (400, UNKNOWN_NAMES[operation])
    assert message
    assert reply.headers["x-amzn-ErrorType"].startswith(kind)


@pytest.mark.parametrize("member", ["variables", "sourceRevisions"])
def test_a_member_not_served_yet_is_refused_and_named(server, codepipeline, unique, member):
    provider, name = unique("wire"), unique("pipe")
    create_action_type(codepipeline, "Source", provider)
    codepipeline.create_pipeline(pipeline=gate_pipeline(name, provider))
    document = model_checks.sample(model_checks.input_shape("StartPipelineExecution"))
    kind, message = call(server, "StartPipelineExecution", {"name": name, member: document[member]}).error()
    assert kind == "ValidationException" and member in message
    codepipeline.delete_pipeline(name=name)


@pytest.mark.parametrize("operation", sorted(IMPLEMENTED))
def test_every_operation_refuses_an_unsigned_and_a_forged_call(server, operation):
    unsigned = send(server, "POST", server.api + "/", {
        "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"CodePipeline_20150709.{operation}"}, b"{}")
    assert (unsigned.status, unsigned.error()[0]) == (400, "MissingAuthenticationTokenException")
    forged = call(server, operation, {}, secret_key="wrong")
    assert (forged.status, forged.error()[0]) == (400, "InvalidSignatureException")


def test_a_reply_without_output_has_no_body(server):
    reply = call(server, "DeletePipeline", {"name": "no-such-pipeline"})
    assert (reply.status, reply.body) == (200, b"")
    check_headers(reply)


def test_every_reply_has_its_own_request_id(server):
    connection = connect(server)
    ids = {call(server, "ListPipelines", {}, connection).headers["x-amzn-RequestId"] for _ in range(20)}
    connection.close()
    assert len(ids) == 20


def test_timestamps_are_numbers_of_seconds(server, codepipeline, unique):
    from declarations import create_action_type, gate_pipeline
    provider, name = unique("p"), unique("pipe")
    create_action_type(codepipeline, "Source", provider)
    codepipeline.create_pipeline(pipeline=gate_pipeline(name, provider))
    raw = call(server, "GetPipelineState", {"name": name}).body.decode()
    for member in ("created", "updated"):
        assert re.search(rf'"{member}":\d{{10}}(\.\d{{1,3}})?[,}}]', raw), raw
    codepipeline.delete_pipeline(name=name)


def test_the_path_is_of_no_consequence_to_a_call(server):
    request = sign(server, b"{}", "ListPipelines", url=server.api + "/anything")
    reply = send(server, "POST", request.url, request.headers, b"{}")
    assert reply.status == 200


def test_health_needs_no_signature(server):
    with urllib.request.urlopen(server.api + "/health", timeout=10) as reply:
        assert (reply.status, json.load(reply)) == (200, {"status": "ok"})


@pytest.mark.parametrize("target", [None, "", "ListPipelines.", "CodePipeline_20150709.",
                                    "CodePipeline_20150709.Nonsense", "CodePipeline_20150709.listpipelines",
                                    "DynamoDB_20120810.ListTables", "."])
def test_a_target_that_names_no_operation_is_refused(server, target):
    assert send_signed(server, target).error()[0] == "UnknownOperationException"


@pytest.mark.parametrize("body", [b"", b"{", b"}", b'{"a":1} x', b"1", b'"x"', b"true", b"null", b"\xff\xfe{\x00}\x00",
                                  b'{"name":"\xc3"}', b'{"name":1e}', b"{'name':'x'}", b'{"a":01}', b'{"a":NaN}',
                                  b'{"a":"\x01"}', b'{"a":"\\ud800"', b"\x00" * 64])
def test_a_body_that_is_no_json_object_is_a_serialization_exception(server, body):
    reply = send_signed(server, "ListPipelines", body)
    assert (reply.status, reply.json()) == (400, {"__type": "SerializationException"})


def test_a_list_as_the_body_is_named(server):
    assert send_signed(server, "ListPipelines", b"[]").error() == (
        "SerializationException", "Start of list found where not expected")


@pytest.mark.parametrize("content_type", [
    "application/json", "application/x-amz-json-1.0", "application/x-amz-json-1.1"])
def test_json_content_types_are_taken(server, content_type):
    assert send_signed(server, "ListPipelines", headers={"Content-Type": content_type}).status == 200


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded"])
def test_another_content_type_is_no_operation(server, content_type):
    reply = send_signed(server, "ListPipelines", headers={"Content-Type": content_type})
    assert (reply.status, reply.body) == (404, b"<UnknownOperationException/>\n")


def test_a_session_resends_with_the_same_invocation_id_and_gets_the_same_reply(server, codepipeline, unique):
    """A changing call that an SDK sends again, because a reply was lost, is answered and not done again."""
    from declarations import create_action_type, gate_pipeline
    provider, name = unique("p"), unique("pipe")
    create_action_type(codepipeline, "Source", provider)
    codepipeline.create_pipeline(pipeline=gate_pipeline(name, provider))
    mark = {"amz-sdk-invocation-id": str(uuid.uuid4())}
    first = call(server, "StartPipelineExecution", {"name": name}, headers=mark).json()
    again = call(server, "StartPipelineExecution", {"name": name}, headers=mark).json()
    other = call(server, "StartPipelineExecution", {"name": name},
                 headers={"amz-sdk-invocation-id": str(uuid.uuid4())}).json()
    assert first == again
    assert other["pipelineExecutionId"] != first["pipelineExecutionId"]
    codepipeline.delete_pipeline(name=name)
