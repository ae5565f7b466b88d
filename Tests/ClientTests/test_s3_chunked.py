"""Bodies in signed chunks, as older SDKs stream them: a signer of our own, and one thing wrong at a time."""

import base64
import hashlib
import hmac
import re
import zlib

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from penstock_server import REGION
from signed_http import send

SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
EMPTY = hashlib.sha256(b"").hexdigest()
CHUNKS = [b"a" * 70_000, b"b" * 65_536, b"the end"]
BODY = b"".join(CHUNKS)


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def key_of(server, day):
    key = ("AWS4" + server.secret_key).encode()
    for part in (day, REGION, "s3", "aws4_request"):
        key = mac(key, part)
    return key


class Upload:
    """A put in chunks that can be spoiled before it is sent."""

    def __init__(self, server, bucket, mode=SIGNED, length=None, trailer=None):
        self.server, self.mode, self.trailer = server, mode, trailer
        declared = len(BODY) if length is None else length
        headers = {"X-Amz-Content-SHA256": mode, "X-Amz-Decoded-Content-Length": str(declared),
                   "Content-Encoding": "aws-chunked"}
        if trailer:
            headers["X-Amz-Trailer"] = trailer[0]
        self.request = AWSRequest(method="PUT", url=f"{server.s3}/{bucket}/chunked", headers=headers)
        signer = S3SigV4Auth(Credentials(server.access_key, server.secret_key), "s3", REGION)
        signer.payload = lambda _: mode
        signer.add_auth(self.request)
        self.date = self.request.context["timestamp"]
        self.previous = re.search(r"Signature=([0-9a-f]{64})", self.request.headers["Authorization"]).group(1)
        self.scope = f"{self.date[:8]}/{REGION}/s3/aws4_request"

    def signature(self, kind, *hashes):
        text = "\n".join([kind, self.date, self.scope, self.previous, *hashes])
        self.previous = mac(key_of(self.server, self.date[:8]), text).hex()
        return self.previous

    def chunk(self, data):
        if self.mode == UNSIGNED_TRAILER:
            return b"%x\r\n%s\r\n" % (len(data), data)
        proof = self.signature("AWS4-HMAC-SHA256-PAYLOAD", EMPTY, hashlib.sha256(data).hexdigest())
        return b"%x;chunk-signature=%s\r\n%s\r\n" % (len(data), proof.encode(), data)

    def parts(self):
        """The chunks, the final one without its last line end, and the trailer."""
        made = [self.chunk(data) for data in CHUNKS]
        last = self.chunk(b"")
        if not self.trailer:
            return [*made, last]
        line = f"{self.trailer[0]}:{self.trailer[1]}\n"
        end = line.rstrip("\n").encode() + b"\r\n"
        if self.mode == TRAILER:
            proof = self.signature("AWS4-HMAC-SHA256-TRAILER", hashlib.sha256(line.encode()).hexdigest())
            end += b"x-amz-trailer-signature:" + proof.encode() + b"\r\n"
        return [*made, last[:-2], end + b"\r\n"]

    def send(self, parts=None):
        return send(self.server, "PUT", self.request.url, self.request.headers, b"".join(parts or self.parts()))


def check_refused(reply, s3, bucket):
    assert reply.status in (400, 403), reply.body
    with pytest.raises(ClientError):
        s3.head_object(Bucket=bucket, Key="chunked")


def checksum(body=BODY):
    return base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()


@pytest.mark.parametrize("mode, trailer", [
    (SIGNED, None), (TRAILER, ("x-amz-checksum-crc32", checksum())),
    (UNSIGNED_TRAILER, ("x-amz-checksum-crc32", checksum())),
])
def test_chunks_make_the_object(server, s3, bucket, mode, trailer):
    reply = Upload(server, bucket, mode, trailer=trailer).send()
    assert reply.status == 200, reply.body
    got = s3.get_object(Bucket=bucket, Key="chunked")
    assert got["Body"].read() == BODY
    assert "aws-chunked" not in got.get("ContentEncoding", "")


def test_a_changed_chunk_is_refused(server, s3, bucket):
    upload = Upload(server, bucket)
    parts = upload.parts()
    parts[1] = parts[1].replace(b"b" * 10, b"c" * 10, 1)
    check_refused(upload.send(parts), s3, bucket)


def test_chunks_in_another_order_are_refused(server, s3, bucket):
    upload = Upload(server, bucket)
    one, two, three, last = upload.parts()
    check_refused(upload.send([two, one, three, last]), s3, bucket)


def test_a_missing_chunk_is_refused(server, s3, bucket):
    upload = Upload(server, bucket)
    one, _, three, last = upload.parts()
    check_refused(upload.send([one, three, last]), s3, bucket)


def test_a_missing_last_chunk_is_refused(server, s3, bucket):
    upload = Upload(server, bucket)
    check_refused(upload.send(upload.parts()[:-1]), s3, bucket)


@pytest.mark.parametrize("length", [len(BODY) - 1, len(BODY) + 1, 0])
def test_another_length_than_declared_is_refused(server, s3, bucket, length):
    check_refused(Upload(server, bucket, length=length).send(), s3, bucket)


@pytest.mark.parametrize("mode", [TRAILER, UNSIGNED_TRAILER])
def test_a_wrong_checksum_in_the_trailer_is_refused(server, s3, bucket, mode):
    upload = Upload(server, bucket, mode, trailer=("x-amz-checksum-crc32", checksum(b"other")))
    check_refused(upload.send(), s3, bucket)


def test_a_trailer_with_a_forged_signature_is_refused(server, s3, bucket):
    upload = Upload(server, bucket, TRAILER, trailer=("x-amz-checksum-crc32", checksum()))
    parts = upload.parts()
    parts[-1] = re.sub(rb"(trailer-signature:)[0-9a-f]{8}", rb"\g<1>00000000", parts[-1])
    check_refused(upload.send(parts), s3, bucket)


def test_an_announced_trailer_must_come(server, s3, bucket):
    upload = Upload(server, bucket, UNSIGNED_TRAILER, trailer=("x-amz-checksum-crc32", checksum()))
    parts = upload.parts()
    check_refused(upload.send([*parts[:-1], b"\r\n"]), s3, bucket)
