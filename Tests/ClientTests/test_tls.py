"""TLS on both ports."""

import json
import ssl
import subprocess
import urllib.request

import pytest

from penstock_server import run_penstock


@pytest.fixture
def certificate(tmp_path):
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    certificate, key = tmp_path / "server.crt", tmp_path / "server.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=penstock", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out",
         str(certificate)],
        check=True, capture_output=True)
    return certificate, key


@pytest.fixture
def secure(new_server, certificate):
    server = new_server({"tls": {"certificate": str(certificate[0]), "key": str(certificate[1])}})
    server.ca_bundle = str(certificate[0])
    return server.start()


def test_both_ports_speak_tls(secure):
    assert secure.api.startswith("https://127.0.0.1:") and secure.s3.startswith("https://127.0.0.1:")
    assert secure.client("codepipeline").list_pipelines()["pipelines"] == []
    s3 = secure.client("s3")
    s3.create_bucket(Bucket="over-tls")
    s3.put_object(Bucket="over-tls", Key="k", Body=b"x" * 100_000)
    assert s3.get_object(Bucket="over-tls", Key="k")["Body"].read() == b"x" * 100_000
    trusted = ssl.create_default_context(cafile=secure.ca_bundle)
    with urllib.request.urlopen(secure.api + "/health", context=trusted, timeout=10) as reply:
        assert json.load(reply) == {"status": "ok"}


def test_the_aws_cli_speaks_tls(secure):
    assert json.loads(secure.aws("codepipeline", "list-pipelines").stdout) == {"pipelines": []}


def test_a_backup_is_taken_over_tls(secure, tmp_path):
    arguments = ["backup", tmp_path / "b.tar", "--endpoint-url", secure.api, "--data-dir", secure.data]
    done = run_penstock(*arguments, env={"AWS_CA_BUNDLE": secure.ca_bundle})
    assert done.returncode == 0, done.stderr
    (tmp_path / "b.tar").unlink()
    untrusted = run_penstock(*arguments)
    assert untrusted.returncode == 69 and not (tmp_path / "b.tar").exists(), untrusted.stderr


def test_plain_http_on_a_tls_port_gets_no_answer(secure):
    for url in (secure.api, secure.s3):
        with secure.connect(url) as raw:
            raw.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            try:
                assert b"200" not in raw.recv(1000)
            except ConnectionResetError:
                pass
    assert secure.client("codepipeline").list_pipelines()["pipelines"] == []


def test_old_tls_is_refused(secure):
    context = ssl.create_default_context(cafile=secure.ca_bundle)
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with secure.connect() as raw, pytest.raises((ssl.SSLError, ConnectionError)):
        context.wrap_socket(raw, server_hostname="127.0.0.1")


def test_all_addresses_may_be_bound_with_tls(new_server, certificate):
    server = new_server({"host": "0.0.0.0", "tls": {"certificate": str(certificate[0]), "key": str(certificate[1])}})
    server.start()
    assert server.api.startswith("https://")
