"""Who may speak: Signature Version 4 on the API port, one mutation at a time, with the exact refusals."""

import datetime
import json
import re
import uuid

import pytest

from declarations import create_action_type, gate_pipeline
from signed_http import basic_date, call, send, send_signed, sign

MISMATCH = ("The request signature we calculated does not match the signature you provided. Check your AWS Secret "
            "Access Key and signing method. Consult the service documentation for details.")


def listing(server, change=None, **options):
    """Sends a signed ListPipelines after `change` altered its headers, given as a list of pairs."""
    request = sign(server, b"{}", "ListPipelines", **options)
    headers = [(name, value) for name, value in request.headers.items()]
    if change:
        headers = change(headers)
    return send(server, "POST", request.url, headers, b"{}")


def rewritten(name, edit):
    return lambda headers: [(n, edit(v) if n.lower() == name.lower() else v) for n, v in headers]


def without(name):
    return lambda headers: [(n, v) for n, v in headers if n.lower() != name.lower()]


def authorization(pattern, replacement):
    return rewritten("Authorization", lambda value: re.sub(pattern, replacement, value))


def test_a_signed_call_is_answered(server):
    assert listing(server).status == 200


def test_without_authorization(server):
    reply = listing(server, without("Authorization"))
    assert (reply.status, *reply.error()) == (
        400, "MissingAuthenticationTokenException", "Missing Authentication Token")


@pytest.mark.parametrize("scheme", ["Basic dXNlcjpwYXNz", "Bearer x", "AWS AKID:signature"])
def test_another_scheme_is_no_token(server, scheme):
    assert listing(server, rewritten("Authorization", lambda _: scheme)).error()[0] == (
        "MissingAuthenticationTokenException")


def test_every_missing_part_of_the_header_is_named(server):
    reply = listing(server, lambda headers: without("X-Amz-Date")(
        rewritten("Authorization", lambda _: "AWS4-HMAC-SHA256 Nothing=x")(headers)))
    kind, message = reply.error()
    assert kind == "IncompleteSignatureException"
    for part in ("Authorization header requires 'Credential' parameter.",
                 "Authorization header requires 'Signature' parameter.",
                 "Authorization header requires 'SignedHeaders' parameter.",
                 "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."):
        assert part in message
    assert message.endswith("Authorization=AWS4-HMAC-SHA256 Nothing=x")


@pytest.mark.parametrize("date", ["201", "Sun, 22 Nov 2026 01:02:03 GMT", "2026-11-22T01:02:03Z", "20261322T010203Z"])
def test_a_date_of_another_form_is_quoted(server, date):
    kind, message = listing(server, rewritten("X-Amz-Date", lambda _: date)).error()
    assert (kind, message) == (
        "IncompleteSignatureException",
        f"Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601")


def dated(server, minutes):
    """A call whose signature is made `minutes` from now."""
    from unittest import mock
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
    with mock.patch("botocore.auth.get_current_datetime", lambda remove_tzinfo=True: moment.replace(
            tzinfo=None) if remove_tzinfo else moment):
        return listing(server), basic_date(moment)


def test_a_signature_older_than_15_minutes_has_expired(server):
    reply, date = dated(server, -16)
    kind, message = reply.error()
    assert kind == "InvalidSignatureException"
    assert re.fullmatch(
        rf"Signature expired: {date} is now earlier than \d{{8}}T\d{{6}}Z \(\d{{8}}T\d{{6}}Z - 15 min\.\)", message)


def test_a_signature_of_more_than_15_minutes_ahead_is_not_current(server):
    reply, date = dated(server, 16)
    kind, message = reply.error()
    assert kind == "InvalidSignatureException"
    assert re.fullmatch(
        rf"Signature not yet current: {date} is still later than \d{{8}}T\d{{6}}Z \(\d{{8}}T\d{{6}}Z \+ 15 min\.\)",
        message)


@pytest.mark.parametrize("minutes", [-14, 14])
def test_a_signature_within_15_minutes_is_taken(server, minutes):
    assert dated(server, minutes)[0].status == 200


