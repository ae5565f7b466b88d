"""Requests that two readers could understand differently, sent directly and through proxies: nobody sees another
number of requests than the others do."""

import re
from typing import NamedTuple

import pytest

from eventually import eventually
from proxies import PROGRAMS, Proxy
from signed_http import send_signed, sign

HOST = b"Host: penstock\r\n"
# What would be answered in its own right if the request before it were read as shorter than it is.
# It ends the connection, so that nobody need wait for more; it has the length 0x3c.
HIDDEN = b"GET /console HTTP/1.1\r\nHost: penstock\r\nConnection: close\r\n\r\n"
QUIET = 0.5  # Seconds without a byte after which a reader waits for more of the request.
CHUNKED = b"Transfer-Encoding: chunked\r\n"
END = b"0\r\n\r\n"
REFUSED = 0


class Attack(NamedTuple):
    name: str
    data: bytes
    replies: int = REFUSED  # Of the API port, sent directly; REFUSED is one reply at the most and the end.
    s3: int | None = None  # Of the S3 port, where it is another number.


def post(headers, body=b"", line=b"POST /nothing HTTP/1.1\r\n", host=HOST):
    return line + host + headers + b"\r\n" + body


def length(count):
    return b"Content-Length: %d\r\n" % count


def coded(name, header, **more):
    """A chunked body that ends at once, the rest being hidden in a length that another reader may go by."""
    body = END + HIDDEN
    return Attack(name, post(length(len(body)) + header, body), **more)


