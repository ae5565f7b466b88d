"""Requests as the AWS SDKs of today send them: checksums, compression, retries' headers, connections, pages."""

import base64
import gzip
import zlib

import pytest
from botocore.config import Config

from declarations import create_action_type, gate_pipeline
from model_checks import MODEL
from signed_http import JSON, Reply, call, connect, send, send_signed, sign
from test_wire import IMPLEMENTED

NO_PIPELINE = "PipelineNotFoundException"


@pytest.fixture
def sent(server):
    """A client with the newest defaults and the requests that it sent: compression of every size, checksums wherever the
    model knows them."""
    client = server.client("codepipeline", config=Config(
        disable_request_compression=False, request_min_compression_size_bytes=1,
        request_checksum_calculation="when_supported", response_checksum_validation="when_supported"))
    requests = []
    client.meta.events.register("before-send.codepipeline.*", lambda request, **_: requests.append(request))
    return client, requests


def test_the_sdk_neither_compresses_nor_adds_checksums_to_calls_of_this_api(sent):
    client, requests = sent
    assert client.list_pipelines()["pipelines"] is not None
    assert client.list_action_types(actionOwnerFilter="ThirdParty")["actionTypes"]
    names = {name.lower() for request in requests for name in request.headers}
    assert len(requests) == 2 and "amz-sdk-request" in names and "amz-sdk-invocation-id" in names
    assert not [name for name in names if name.startswith("x-amz-checksum") or name == "content-encoding"]
    for operation in MODEL["operations"].values():
        assert not {"httpChecksum", "httpChecksumRequired", "requestcompression"} & set(operation)


@pytest.mark.parametrize("value", [
    base64.b64encode(zlib.crc32(b'{"name":"absent"}').to_bytes(4, "big")).decode(), "AAAAAA==", "no checksum"])
def test_checksum_headers_are_taken_since_the_signature_covers_the_body(server, value):
    reply = send_signed(server, "GetPipeline", b'{"name":"absent"}', headers={
        "x-amz-checksum-crc32": value, "x-amz-sdk-checksum-algorithm": "CRC32", "amz-sdk-request": "attempt=1; max=3"})
    assert reply.error()[0] == NO_PIPELINE


@pytest.mark.parametrize("encoding, packed", [
    ("gzip", gzip.compress(b'{"name":"absent"}')), ("deflate", zlib.compress(b'{"name":"absent"}')),
    ("br", b"\x0b\x02\x80{}\x03"), ("\"'\\" + "x" * 1000, b"\x1f\x8b")],
    ids=["gzip", "deflate", "br", "a long one"])
def test_a_compressed_body_is_refused_with_the_reason(server, encoding, packed):
    reply = send_signed(server, "GetPipeline", packed, headers={"Content-Encoding": encoding})
    assert (reply.status, *reply.error()) == (
        400, "SerializationException",
        f"The body is not JSON. Content-Encoding '{encoding[:40]}' is not supported: send it uncompressed.")


@pytest.mark.parametrize("encoding", ["identity", "amz-1.0", "utf-8"])
def test_an_encoding_that_leaves_json_is_none(server, encoding):
    reply = send_signed(server, "GetPipeline", b'{"name":"absent"}', headers={"Content-Encoding": encoding})
    assert reply.error()[0] == NO_PIPELINE
    assert send_signed(server, "GetPipeline", b"junk", headers={"Content-Encoding": "identity"}).json() == {
        "__type": "SerializationException"}


def test_unknown_headers_are_taken_when_they_are_signed(server):
    reply = send_signed(server, "GetPipeline", b'{"name":"absent"}', headers={
        "x-amz-something-new": "value  with   blanks", "amz-sdk-invocation-id": "3f1b6a52-0000-4000-8000-000000000000",
        "amz-sdk-request": "ttl=20991231T000000Z; attempt=2; max=5", "x-amz-user-agent": "aws-sdk-js/3.900",
        "X-Amzn-Trace-Id": "Root=1-5759e988-bd862e3fe1be46a994272793", "Accept-Encoding": "gzip, deflate, br"})
    assert reply.error()[0] == NO_PIPELINE
    assert reply.headers["Content-Encoding"] is None


@pytest.mark.parametrize("sizes", [[17], [1] * 17, [3, 14]], ids=["one", "bytes", "two"])
def test_a_body_in_chunks_is_a_body(server, sizes):
    body = b'{"name":"absent"}'
    request = sign(server, body, "GetPipeline")
    headers = dict(request.headers.items()) | {"Transfer-Encoding": "chunked"}
    chunks, start = b"", 0
    for size in sizes:
        chunks += b"%x\r\n%b\r\n" % (size, body[start:start + size])
        start += size
    reply = send(server, "POST", request.url, headers, chunks + b"0\r\n\r\n")
    assert reply.error()[0] == NO_PIPELINE
    assert send(server, "POST", request.url, headers, b"3\r\n{}\n\r\n0\r\n\r\n").error()[0] == (
        "InvalidSignatureException")


def test_a_client_that_expects_100_continue_gets_it_and_then_the_reply(server):
    request = sign(server, b"{}", "ListPipelines")
    lines = [f"{name}: {value}" for name, value in request.headers.items()]
    head = "\r\n".join(["POST / HTTP/1.1", f"Host: {server.api.split('//')[1]}", "Content-Length: 2",
                        "Expect: 100-continue", "Connection: close", *lines, "", ""])
    with server.connect() as raw:
        raw.sendall(head.encode())
        interim = raw.recv(1000)
        assert interim == b"HTTP/1.1 100 Continue\r\n\r\n"
        raw.sendall(b"{}")
        reply = b""
        while piece := raw.recv(65536):
            reply += piece
    assert reply.startswith(b"HTTP/1.1 200 OK\r\n") and b'"pipelines"' in reply


