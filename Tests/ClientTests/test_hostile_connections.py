"""Connections that are slow, and bodies and heads without an end: others are served and memory stays flat."""

import contextlib
import select
import socket
import time

import pytest
from botocore.config import Config

from penstock_server import Server
from resident import flat
from signed_http import JSON, send_signed, sign

STALLED = 1000  # Connections of the slow kinds, on both ports together.
BODY_LIMIT = 8 << 20
MEBIBYTE = 1 << 20
# What a server closes with a reply: one that it cannot read, or that is too much.
REFUSALS = {b"400", b"408", b"413", b"414", b"431"}


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """A server of these tests' own: what the others do must not count as its memory."""
    server = Server(tmp_path_factory.mktemp("attacked")).start()
    # The first calls and the first large body take memory that is kept.
    with flat(server, 1 << 20):
        send_signed(server, "ListPipelines", b'{"ignored":"' + b"x" * (7 << 20) + b'"}')
        server.client("s3").list_buckets()
    yield server
    assert send_signed(server, "ListPipelines").status == 200
    assert server.running() and server.terminate() == 0, server.log()


def check_served(server):
    """Both ports answer a good request, and soon."""
    started = time.monotonic()
    assert send_signed(server, "ListPipelines").status == 200
    assert server.client("s3").list_buckets()["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert time.monotonic() - started < 5


def signed_call(server, body=b"{}", target="ListActionTypes", extra=""):
    """The bytes of a signed call."""
    request = sign(server, body, target)
    lines = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    host = server.api.split("//")[1]
    return f"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n{extra}{lines}\r\n".encode() + body


def refused(raw, limit=30):
    """Waits for a reply or the end of a connection; returns the status, or nothing if it was only closed."""
    raw.settimeout(limit)
    received = b""
    with contextlib.suppress(ConnectionError):
        while b"\r\n\r\n" not in received and (piece := raw.recv(65536)):
            received += piece
    return received.split(b" ", 2)[1] if received.startswith(b"HTTP/1.1 ") else received


def pieces(raw):
    """What comes until the server ends its side."""
    raw.settimeout(20)
    while piece := raw.recv(1 << 16):
        yield piece


def pour(raw, piece, most):
    """Sends the same bytes again and again until the server answers or ends the connection, or `most` bytes are sent.

    Returns how many were. Many servers answer before they have read it all, and then read no more.
    """
    sent = at = 0
    with contextlib.suppress(ConnectionError):
        while sent < most:
            readable, writable, _ = select.select([raw], [raw], [], 20)
            if readable or not writable:
                break
            count = raw.send(memoryview(piece)[at:at + min(1 << 16, most - sent)])
            sent, at = sent + count, (at + count) % len(piece)
    return sent


@pytest.mark.parametrize("kind", ["heads", "bodies", "readers"])
def test_a_thousand_slow_clients_leave_the_others_served(attacked, kind):
    half = {
        "heads": b"POST / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        "bodies": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n{",
        # Asks for far more than the socket's buffers hold, and reads nothing of it.
        "readers": signed_call(attacked) * 40,
    }[kind]
    stalled = []
    try:
        with flat(attacked, 200):
            for number in range(STALLED if kind != "readers" else STALLED // 10):
                raw = attacked.connect(attacked.api if number % 2 or kind == "readers" else attacked.s3)
                stalled.append(raw)
                raw.sendall(half)
            check_served(attacked)
    finally:
        for raw in stalled:
            raw.close()
    check_served(attacked)


def test_readers_of_large_objects_that_read_nothing_cost_little(attacked):
    s3 = attacked.client("s3", config=Config(signature_version="s3v4"))
    s3.create_bucket(Bucket="large")
    s3.put_object(Bucket="large", Key="object", Body=b"x" * (16 * MEBIBYTE))
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "large", "Key": "object"})
    _, _, host, path = url.split("/", 3)
    # A piece of a mebibyte is under way and one is read ahead, for each of them.
    with flat(attacked, 240), contextlib.ExitStack() as stalled:
        for _ in range(100):
            raw = stalled.enter_context(attacked.connect(attacked.s3))
            raw.sendall(f"GET /{path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            # The object is on its way, as far as the socket takes it.
            head = raw.recv(300)
            assert head.startswith(b"HTTP/1.1 200 "), head
        check_served(attacked)
    check_served(attacked)


@pytest.mark.parametrize("port", ["api", "s3"])
@pytest.mark.parametrize("line, header", [
    ("GET /health HTTP/1.1", "Connection: Upgrade\r\nUpgrade: h2c\r\n"),
    ("GET /health HTTP/1.1", "Connection: close\r\n"),
    ("CONNECT x:80 HTTP/1.1", ""),
], ids=["upgrade", "close", "connect"])
def test_what_comes_behind_the_last_request_is_dropped_and_not_kept(attacked, port, line, header):
    request = f"{line}\r\nHost: x\r\n{header}\r\n".encode()
    with flat(attacked, 32), attacked.connect(getattr(attacked, port)) as raw:
        raw.sendall(request)
        assert refused(raw) in {b"200", b"400", b"403", b"404", b"405"}
        # Until the server has had enough, or has taken much more than it may hold.
        sent, piece = 0, b"x" * (1 << 18)
        raw.settimeout(20)
        with contextlib.suppress(ConnectionError):
            while sent < 1 << 30:
                sent += raw.send(piece)
    check_served(attacked)


@pytest.mark.parametrize("port", ["api", "s3"])
@pytest.mark.parametrize("header", ["Connection: Upgrade\r\nUpgrade: h2c\r\n", "Connection: close\r\n"],
                         ids=["upgrade", "close"])
@pytest.mark.parametrize("behind", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"no HTTP\x00\r\n\r\n"], ids=["request", "rubbish"])
def test_what_comes_in_one_piece_with_the_last_request_is_not_answered(attacked, port, header, behind):
    last = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n{header}\r\n{{}}".encode()
    with attacked.connect(getattr(attacked, port)) as raw:
        raw.sendall(last + behind)
        received = b""
        with contextlib.suppress(ConnectionError):
            for piece in pieces(raw):
                received += piece
    assert received.startswith(b"HTTP/1.1 4") and received.count(b"HTTP/1.1 ") == 1, received
    check_served(attacked)


