"""Requests meant to hurt: the server refuses them, stays up and serves others."""

import os
import random
import re
import time

import pytest

from signed_http import connect, send, send_signed, sign

SEED = int(os.environ.get("PENSTOCK_TEST_SEED", "20150709"))


def check_alive(server):
    assert server.running(), server.log()
    assert send_signed(server, "ListPipelines").status == 200


def resident_mebibytes(server):
    with open(f"/proc/{server.process.pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+) kB", status.read()).group(1)) // 1024


@pytest.mark.parametrize("body", [
    b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", b"[" * 100_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
], ids=["lists", "unclosed", "objects"])
def test_json_nested_100_000_deep_is_refused(server, body):
    reply = send_signed(server, "ListPipelines", body)
    assert (reply.status, reply.json()["__type"]) == (400, "SerializationException")
    check_alive(server)


@pytest.mark.parametrize("number", ["1e999", "-0", str(2**63), "-" + "9" * 400, "0." + "1" * 5000])
def test_numbers_beyond_all_bounds_are_answered(server, number):
    reply = send_signed(server, "GetPipeline", f'{{"name":"absent-pipeline","version":{number}}}')
    assert reply.status == 400
    assert reply.error()[0] in ("SerializationException", "ValidationException", "PipelineNotFoundException")
    check_alive(server)


def test_a_million_members_and_repeated_keys_are_answered(server):
    body = b'{"name":"absent-pipeline"' + b"".join(b',"k%d":1' % n for n in range(300_000)) + b',"name":"absent-two"}'
    assert send_signed(server, "GetPipeline", body).status == 400
    check_alive(server)


@pytest.mark.parametrize("text", ['"\\ud800"', '"\\u0000"', '"\\uFFFF"', '"\U0001F600"', '"a\\u0301\\u202E"'])
def test_odd_text_is_refused_by_the_pattern_of_a_name(server, text):
    kind, _ = send_signed(server, "GetPipeline", f'{{"name":{text}}}'.encode()).error()
    assert kind in ("ValidationException", "SerializationException")


def test_a_body_of_64_mebibytes_is_refused_and_not_kept(server):
    before = resident_mebibytes(server)
    body = b'{"name":"' + b"x" * (64 << 20) + b'"}'
    request = sign(server, body, "GetPipeline")
    try:
        reply = send(server, "POST", request.url, request.headers, body)
        assert reply.status in (400, 413)
    except (ConnectionResetError, BrokenPipeError):
        pass  # Refused before all of it was sent.
    assert resident_mebibytes(server) - before < 64
    check_alive(server)


def test_a_body_within_8_mebibytes_is_read(server):
    body = b'{"ignored":"' + b"x" * (7 << 20) + b'"}'
    assert send_signed(server, "ListPipelines", body).status == 200


@pytest.mark.parametrize("head", [
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nA\x00B: c\r\n\r\n",
    b"GET " + b"/" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"h%d: v\r\n" % n for n in range(100_000)) + b"\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nBig: " + b"v" * 1_000_000 + b"\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
], ids=["both lengths", "two lengths", "negative", "signed", "space before colon", "nul", "long url", "many headers",
        "big header", "tls", "http2"])
def test_a_broken_request_gets_an_error_or_a_closed_connection(server, head):
    for url in (server.api, server.s3):
        with server.connect(url) as raw:
            reply = exchange(raw, head)
        assert reply == b"" or re.match(rb"HTTP/1\.[01] [45]\d\d ", reply), reply[:200]
        assert b"HTTP/1.1 200" not in reply
    check_alive(server)


def exchange(raw, data):
    """What comes back until the peer closes or has nothing more to say."""
    received = b""
    try:
        raw.sendall(data)
        raw.settimeout(3)
        while chunk := raw.recv(65536):
            received += chunk
    except OSError:
        pass
    return received


def test_junk_bytes_do_no_harm(server):
    print(f"seed {SEED}")
    source = random.Random(SEED)
    for number in range(40):
        with server.connect(server.api if number % 2 else server.s3) as raw:
            raw.settimeout(0.2)
            try:
                raw.sendall(source.randbytes(source.randrange(1, 4000)))
                raw.recv(100)
            except OSError:
                pass
    check_alive(server)


def test_stalled_connections_do_not_keep_others_waiting(server):
    stalled = [server.connect(url) for url in (server.api, server.s3) for _ in range(100)]
    for number, raw in enumerate(stalled):
        whole = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nab"
        raw.sendall(whole if number % 2 else whole[:22])
    started = time.monotonic()
    check_alive(server)
    assert time.monotonic() - started < 2
    for raw in stalled:
        raw.close()


def test_pipelined_requests_are_answered_in_order(server):
    request = sign(server, b"{}", "ListPipelines")
    head = "".join(f"{n}: {v}\r\n" for n, v in request.headers.items())
    host = server.api.split("//")[1]
    good = f"POST / HTTP/1.1\r\nHost: {host}\r\n{head}Content-Length: 2\r\n\r\n{{}}".encode()
    health = f"GET /health HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    last = f"GET /health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    with server.connect() as raw:
        received = exchange(raw, good + health + good + last)
    kinds = re.findall(rb'"pipelines"|"status"', received)
    assert kinds == [b'"pipelines"', b'"status"', b'"pipelines"', b'"status"'], received[:1000]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_another_method_is_no_operation(server, method):
    reply = send(server, method, server.api + "/nothing-here", {}, b"")
    assert 300 < reply.status < 500


def test_a_connection_serves_many_requests(server):
    connection = connect(server)
    for _ in range(200):
        assert send_signed(server, "ListPipelines", connection=connection).status == 200
    connection.close()