ATTACKS = [
    coded("both, length first", CHUNKED),
    Attack("both, coding first", post(CHUNKED + length(len(END + HIDDEN)), END + HIDDEN)),
    Attack("both, short length", post(length(4) + CHUNKED, b"3c\r\n" + HIDDEN + b"\r\n" + END)),
    coded("blank before the colon", b"Transfer-Encoding : chunked\r\n"),
    coded("tab before the colon", b"Transfer-Encoding\t: chunked\r\n"),
    coded("tab before the value", b"Transfer-Encoding:\tchunked\r\n"),
    coded("vertical tab before the value", b"Transfer-Encoding: \x0bchunked\r\n"),
    coded("another coding", b"Transfer-Encoding: xchunked\r\n"),
    coded("quoted coding", b'Transfer-Encoding: "chunked"\r\n'),
    coded("coding twice", CHUNKED + b"Transfer-Encoding: identity\r\n"),
    coded("coding twice, reversed", b"Transfer-Encoding: identity\r\n" + CHUNKED),
    coded("list of codings", b"Transfer-Encoding: chunked, identity\r\n"),
    coded("chunked in chunked", b"Transfer-Encoding: chunked, chunked\r\n"),
    coded("folded coding", b"Transfer-Encoding:\r\n chunked\r\n"),
    coded("coding behind a bare line feed", b"X: x\nTransfer-Encoding: chunked\r\n"),
    coded("coding behind a bare return", b"X: x\rTransfer-Encoding: chunked\r\n"),
    coded("coding behind a NUL", b"X: x\x00\r\nTransfer-Encoding: chunked\r\n"),
    coded("coding of letters of another width", b"Transfer-Encoding: chun\xe2\x84\xaaed\r\n"),
    Attack("coding alone, not chunked", post(b"Transfer-Encoding: gzip\r\n", HIDDEN)),
    Attack("chunked not last", post(b"Transfer-Encoding: chunked, gzip\r\n", END + HIDDEN)),
    Attack("lengths that differ", post(length(0) + length(len(HIDDEN)), HIDDEN)),
    Attack("lengths that differ, reversed", post(length(len(HIDDEN)) + length(0), HIDDEN)),
    Attack("list of lengths", post(b"Content-Length: 0, %d\r\n" % len(HIDDEN), HIDDEN)),
    Attack("signed length", post(b"Content-Length: +%d\r\n" % len(HIDDEN), HIDDEN)),
    Attack("negative length", post(b"Content-Length: -1\r\n", HIDDEN)),
    Attack("hexadecimal length", post(b"Content-Length: 0x%x\r\n" % len(HIDDEN), HIDDEN)),
    Attack("length with a blank in it", post(b"Content-Length: %d 0\r\n" % len(HIDDEN), HIDDEN)),
    Attack("length beyond 64 bits", post(b"Content-Length: 18446744073709551616\r\n", HIDDEN)),
    Attack("empty length", post(b"Content-Length: \r\n", HIDDEN)),
    Attack("blank before the colon of the length", post(b"Content-Length : %d\r\n" % len(HIDDEN), HIDDEN)),
    Attack("folded length", post(b"Content-Length:\r\n %d\r\n" % len(HIDDEN), HIDDEN)),
    # Of two hosts the S3 port takes one, which is no question of where a request ends.
    Attack("two hosts", post(length(0), HIDDEN, host=HOST + b"Host: other\r\n"), s3=2),
    Attack("bare line feeds", b"POST /nothing HTTP/1.1\nHost: penstock\nContent-Length: 0\n\n" + HIDDEN),
    Attack("NUL in a name", post(length(0) + b"A\x00B: c\r\n", HIDDEN)),
    Attack("NUL in a value", post(length(0) + b"A: b\x00c\r\n", HIDDEN)),
    Attack("no colon", post(length(0) + b"NoColon\r\n", HIDDEN)),
    Attack("blank in a name", post(length(0) + b"A B: c\r\n", HIDDEN)),
    Attack("blank before the first name", post(length(0), HIDDEN, host=b" Host: penstock\r\n")),
    Attack("NUL in the target", post(length(0), HIDDEN, line=b"POST /a\x00b HTTP/1.1\r\n")),
    Attack("blank in the target", post(length(0), HIDDEN, line=b"POST /a b HTTP/1.1\r\n")),
    Attack("chunk size with a prefix", post(CHUNKED, b"0x0\r\n\r\n" + HIDDEN)),
    Attack("chunk size with a sign", post(CHUNKED, b"+0\r\n\r\n" + HIDDEN)),
    Attack("chunk size with an underscore", post(CHUNKED, b"0_0\r\n\r\n" + HIDDEN)),
    Attack("chunk size beyond 64 bits", post(CHUNKED, b"10000000000000002\r\n{}\r\n" + END + HIDDEN)),
    Attack("chunk without its end", post(CHUNKED, b"1\r\nAB\r\n" + END + HIDDEN)),
    Attack("extension with a line feed", post(CHUNKED, b"1;a\nb\r\nA\r\n" + END + HIDDEN)),
    Attack("size with a bare line feed", post(CHUNKED, b"1\nA\r\n" + END + HIDDEN)),
    Attack("coding in HTTP/1.0", post(CHUNKED, END + HIDDEN, line=b"POST /nothing HTTP/1.0\r\n")),
    Attack("version 2.0", post(length(0), HIDDEN, line=b"POST /nothing HTTP/2.0\r\n")),
    Attack("version 1.9", post(length(0), HIDDEN, line=b"POST /nothing HTTP/1.9\r\n")),
    Attack("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"),
    Attack("HTTP/2 preface and a call", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + HIDDEN),
    Attack("length in a trailer", post(CHUNKED, b"2\r\n{}\r\n0\r\nContent-Length: 90\r\n\r\n" + HIDDEN), s3=1),
    # What is no attack, and must not be taken for one. The S3 port reads no body of unknown length that it refuses.
    Attack("chunked", post(CHUNKED, b"2\r\n{}\r\n" + END + HIDDEN), 2, s3=1),
    Attack("chunked in capitals", post(b"TRANSFER-ENCODING: CHUNKED\r\n", b"2\r\n{}\r\n" + END + HIDDEN), 2, s3=1),
    Attack("extension and trailer", post(CHUNKED, b"2;a=b\r\n{}\r\n0\r\nX: y\r\n\r\n" + HIDDEN), 2, s3=1),
    Attack("length with blanks around", post(b"Content-Length:   2 \r\n", b"{}" + HIDDEN), 2),
    Attack("length named as a hop's own", post(b"Connection: Content-Length\r\n" + length(len(HIDDEN)), HIDDEN), 1),
    Attack("a body of a GET", b"GET /nothing HTTP/1.1\r\nHost: penstock\r\n" + length(len(HIDDEN)) + b"\r\n" + HIDDEN, 1),
    Attack("whole addresses", post(length(0), HIDDEN, line=b"POST http://penstock/nothing HTTP/1.1\r\n"), 2),
]


def exchange(raw, data, quiet=QUIET):
    """Sends bytes; returns all that comes back until the connection ends or nothing more comes.

    Our side stays open: proxies give up requests whose sender has ended its side.
    """
    received = b""
    raw.settimeout(quiet)
    try:
        raw.sendall(data)
        while piece := raw.recv(65536):
            received += piece
    except (ConnectionError, TimeoutError):
        pass
    return received