@pytest.mark.parametrize("port", ["api", "s3"])
def test_requests_before_the_last_one_have_their_replies(attacked, port):
    first = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    with attacked.connect(getattr(attacked, port)) as raw:
        raw.sendall(first + first + last)
        received = b"".join(pieces(raw))
    assert received.count(b"HTTP/1.1 ") == 3 and received.lower().count(b"connection: close") == 1, received


def test_a_head_that_drips_is_cut_off_in_time(attacked):
    with attacked.connect() as raw:
        raw.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        started = time.monotonic()
        # Readable once the server has had enough; until then, one more byte a second.
        while not select.select([raw], [], [], 1)[0]:
            raw.sendall(b"a")
            assert time.monotonic() - started < 20
        assert refused(raw) == b"408"
        assert 8 < time.monotonic() - started < 20


@pytest.mark.parametrize("port", ["api", "s3"])
@pytest.mark.parametrize("length", ["10737418240", "18446744073709551616", "9223372036854775808", "99999999999999999999999",
                                    "0x10", "1e3", "-0", " ", "5,5", "5 5"])
def test_a_length_that_lies_or_is_none_is_refused_at_once(attacked, port, length):
    head = f"PUT /bucket/key HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\nContent-Length: {length}\r\n\r\n".encode()
    if port == "api":
        head = head.replace(b"PUT /bucket/key", b"POST /")
    with flat(attacked, 16), attacked.connect(getattr(attacked, port)) as raw:
        raw.sendall(head)
        assert refused(raw) in {b"400", b"403", b"411", b"413"}


def test_a_body_that_is_shorter_than_its_length_is_no_call(attacked):
    with attacked.connect() as raw:
        raw.sendall(signed_call(attacked).replace(b"Content-Length: 2", b"Content-Length: 3"))
        raw.shutdown(socket.SHUT_WR)
        assert refused(raw) in {b"", b"400"}


