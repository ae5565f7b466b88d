"""JSON and XML meant to hurt, and text that is odd but legal: refused with AWS's words, or kept exactly as it was sent."""

import hashlib
import itertools
import json
import socket

import pytest

import model_checks
from declarations import action, approval, create_action_type, pipeline, prop
from penstock_server import Server
from progress import action_state, answer, approval_token, first_execution
from resident import flat
from signed_http import call, connect, send, send_signed, sign
from test_s3_requests import error_code, signed
from worker import Worker

MEBIBYTE = 1 << 20
NO_BODY = {"__type": "SerializationException"}
NO_PIPELINE = "PipelineNotFoundException"


# JSON

def keys(count):
    """So many names, each another, none longer than three characters."""
    letters = [chr(code) for code in range(0x20, 0x7F) if chr(code) not in '"\\']
    names = ("".join(name) for length in (1, 2, 3) for name in itertools.product(letters, repeat=length))
    return itertools.islice(names, count)


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """A server whose memory nothing else moves."""
    server = Server(tmp_path_factory.mktemp("documents")).start()
    server.client("s3").create_bucket(Bucket="bucket")
    yield server
    assert send_signed(server, "ListPipelines").status == 200
    assert server.terminate() == 0, server.log()


def test_a_string_of_50_megabytes_is_refused_before_it_is_kept(attacked):
    body = b'{"name":"' + b"x" * (50 * MEBIBYTE) + b'"}'
    request = sign(attacked, body, "GetPipeline")
    with flat(attacked, 16):
        connection = connect(attacked)
        connection.putrequest("POST", "/", skip_accept_encoding=True)
        for name, value in [*request.headers.items(), ("Content-Length", str(len(body)))]:
            connection.putheader(name, value)
        connection.endheaders()
        reply = connection.getresponse()
        assert (reply.status, json.load(reply)["__type"]) == (413, "RequestEntityTooLargeException")
        connection.close()


def test_a_million_members_are_read_within_bounds(attacked):
    distinct = list(keys(800_000))
    body = b'{"name":"absent"' + "".join(f',"{name}":0' for name in distinct).encode() + b',"a":1' * 200_000 + b"}"
    assert len(body) < 8 * MEBIBYTE
    with flat(attacked, 512):
        for _ in range(3):
            assert send_signed(attacked, "GetPipeline", body).error()[0] == NO_PIPELINE


