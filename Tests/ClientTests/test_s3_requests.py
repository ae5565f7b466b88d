"""The S3 port as HTTP: presigned addresses, tampered bodies, 100-continue, signatures, XML meant to hurt."""

import datetime
import hashlib
import json
import re
import time
import urllib.error
import urllib.request
from unittest import mock

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from signed_http import REGION, send


def fetch(url, method="GET", body=None, headers=None):
    """Status and body of a plain HTTP request."""
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=20) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def signed(server, method, path, body=b"", headers=None, hashed=None, secret=None):
    """A request to the S3 port signed over `hashed` instead of the body where that is given."""
    digest = hashed if hashed is not None else hashlib.sha256(body).hexdigest()
    request = AWSRequest(method=method, url=server.s3 + path, data=body,
                         headers={"X-Amz-Content-SHA256": digest} | (headers or {}))
    signer = S3SigV4Auth(Credentials(server.access_key, secret or server.secret_key), "s3", REGION)
    signer.payload = lambda _: digest
    signer.add_auth(request)
    return request


def error_code(body):
    match = re.search(rb"<Code>(.*?)</Code>", body)
    return match and match.group(1).decode()


class TestPresigned:
    @pytest.fixture
    def signer(self, server):
        return server.client("s3", config=Config(signature_version="s3v4"))

    def url(self, signer, operation, lifetime=60, **parameters):
        return signer.generate_presigned_url(operation, Params=parameters, ExpiresIn=lifetime)

    def test_an_address_reads_and_writes(self, signer, bucket):
        put = self.url(signer, "put_object", Bucket=bucket, Key="a b/ü")
        assert fetch(put, "PUT", b"presigned")[0] == 200
        assert fetch(self.url(signer, "get_object", Bucket=bucket, Key="a b/ü")) == (200, b"presigned")

    def test_it_is_for_one_method_and_key(self, signer, s3, bucket):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x")
        s3.put_object(Bucket=bucket, Key="other", Body=b"x")
        url = self.url(signer, "get_object", Bucket=bucket, Key="k")
        assert fetch(url, "PUT", b"y")[0] == 403
        assert fetch(url, "DELETE")[0] == 403
        assert fetch(url.replace("/k?", "/other?"))[0] == 403
        assert fetch(url + "&versionId=x")[0] == 403
        assert fetch(re.sub(r"X-Amz-Expires=60", "X-Amz-Expires=600", url))[0] == 403

    def plain(self, server, bucket, lifetime, minutes_ago=0):
        """An address that botocore's own code signs: with the CRT beside it, boto3 takes neither odd lifetimes nor a
        moved clock."""
        signed_at = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=minutes_ago)
        request = AWSRequest("GET", f"{server.s3}/{bucket}/k")
        auth = S3SigV4QueryAuth(Credentials(server.access_key, server.secret_key), "s3", REGION, expires=lifetime)
        with mock.patch("botocore.auth.get_current_datetime", lambda remove_tzinfo=True: signed_at.replace(
                tzinfo=None) if remove_tzinfo else signed_at):
            auth.add_auth(request)
        return request.url

    def test_it_ends(self, server, s3, bucket):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x")
        assert fetch(self.plain(server, bucket, lifetime=600, minutes_ago=5)) == (200, b"x")
        status, body = fetch(self.plain(server, bucket, lifetime=60, minutes_ago=5))
        assert (status, error_code(body)) == (403, "AccessDenied") and b"expired" in body.lower()

    @pytest.mark.parametrize("lifetime", [0, 604801])
    def test_its_lifetime_has_bounds(self, server, bucket, lifetime):
        assert fetch(self.plain(server, bucket, lifetime))[0] in (400, 403)

    def test_a_job_may_presign_with_its_session_token(self, server, codepipeline, unique):
        from declarations import create_action_type, gate_pipeline
        from worker import Worker, place
        provider, name = unique("p"), unique("pre")
        create_action_type(codepipeline, "Source", provider)
        codepipeline.create_pipeline(pipeline=gate_pipeline(name, provider))
        worker = Worker(server, "Source", provider)
        job = worker.take()
        keys = job["data"]["artifactCredentials"]
        store = server.client("s3", keys["accessKeyId"], keys["secretAccessKey"], keys["sessionToken"],
                              config=Config(signature_version="s3v4"))
        url = store.generate_presigned_url("put_object", Params=place(job["data"]["outputArtifacts"][0]), ExpiresIn=60)
        assert "X-Amz-Security-Token" in url
        assert fetch(re.sub(r"X-Amz-Security-Token=[^&]*&?", "", url), "PUT", b"x")[0] in (400, 403)
        assert fetch(url, "PUT", b"x")[0] == 200
        worker.succeed(job)
        assert fetch(url, "PUT", b"y")[0] == 403
        codepipeline.delete_pipeline(name=name)

    def test_a_header_signature_besides_is_refused(self, server, signer, bucket):
        url = self.url(signer, "get_object", Bucket=bucket, Key="k")
        header = signed(server, "GET", f"/{bucket}/k").headers["Authorization"]
        assert fetch(url, headers={"Authorization": header})[0] in (400, 403)