END = b"0\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-amz-json-1.1\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("piece, most", [
    (b"10000\r\n" + b" " * 65536 + b"\r\n", 3 * BODY_LIMIT),
    # Six bytes on the wire for each byte of the body.
    (b"1\r\n \r\n" * 10_000, 8 * BODY_LIMIT),
], ids=["endless", "one byte each"])
def test_chunks_without_an_end_are_refused_within_the_limit(attacked, piece, most):
    with flat(attacked, 64), attacked.connect() as raw:
        raw.sendall(CHUNKED)
        sent = pour(raw, piece, most)
        assert sent < most, "all of it was taken"
        assert refused(raw) in REFUSALS | {b""}
    check_served(attacked)


@pytest.mark.parametrize("piece", [b"1;" + b"x" * 8000 + b"\r\n \r\n", b"1;a=b;c=\"d\"\r\n \r\n" * 1000],
                         ids=["long", "many"])
def test_chunk_extensions_take_time_and_no_memory(attacked, piece):
    with flat(attacked, 32), attacked.connect() as raw:
        raw.sendall(CHUNKED)
        # What counts is the body, of which this is a small part; how long it may take is limited.
        assert pour(raw, piece, 24 * MEBIBYTE) >= 24 * MEBIBYTE
        raw.sendall(END)
        assert refused(raw) == b"400"
    check_served(attacked)


@pytest.mark.parametrize("piece", [b"1;" + b"x" * (4 * MEBIBYTE) + b"\r\n \r\n0\r\n\r\n",
                                   b"0" * MEBIBYTE + b"\r\n\r\n", b"1;x\r\n \r\n0\r\nX: " + b"t" * MEBIBYTE,
                                   b"0\r\n" + b"T: t\r\n" * 100_000, b"ffffffffffffffffff\r\n", b"-1\r\n", b"0x1\r\n \r\n",
                                   b"1\n \n0\n\n", b"2\r\n{}X", b"g\r\n", b"\r\n"],
                         ids=["extension", "size", "trailer", "trailers", "overflow", "negative", "hexadecimal prefix",
                              "bare line feeds", "no end of chunk", "no number", "empty size"])
@pytest.mark.parametrize("port", ["api", "s3"])
def test_a_chunk_that_is_none_is_refused(attacked, port, piece):
    head = CHUNKED if port == "api" else CHUNKED.replace(b"POST /", b"PUT /bucket/key")
    with flat(attacked, 32), attacked.connect(getattr(attacked, port)) as raw:
        pour(raw, head + piece, len(head + piece))
        assert refused(raw) in REFUSALS | {b"", b"403"}
    check_served(attacked)


@pytest.mark.parametrize("port", ["api", "s3"])
@pytest.mark.parametrize("head, statuses", [
    (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"h: v\r\n" * 100_000 + b"\r\n", {b"431", b"400"}),
    (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"h%d: v\r\n" % n for n in range(100_000)) + b"\r\n", {b"431", b"400"}),
    (b"GET / HTTP/1.1\r\nHost: x\r\nBig: " + b"v" * 1_000_000 + b"\r\n\r\n", {b"431", b"400"}),
    (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"N" * 1_000_000 + b": v\r\n\r\n", {b"431", b"400"}),
    (b"GET /" + b"a" * 65_536 + b" HTTP/1.1\r\nHost: x\r\n\r\n", {b"431", b"414", b"400"}),
    (b"GET /?" + b"a=b&" * 1_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", {b"431", b"414", b"400"}),
    (b"G" * 1_000_000 + b" / HTTP/1.1\r\nHost: x\r\n\r\n", {b"400"}),
], ids=["one header often", "headers", "value", "name", "url", "query", "method"])
def test_heads_beyond_all_bounds_are_refused(attacked, port, head, statuses):
    with flat(attacked, 16), attacked.connect(getattr(attacked, port)) as raw:
        pour(raw, head, len(head))
        assert refused(raw) in statuses | {b""}
    check_served(attacked)


def test_a_hundred_large_bodies_in_turn_leave_no_trace(attacked):
    body = b'{"ignored":"' + b"x" * (7 << 20) + b'"}'
    with flat(attacked, 96):
        for _ in range(20):
            assert send_signed(attacked, "ListPipelines", body).status == 200