def test_an_unknown_key(server):
    assert listing(server, access_key="AKIDNOBODY").error() == (
        "UnrecognizedClientException", "The security token included in the request is invalid.")


def test_a_session_token_that_the_key_does_not_have(server):
    assert listing(server, token="nonsense").error()[0] == "UnrecognizedClientException"


def test_a_wrong_secret(server):
    kind, message = listing(server, secret_key="wrong").error()
    assert kind == "InvalidSignatureException" and message.startswith(MISMATCH)


def test_a_wrong_region_is_named(server):
    assert listing(server, region="eu-west-9").error() == (
        "InvalidSignatureException", "Credential should be scoped to a valid region, not 'eu-west-9'. ")


def test_a_wrong_service_is_named(server):
    kind, message = listing(server, service="s3").error()
    assert kind == "InvalidSignatureException"
    assert message.strip() == "Credential should be scoped to correct service: 'codepipeline'."


def test_a_wrong_terminator_is_named(server):
    kind, message = listing(server, authorization("aws4_request", "aws5_request")).error()
    assert kind == "InvalidSignatureException"
    assert message.strip() == "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'."


def test_a_credential_of_four_elements(server):
    kind, message = listing(server, authorization(r"Credential=[^,]*", "Credential=a/b/c/d")).error()
    assert (kind, message) == (
        "IncompleteSignatureException",
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'a/b/c/d'")


def test_a_scope_of_another_day(server):
    kind, message = listing(server, authorization(r"/\d{8}/", "/20150709/")).error()
    assert kind == "InvalidSignatureException"
    assert message.startswith(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20150709' != ")


@pytest.mark.parametrize("algorithm", ["AWS4-HMAC-SHA25", "AWS4-ECDSA-P256-SHA256"])
def test_another_algorithm(server, algorithm):
    kind, message = listing(server, authorization("AWS4-HMAC-SHA256", algorithm)).error()
    assert (kind, message) == (
        "IncompleteSignatureException",
        f"Unsupported AWS 'algorithm': '{algorithm}' (only AWS4-HMAC-SHA256 for now). ")


def test_the_host_must_be_signed(server):
    kind, message = listing(server, authorization("host;", "")).error()
    assert (kind, message) == (
        "InvalidSignatureException", "'Host' must be a 'SignedHeader' in the AWS Authorization.")


def test_a_target_that_is_not_signed_is_refused(server):
    """The operation is in that header: whoever could add it could choose what a stolen signature does."""
    request = sign(server, b"{}")
    headers = [*request.headers.items(), ("X-Amz-Target", "CodePipeline_20150709.ListPipelines")]
    assert send(server, "POST", request.url, headers, b"{}").error()[0] == "InvalidSignatureException"


@pytest.mark.parametrize("change", [
    rewritten("X-Amz-Target", lambda _: "CodePipeline_20150709.ListActionTypes"),
    lambda headers: [*headers, ("X-Amz-Something", "new")],
    rewritten("X-Amz-Date", lambda value: value[:-2] + ("0Z" if value[-2] != "0" else "1Z")),
    authorization(r"Signature=[0-9a-f]{4}", "Signature=ffff"),
    rewritten("Content-Type", lambda _: "application/json"),
], ids=["target", "added x-amz header", "date", "signature", "signed content type"])
def test_a_change_after_signing_is_refused(server, change):
    request = sign(server, b"{}", "ListPipelines")
    signed_type = "content-type" in request.headers["Authorization"]
    reply = listing(server, change)
    if reply.status == 200:
        assert not signed_type, "a signed header was changed and nobody noticed"
    else:
        assert reply.error()[0] == "InvalidSignatureException"


def test_a_change_of_the_body_is_refused(server):
    request = sign(server, b'{"name":"aa"}', "DeletePipeline")
    reply = send(server, "POST", request.url, request.headers, b'{"name":"bb"}')
    assert reply.error()[0] == "InvalidSignatureException"


@pytest.mark.parametrize("name", ["Authorization", "X-Amz-Date", "Host"])
def test_a_header_given_twice_is_refused(server, name):
    request = sign(server, b"{}", "ListPipelines")
    headers = [*request.headers.items()]
    value = dict((n.lower(), v) for n, v in headers).get(name.lower(), server.api.split("//")[1])
    if name == "Host":
        headers.append((name, value))
    reply = send(server, "POST", request.url, [*headers, (name, value)], b"{}")
    assert reply.status == 400


def test_the_signature_may_come_in_the_query_string(server):
    request = sign(server, b"{}", "ListPipelines", query=True)
    assert "X-Amz-Signature=" in request.url
    assert send(server, "POST", request.url, request.headers, b"{}").status == 200


def test_a_query_string_signature_covers_the_body(server):
    request = sign(server, b"{}", "ListPipelines", query=True)
    assert send(server, "POST", request.url, request.headers, b'{"a":1}').error()[0] == "InvalidSignatureException"


def test_a_query_string_signature_and_a_header_together_are_refused(server):
    request = sign(server, b"{}", "ListPipelines", query=True)
    header = sign(server, b"{}", "ListPipelines").headers["Authorization"]
    headers = [*request.headers.items(), ("Authorization", header)]
    assert send(server, "POST", request.url, headers, b"{}").error() == (
        "InvalidSignatureException",
        "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.")


@pytest.mark.parametrize("part", ["Credential", "Date", "SignedHeaders", "Signature"])
def test_a_missing_query_string_part_is_named(server, part):
    request = sign(server, b"{}", "ListPipelines", query=True)
    url = re.sub(rf"X-Amz-{part}=[^&]*&?", "", request.url)
    kind, message = send(server, "POST", url, request.headers, b"{}").error()
    assert kind == "IncompleteSignatureException"
    assert message.startswith(f"AWS query-string parameters must include 'X-Amz-{part}'. ")
    assert message.strip().endswith("Re-examine the query-string parameters.")


def test_a_user_may_do_what_a_policy_allows_and_nothing_else(server):
    keys = {"access_key": "PENSTOCKALICE", "secret_key": "alice-secret-for-the-tests"}
    assert send_signed(server, "ListPipelines", **keys).status == 200
    kind, message = call(server, "DeletePipeline", {"name": "web"}, **keys).error()
    assert kind == "AccessDeniedException"
    assert message.startswith(
        "User: arn:aws:iam::111111111111:user/alice is not authorized to perform: codepipeline:DeletePipeline on "
        "resource: arn:aws:codepipeline:us-east-1:111111111111:web")


def test_a_captured_call_does_nothing_a_second_time(server, codepipeline, unique):
    """Replayed byte for byte inside the window; outside it the date refuses it."""
    name, provider = unique("replayed"), unique("x")
    create_action_type(codepipeline, "Source", provider)
    create_action_type(codepipeline, "Build", provider)
    codepipeline.create_pipeline(pipeline=gate_pipeline(name, provider))
    captured = sign(server, json.dumps({"name": name}), "StartPipelineExecution",
                    headers={"amz-sdk-invocation-id": str(uuid.uuid4())})
    body = json.dumps({"name": name}).encode()
    replies = [send(server, "POST", captured.url, captured.headers, body) for _ in range(3)]
    assert {reply.status for reply in replies} == {200}
    assert len({reply.json()["pipelineExecutionId"] for reply in replies}) == 1
    # The mark is part of what was signed: with another one the call is refused, not carried out once more.
    forged = [(n, str(uuid.uuid4()) if n == "amz-sdk-invocation-id" else v) for n, v in captured.headers.items()]
    assert send(server, "POST", captured.url, forged, body).error()[0] == "InvalidSignatureException"
    again = call(server, "StartPipelineExecution", {"name": name}).json()["pipelineExecutionId"]
    assert again != replies[0].json()["pipelineExecutionId"]