def test_a_body_other_than_the_signed_one_is_not_stored(server, s3, bucket):
    request = signed(server, "PUT", f"/{bucket}/k", b"signed body")
    reply = send(server, "PUT", request.url, request.headers, b"forged body")
    assert (reply.status, error_code(reply.body)) == (400, "XAmzContentSHA256Mismatch")
    with pytest.raises(ClientError):
        s3.head_object(Bucket=bucket, Key="k")


@pytest.mark.parametrize("value", ["STREAMING-NONSENSE", "none", "", "0" * 63, "UNSIGNED"])
def test_an_unknown_payload_hash_is_refused(server, bucket, value):
    request = signed(server, "PUT", f"/{bucket}/k", b"body", hashed=value or "x")
    assert send(server, "PUT", request.url, request.headers, b"body").status in (400, 403)


def test_a_forged_signature_is_refused_with_s3s_own_code(server, bucket):
    request = signed(server, "GET", f"/{bucket}/k", secret="wrong")
    reply = send(server, "GET", request.url, request.headers)
    assert (reply.status, error_code(reply.body)) == (403, "SignatureDoesNotMatch")
    assert send(server, "GET", server.s3 + f"/{bucket}/k", {}).status == 403


def test_a_client_that_sends_all_before_it_reads_hears_why_its_upload_is_refused(server, s3, bucket):
    """The body is larger than what the sockets between hold, and than what is read for the sake of the connection."""
    body = b"x" * (12 << 20)
    request = signed(server, "PUT", f"/{bucket}/large", body, secret="wrong")
    reply = send(server, "PUT", request.url, request.headers, body)
    assert (reply.status, error_code(reply.body)) == (403, "SignatureDoesNotMatch")
    assert reply.headers["Connection"] == "close"


def test_nothing_is_done_behind_a_connections_last_reply(server, s3, bucket):
    body = b"x" * (2 << 20)
    refused = signed(server, "PUT", f"/{bucket}/first", body, secret="wrong")
    fine = signed(server, "PUT", f"/{bucket}/second", b"y")
    with server.connect(server.s3) as raw:
        for request, content in ((refused, body), (fine, b"y")):
            head = "".join(f"{n}: {v}\r\n" for n, v in request.headers.items())
            raw.sendall(f"PUT {request.url.removeprefix(server.s3)} HTTP/1.1\r\nHost: {server.s3.split('//')[1]}\r\n"
                        f"Content-Length: {len(content)}\r\n{head}\r\n".encode() + content)
        received = b"".join(iter(lambda: raw.recv(65536), b""))
    assert received.startswith(b"HTTP/1.1 403") and received.count(b"HTTP/1.1 ") == 1, received
    with pytest.raises(ClientError):
        s3.head_object(Bucket=bucket, Key="second")


def test_an_unknown_key_is_refused(server, error_of):
    assert error_of(server.client("s3", "AKIDNOBODY", "x").list_buckets)[0] == "InvalidAccessKeyId"


def test_a_user_without_a_policy_for_s3_is_denied(server, bucket, error_of):
    alice = server.client("s3", "PENSTOCKALICE", "alice-secret-for-the-tests")
    assert error_of(alice.list_buckets)[0] == "AccessDenied"
    assert error_of(alice.put_object, Bucket=bucket, Key="k", Body=b"x")[0] == "AccessDenied"