def statuses(received):
    return re.findall(rb"HTTP/1\.[01] (\d\d\d)", received)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
@pytest.mark.parametrize("port", ["api", "s3"])
def test_an_ambiguous_request_is_refused_and_nothing_after_it_is_read(server, port, attack):
    expected = attack.s3 if port == "s3" and attack.s3 is not None else attack.replies
    with server.connect(getattr(server, port)) as raw:
        # After one reply the server may wait for more; in all other cases it ends the connection.
        found = statuses(exchange(raw, attack.data, QUIET if expected == 1 else 10))
    if expected == REFUSED:
        assert found in ([], [b"400"], [b"403"], [b"405"], [b"411"], [b"413"], [b"505"]), found
    else:
        assert len(found) == expected, found


def requests_of(data):
    """How many requests a proxy wrote, by the letter of what it wrote."""
    count = 0
    while match := re.match(rb"[A-Z]+ \S+ HTTP/1\.[01]\r\n((?:[!-9;-~]+:[^\r\n]*\r\n)*)\r\n", data):
        headers = [line.split(b":", 1) for line in match[1].split(b"\r\n") if line]
        values = {name.lower(): value.strip() for name, value in headers}
        data = data[match.end():]
        count += 1
        if b"transfer-encoding" in values:
            assert values[b"transfer-encoding"].lower() == b"chunked" and b"content-length" not in values
            body = re.match(rb"(?:(?!0+\r\n)([0-9A-Fa-f]+)(?:;[^\r\n]*)?\r\n)", data)
            while body:
                data = data[body.end() + int(body[1], 16) + 2:]
                body = re.match(rb"(?:(?!0+\r\n)([0-9A-Fa-f]+)(?:;[^\r\n]*)?\r\n)", data)
            last = re.match(rb"0+(?:;[^\r\n]*)?\r\n(?:[^\r\n]+\r\n)*\r\n", data)
            if not last:
                return count
            data = data[last.end():]
        else:
            data = data[int(values.get(b"content-length", b"0")):]
    return count


@pytest.fixture(scope="module", params=sorted(PROGRAMS))
def proxy(request, server):
    made = Proxy(request.param, server)
    yield made
    made.close()


def ask(proxy, path):
    with proxy.connect() as raw:
        return exchange(raw, quiet=10, data=b"GET %b HTTP/1.1\r\nHost: penstock\r\nConnection: close\r\n\r\n" % path)


def check_order(proxy):
    """Each request still gets its own reply, over whatever connection the proxy keeps open to the server."""
    for path, mark in ((b"/health", b'{"status":"ok"}'), (b"/elsewhere", b"Nothing is served"), (b"/health", b'"ok"')):
        reply = ask(proxy, path)
        assert mark in reply and len(statuses(reply)) == 1, (path, reply)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_behind_a_proxy_both_sides_see_the_same_number_of_requests(proxy, attack):
    check_order(proxy)
    before = [(len(there), len(back)) for there, back in proxy.tap.connections]
    with proxy.connect() as raw:
        received = exchange(raw, attack.data)
    check_order(proxy)

    def balanced():
        for number, (there, back) in enumerate(proxy.tap.connections):
            start, answered = before[number] if number < len(before) else (0, 0)
            asked, replies = requests_of(bytes(there[start:])), len(statuses(bytes(back[answered:])))
            assert asked == replies or replies < asked and b"Connection: close" in back[answered:], (
                f"the proxy asked {asked} times and was answered {replies} times:\n{bytes(there[start:])}\n"
                f"{bytes(back[answered:])}\nand gave back:\n{received}")
        return True

    eventually(balanced, "the proxy and the server agree", 5)


def test_a_signed_call_goes_through_a_proxy_that_keeps_the_host(server, proxy):
    request = sign(server, b"{}", "ListPipelines")
    lines = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    host = server.api.split("//")[1]
    with proxy.connect() as raw:
        reply = exchange(raw, (f"POST / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{lines}"
                               "Content-Length: 2\r\n\r\n{}").encode(), quiet=10)
    assert statuses(reply) == [b"200"] and b'"pipelines"' in reply
    assert send_signed(server, "ListPipelines").status == 200
