"""Requests meant to hurt: the server refuses them, stays up and serves others."""

import os
import random
import re

import pytest

from signed_http import connect, send, send_signed, sign

SEED = int(os.environ.get("PENSTOCK_TEST_SEED", "20150709"))


def check_alive(server):
    assert server.running(), server.log()
    assert send_signed(server, "ListPipelines").status == 200


def test_a_body_within_8_mebibytes_is_read(server):
    body = b'{"ignored":"' + b"x" * (7 << 20) + b'"}'
    assert send_signed(server, "ListPipelines", body).status == 200


def test_tls_on_a_port_without_it_is_refused(server):
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200)
    for url in (server.api, server.s3):
        with server.connect(url) as raw:
            assert re.match(rb"HTTP/1\.1 400 ", exchange(raw, hello))
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