def test_a_truncated_body_is_not_stored(server, s3, bucket):
    request = signed(server, "PUT", f"/{bucket}/cut", b"x" * 1000)
    with server.connect(server.s3) as raw:
        head = "".join(f"{n}: {v}\r\n" for n, v in request.headers.items())
        host = server.s3.split("//")[1]
        raw.sendall(f"PUT /{bucket}/cut HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1000\r\n{head}\r\n".encode())
        raw.sendall(b"x" * 500)
    with pytest.raises(ClientError):
        s3.head_object(Bucket=bucket, Key="cut")


def test_100_continue_comes_at_once_and_only_after_the_signature(server, bucket):
    """boto3 waits a second for it at every put."""
    def exchange(secret):
        request = signed(server, "PUT", f"/{bucket}/slow", b"hello", secret=secret)
        head = "".join(f"{n}: {v}\r\n" for n, v in request.headers.items())
        with server.connect(server.s3) as raw:
            started = time.monotonic()
            raw.sendall(f"PUT /{bucket}/slow HTTP/1.1\r\nHost: {server.s3.split('//')[1]}\r\nContent-Length: 5\r\n"
                        f"Expect: 100-continue\r\n{head}\r\n".encode())
            first = raw.recv(4096)
            took = time.monotonic() - started
            if first.startswith(b"HTTP/1.1 100"):
                raw.sendall(b"hello")
                first += raw.recv(4096)
            return first, took

    good, took = exchange(None)
    assert good.startswith(b"HTTP/1.1 100") and b"HTTP/1.1 200" in good and took < 0.5
    forged, _ = exchange("wrong")
    assert forged.startswith(b"HTTP/1.1 403")


def test_puts_of_boto3_do_not_wait(s3, bucket):
    started = time.monotonic()
    for number in range(10):
        s3.put_object(Bucket=bucket, Key=f"k{number}", Body=b"x")
    assert time.monotonic() - started < 5


BILLION = b"""<!DOCTYPE l [<!ENTITY a "lol">%s]><Delete><Object><Key>&j;</Key></Object></Delete>""" % (
    b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)))


@pytest.mark.parametrize("body", [
    BILLION, b"", b"<Delete>", b"<Delete></Delete>", b"junk",
    b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Delete><Object><Key>&x;</Key></Object></Delete>',
    b"<a>" * 50_000,
], ids=["billion laughs", "empty", "unclosed", "no keys", "junk", "external entity", "deep"])
def test_xml_meant_to_hurt_is_malformed(server, bucket, body):
    import base64
    digest = base64.b64encode(hashlib.md5(body).digest()).decode()
    request = signed(server, "POST", f"/{bucket}?delete", body, {"Content-MD5": digest})
    reply = send(server, "POST", request.url, request.headers, body)
    assert (reply.status, error_code(reply.body)) == (400, "MalformedXML"), reply.body[:300]
    assert b"root:" not in reply.body


class TestCommandLine:
    def test_files_go_up_and_down(self, server, bucket, tmp_path):
        (tmp_path / "up").mkdir()
        (tmp_path / "up/a.txt").write_text("one")
        (tmp_path / "up/big").write_bytes(b"x" * (9 << 20))
        server.aws("s3", "cp", tmp_path / "up", f"s3://{bucket}/dir", "--recursive")
        listed = server.aws("s3", "ls", f"s3://{bucket}/dir/").stdout
        assert "a.txt" in listed and str(9 << 20) in listed
        server.aws("s3", "cp", f"s3://{bucket}/dir", tmp_path / "down", "--recursive")
        assert (tmp_path / "down/a.txt").read_text() == "one"
        assert (tmp_path / "down/big").stat().st_size == 9 << 20

    def test_s3api_makes_a_versioned_bucket(self, server, unique):
        name = unique("cli")
        server.aws("s3api", "create-bucket", "--bucket", name)
        server.aws("s3api", "put-bucket-versioning", "--bucket", name, "--versioning-configuration", "Status=Enabled")
        shown = server.aws("s3api", "get-bucket-versioning", "--bucket", name).stdout
        assert json.loads(shown) == {"Status": "Enabled"}
        failed = server.aws("s3api", "head-object", "--bucket", name, "--key", "nothing", check=False)
        assert failed.returncode in (254, 255) and "404" in failed.stderr