def test_errors_of_every_kind_leave_the_connection_usable(server):
    connection = connect(server)
    for target, body, status, kind in [
            ("ListPipelines", b"{}", 200, None), ("GetPipeline", b'{"name":"absent"}', 400, NO_PIPELINE),
            ("GetPipeline", b"{}", 400, "ValidationException"), ("GetPipeline", b"[", 400, "SerializationException"),
            ("Nonsense", b"{}", 400, "UnknownOperationException"),
            ("RollbackStage", b"{}", 400, "ValidationException")] * 3:
        reply = send_signed(server, target, body, connection=connection)
        assert (reply.status, reply.json().get("__type")) == (status, kind)
        assert reply.headers["Connection"] is None
    connection.request("GET", "/health")
    assert Reply(connection.getresponse()).json() == {"status": "ok"}
    connection.close()


def test_the_content_type_of_an_sdk_may_have_parameters(server):
    assert send_signed(server, "ListPipelines", headers={"Content-Type": f"{JSON}; charset=utf-8"}).status == 200


def test_the_paginator_of_pipelines_gives_each_one_once_in_pages_of_the_size_asked_for(new_server):
    server = new_server().start()
    client = server.client("codepipeline")
    create_action_type(client, "Source", "Fetcher")
    names = sorted(f"page-{number:02}" for number in range(7))
    for name in reversed(names):
        client.create_pipeline(pipeline=gate_pipeline(name, "Fetcher"))
    paginator = client.get_paginator("list_pipelines")
    pages = list(paginator.paginate(PaginationConfig={"PageSize": 3}))
    assert [[p["name"] for p in page["pipelines"]] for page in pages] == [names[:3], names[3:6], names[6:]]
    assert ["nextToken" in page for page in pages] == [True, True, False]
    first = paginator.paginate(PaginationConfig={"MaxItems": 4, "PageSize": 2}).build_full_result()
    rest = paginator.paginate(PaginationConfig={"StartingToken": first["NextToken"]}).build_full_result()
    assert [p["name"] for p in first["pipelines"] + rest["pipelines"]] == names


def test_the_paginator_of_action_types_gives_each_one_once(codepipeline):
    kinds = [tuple(sorted(t["id"].items())) for page in codepipeline.get_paginator("list_action_types").paginate()
             for t in page["actionTypes"]]
    assert len(kinds) == len(set(kinds)) > 20


# What each paginator of an operation that is not served yet needs to be asked.
UNSERVED = {
    "list_action_executions": {"pipelineName": "p"}, "list_pipeline_executions": {"pipelineName": "p"},
    "list_tags_for_resource": {"resourceArn": "arn:aws:codepipeline:us-east-1:111111111111:p"}, "list_webhooks": {},
    "list_rule_executions": {"pipelineName": "p"},
    "list_deploy_action_execution_targets": {"actionExecutionId": "01234567-89ab-cdef-0123-456789abcdef"},
}


def test_every_other_paginator_says_that_its_operation_is_not_served(codepipeline, error_of):
    operations = codepipeline.meta.method_to_api_mapping
    paginated = {method for method in operations if codepipeline.can_paginate(method)}
    assert paginated - {method for method in paginated if operations[method] in IMPLEMENTED} == set(UNSERVED)
    for method, parameters in UNSERVED.items():
        pages = codepipeline.get_paginator(method).paginate(**parameters)
        kind, message = error_of(lambda pages=pages: list(pages))
        assert kind == "UnknownOperationException" and operations[method] in message


@pytest.mark.parametrize("token", ["nonsense", "bm9uc2Vuc2U=", "x" * 2048, "é", "../../etc/passwd"])
@pytest.mark.parametrize("operation", ["ListPipelines", "ListActionTypes"])
def test_a_forged_token_is_refused(server, operation, token):
    assert call(server, operation, {"nextToken": token}).error()[0] == "InvalidNextTokenException"


@pytest.mark.parametrize("maximum, text", [
    (0, "greater than or equal to 1"), (-1, "greater than or equal to 1"), (1001, "less than or equal to 1000"),
    (10**9, "less than or equal to 1000")])
def test_a_page_size_out_of_bounds_is_refused(server, maximum, text):
    assert call(server, "ListPipelines", {"maxResults": maximum}).error() == (
        "ValidationException",
        f"1 validation error detected: Value at 'maxResults' failed to satisfy constraint: Member must have value {text}")


def test_a_token_holds_for_its_own_call_alone(new_server):
    server = new_server().start()
    client = server.client("codepipeline")
    create_action_type(client, "Source", "Fetcher")
    for name in ("page-a", "page-b"):
        client.create_pipeline(pipeline=gate_pipeline(name, "Fetcher"))
    token = client.list_pipelines(maxResults=1)["nextToken"]
    assert [p["name"] for p in client.list_pipelines(nextToken=token)["pipelines"]] == ["page-b"]
    assert call(server, "ListActionTypes", {"nextToken": token}).error()[0] == "InvalidNextTokenException"
    for number in range(len(token)):
        changed = token[:number] + ("A" if token[number] != "A" else "B") + token[number + 1:]
        assert call(server, "ListPipelines", {"nextToken": changed}).error()[0] == "InvalidNextTokenException", number