@pytest.mark.parametrize("opening, closing", [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
def test_nesting_of_any_depth_takes_no_stack(attacked, opening, closing):
    with flat(attacked, 64):
        for depth in (101, 100_000, 8 * MEBIBYTE // len(opening) // 2):
            body = '{"x":' + opening * depth + "1" + closing * depth + "}"
            assert send_signed(attacked, "ListPipelines", body[:8 * MEBIBYTE - 1]).json() == NO_BODY


@pytest.mark.parametrize("body", [
    b"\xef\xbb\xbf{}", "{}".encode("utf-16"), "{}".encode("utf-16-le"), "{}".encode("utf-32"), b"{}{}", b"{} x", b"{},",
    b"{}\x00", b'{"a":NaN}', b'{"a":Infinity}', b'{"a":-}', b'{"a":+1}', b'{"a":.5}', b'{"a":1.}', b'{"a":0x1}', b'{"a":1_0}',
    b'{"a":"\\ud800"}', b'{"a":"\\udc00\\ud800"}', b'{"a":"\\u12"}', b'{"a":"\\x41"}', b'{"a":"\xed\xa0\x80"}',
    b'{"a":"\xc0\x80"}', b'{"a":"\xe0\x80\x80"}', b'{"a":"\xf4\x90\x80\x80"}', b'{"a":"\xff"}', b'{"a":"\xe2\x82"}',
    b'{"a":"\x00"}', b'{"a":"\n"}', b"{a:1}", b"{'a':1}", b'{"a":1,}', b'{"a" 1}', b'{"a":1 "b":2}', b"[1,]", b"/* */{}",
    b'{"a":tru}', b'{"a":nullx}', b"{" * 3, b'{"a":' + b"1" * 2000 + b"}",
], ids=repr)
def test_what_is_no_json_gets_the_bare_exception(attacked, body):
    reply = send_signed(attacked, "ListPipelines", body)
    expected = {"__type": "SerializationException", "message": "Start of list found where not expected"}
    assert reply.status == 400 and reply.json() in ([expected, NO_BODY] if body == b"[1,]" else [NO_BODY])


@pytest.mark.parametrize("number, kind", [
    ("1e999", "SerializationException"), ("-1e999", "SerializationException"), (str(2**63), "SerializationException"),
    (str(2**31), "SerializationException"), ("1e10", "SerializationException"), ("-0", "ValidationException"),
    ("-0.0", "ValidationException"), ("0.9", "ValidationException"), ("1e-999", "ValidationException"),
    ("-1", "ValidationException"), ("1e0", NO_PIPELINE), ("1.99999", NO_PIPELINE), (str(2**31 - 1), NO_PIPELINE)])
def test_a_number_is_an_integer_of_32_bits_or_refused(attacked, number, kind):
    found, message = send_signed(attacked, "GetPipeline", f'{{"name":"absent","version":{number}}}').error()
    assert found == kind
    if kind == "SerializationException":
        assert message == "NUMBER_VALUE can not be converted to an Integer"


def test_of_repeated_members_the_last_one_counts(attacked):
    kind, message = send_signed(attacked, "GetPipeline", '{"name":"not a name","name":"absent-one"}').error()
    assert kind == NO_PIPELINE and "absent-one" in message
    kind, _ = send_signed(attacked, "GetPipeline", '{"name":"absent-one","na\\u006de":"not a name"}').error()
    assert kind == "ValidationException"
    kind, _ = send_signed(attacked, "GetPipeline", '{"name":"absent-one","name":null}').error()
    assert kind == "ValidationException"


@pytest.mark.parametrize("targets", [["ListPipelines", "ListPipelines"], ["ListPipelines", "DeletePipeline"]])
def test_two_targets_are_none(attacked, targets):
    request = sign(attacked, b"{}", targets[0])
    headers = [*request.headers.items(), ("X-Amz-Target", f"CodePipeline_20150709.{targets[1]}")]
    assert send(attacked, "POST", request.url, headers, b"{}").json() == {"__type": "UnknownOperationException"}


def test_the_root_leads_to_the_console(attacked):
    reply = send(attacked, "GET", attacked.api + "/", {})
    assert (reply.status, reply.headers["Location"]) == (302, "/console")


# Text

ODD = [
    "right to left \u202e and \u2066isolated\u2069", "zero\u200bwidth\u200d\ufeff", "\U0001f600 \U0001f469\u200d\U0001f680",
    "e\u0301 is not \u00e9", "line\nfeed\r\nreturn\ttab", "escape \x1b[31m\x1b]52;c;aGk=\x07", "a NUL \x00 within",
    "</script><img src=x onerror=1>", "\u2028\u2029\x85", "\uffff\ufffe\U0010ffff", "' OR 1=1; --", "$(id) `id` %0a {{7*7}}",
    "\\u0041 \\n \"quoted\"",
]


@pytest.mark.parametrize("text", ODD, ids=ascii)
def test_odd_text_is_kept_and_given_back_as_it_was_sent(server, codepipeline, unique, text):
    provider, name = unique("odd"), unique("text")
    create_action_type(codepipeline, "Source", provider, [prop("Note", required=True)], settings={
        "entityUrlTemplate": "https://example.com/{Config:Note}"})
    create_action_type(codepipeline, "Test", provider, [prop("Note", required=True, description=text)])
    declared = pipeline(
        name, ("Source", [action("Fetch", "Source", "Custom", provider, {"Note": text}, outputs=["Source"])]),
        ("Gate", [approval(configuration={"CustomData": text})]),
        ("Test", [action("Check", "Test", "Custom", provider, {"Note": text}, ["Source"])]))
    created = codepipeline.create_pipeline(pipeline=declared)["pipeline"]
    for found in (created, codepipeline.get_pipeline(name=name)["pipeline"]):
        assert [stage["actions"][0]["configuration"] for stage in found["stages"]] == [
            {"Note": text}, {"CustomData": text}, {"Note": text}]
    listed = codepipeline.list_action_types(actionOwnerFilter="Custom")["actionTypes"]
    assert [t["actionConfigurationProperties"][0]["description"] for t in listed
            if t["id"]["provider"] == provider and t["id"]["category"] == "Test"] == [text]

    source = Worker(server, "Source", provider)
    job = source.take()
    assert job["data"]["actionConfiguration"]["configuration"] == {"Note": text}
    source.succeed(job, {"Source": b"x"}, executionDetails={"summary": text}, currentRevision={
        "revision": f"r {text}", "changeIdentifier": text[:100], "revisionSummary": text})
    execution = first_execution(codepipeline, name, "Source")
    answer(codepipeline, name, "Gate", approval_token(codepipeline, name, "Gate"), "Approved", text)
    check = Worker(server, "Test", provider)
    check.fail(check.take(), f"because {text}")

    [revision] = codepipeline.get_pipeline_execution(
        pipelineName=name, pipelineExecutionId=execution)["pipelineExecution"]["artifactRevisions"]
    assert (revision["revisionId"], revision["revisionChangeIdentifier"], revision["revisionSummary"]) == (
        f"r {text}", text[:100], text)
    assert action_state(codepipeline, name, "Source", "Fetch")["latestExecution"]["summary"] == text
    assert action_state(codepipeline, name, "Gate", "Approve")["latestExecution"]["summary"] == text
    latest = action_state(codepipeline, name, "Test", "Check")["latestExecution"]
    assert latest["errorDetails"]["message"] == f"because {text}"
    # In a link it is a part of a URL, and nothing else.
    link = action_state(codepipeline, name, "Source", "Fetch")["entityUrl"]
    assert link.startswith("https://example.com/") and link.isascii() and link.isprintable()
    assert not set(link.removeprefix("https://example.com/")) & set(" <>\"'`{}/")
    codepipeline.delete_pipeline(name=name)


@pytest.mark.parametrize("name", [
    "pa\u0443pal", "\u202egnp", "zero\u200bwidth", "\U0001f600", "e\u0301", "\u00e9", "nul\x00", "new\n", "\uff41", "a b",
    "\ufb00", "\u0130", "\u212a"])
def test_a_name_is_of_the_patterns_letters_and_no_others(server, name):
    failed = r"Member must satisfy regular expression pattern: [A-Za-z0-9.@\-_]+"
    assert call(server, "GetPipeline", {"name": name}).error() == (
        "ValidationException", f"1 validation error detected: Value at 'name' failed to satisfy constraint: {failed}")


def cpu_ticks(server):
    """Processor time that the server has used, in ticks of a hundredth of a second."""
    with open(f"/proc/{server.process.pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def test_each_pattern_takes_time_in_proportion_to_a_hostile_text(attacked):
    """Four times the text may not take much more than four times the processor; one that tries everything never ends."""
    places = {}
    for operation in model_checks.operations():
        shape = model_checks.input_shape(operation)
        document = model_checks.sample(shape)
        for place in model_checks.places(shape, document):
            pattern = model_checks.constraints(place.shape).get("pattern")
            if pattern and not place.in_map:
                places.setdefault(pattern, (operation, shape, document, place.path))
    assert len(places) >= 16

    def run(size):
        before = cpu_ticks(attacked)
        for operation, shape, document, path in places.values():
            good = model_checks.value_at(document, path)
            # Many ways to begin a repetition, and an end that none of them reaches.
            text = "arn:aws" + "-a" * (size // 2) if good.startswith("arn:") else good * (size // len(good))
            reply = call(attacked, operation, model_checks.replaced(document, path, text + "\n"))
            assert reply.error()[0] == "ValidationException"
        return cpu_ticks(attacked) - before

    run(1000)
    small, large = run(MEBIBYTE), run(4 * MEBIBYTE)
    assert large < 10 * max(small, 5), f"{small} and {large} ticks"


# XML, on the S3 port

def documents(root, inner):
    """Attacks on a document of this root; `inner` is what a good one holds, with %s where a text stands."""
    laughs = b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    whole = b"<%b>%b</%b>" % (root, inner, root)
    yield "external entity", b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + whole % b"&x;"
    yield "parameter entity", b'<!DOCTYPE d [<!ENTITY %% x SYSTEM "http://127.0.0.1:%d/"> %%x;]>' + whole % b"k"
    yield "external DTD", b'<!DOCTYPE d SYSTEM "http://127.0.0.1:%d/x.dtd">' + whole % b"k"
    yield "billion laughs", b'<!DOCTYPE d [<!ENTITY a "lol">' + laughs + b"]>" + whole % b"&j;"
    yield "quadratic entity", b'<!DOCTYPE d [<!ENTITY a "' + b"a" * 100_000 + b'">]>' + whole % (b"&a;" * 10_000)
    yield "deep", b"<%b>" % root + b"<a>" * 200_000
    yield "deep and closed", b"<%b>" % root + b"<a>" * 1000 + b"</a>" * 1000 + b"</%b>" % root
    yield "unclosed CDATA", whole % b"<![CDATA[k"
    yield "CDATA as the document", b"<![CDATA[" + whole % b"k" + b"]]>"
    yield "CDATA for an element", (b"<%b><![CDATA[" % root + inner + b"]]></%b>" % root) % b"k" + b"x"
    yield "undefined entity", whole % b"&nothing;"
    yield "control character", whole % b"&#0;"
    yield "another root", b"<Other>" + inner % b"k" + b"</Other>"
    yield "two roots", whole % b"k" + whole % b"k"
    yield "UTF-7", b'<?xml version="1.0" encoding="UTF-7"?>' + whole % b"+ADw-"
    yield "UTF-16", (whole % b"k").decode().encode("utf-16")
    yield "not UTF-8", whole % b"\xff\xfe"
    yield "many attributes", b"<%b " % root + b" ".join(b'a="%d"' % n for n in range(50_000)) + b">" + inner % b"k"
    yield "long name", b"<%b><" % root + b"n" * 3_000_000 + b">"


OPERATIONS = {
    "DeleteObjects": (b"Delete", b"<Object><Key>%s</Key></Object>", "POST", "/bucket?delete="),
    "CompleteMultipartUpload": (
        b"CompleteMultipartUpload", b"<Part><PartNumber>1</PartNumber><ETag>%s</ETag></Part>", "POST",
        "/bucket/key?uploadId={upload}"),
    "CreateBucket": (
        b"CreateBucketConfiguration", b"<LocationConstraint>%s</LocationConstraint>", "PUT", "/another-bucket"),
    "PutBucketVersioning": (b"VersioningConfiguration", b"<Status>%s</Status>", "PUT", "/bucket?versioning="),
}


@pytest.fixture(scope="module")
def upload(attacked):
    return attacked.client("s3").create_multipart_upload(Bucket="bucket", Key="key")["UploadId"]


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_xml_meant_to_hurt_is_malformed_for_every_operation_that_takes_some(attacked, upload, operation):
    root, inner, method, path = OPERATIONS[operation]
    s3 = attacked.client("s3")
    s3.put_object(Bucket="bucket", Key="k", Body=b"kept")
    wrong = []
    with socket.create_server(("127.0.0.1", 0)) as bait, flat(attacked, 64):
        port = bait.getsockname()[1]
        for name, body in documents(root, inner):
            body = body.replace(b"127.0.0.1:%d", b"127.0.0.1:%d" % port).replace(b"<!ENTITY %% x", b"<!ENTITY % x").replace(
                b" %%x;", b" %x;")
            request = signed(attacked, method, path.format(upload=upload), body)
            reply = send(attacked, method, request.url, request.headers, body)
            if (reply.status, error_code(reply.body)) != (400, "MalformedXML"):
                wrong.append((name, reply.status, reply.body[:200]))
            assert b"root:" not in reply.body, name
        bait.setblocking(False)
        with pytest.raises(BlockingIOError):
            bait.accept()
    assert not wrong, wrong
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"kept"
    assert "Status" not in s3.get_bucket_versioning(Bucket="bucket")
    assert [b["Name"] for b in s3.list_buckets()["Buckets"]] == ["bucket"]


def test_cdata_and_references_are_text(attacked):
    s3 = attacked.client("s3")
    for key in ("<one>", "two&", "kept"):
        s3.put_object(Bucket="bucket", Key=key, Body=b"x")
    body = (b"<Delete><Object><Key><![CDATA[<one>]]></Key></Object><Object><Key>t&#119;o&amp;</Key></Object>"
            b"<!-- <Object><Key>kept</Key></Object> --></Delete>")
    digest = hashlib.sha256(body).hexdigest()
    request = signed(attacked, "POST", "/bucket?delete=", body, hashed=digest)
    assert send(attacked, "POST", request.url, request.headers, body).status == 200
    left = {o["Key"] for o in s3.list_objects_v2(Bucket="bucket")["Contents"]}
    assert "kept" in left and not left & {"<one>", "two&"}
