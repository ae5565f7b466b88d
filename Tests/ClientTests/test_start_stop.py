"""Starting, refusing to start, and stopping."""

import hashlib
import json
import signal
import socket
import stat
import subprocess
import threading

import pytest

from declarations import create_action_type, gate_pipeline
from eventually import eventually
from penstock_server import binary, environment, run_penstock
from progress import first_execution, status
from signed_http import connect, sign
from worker import Worker

USAGE = 64


def one_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    assert len(lines) == 1, text
    return lines[0]


@pytest.mark.parametrize("arguments, named", [
    (["serve", "--nonsense"], "--nonsense"), (["serve", "--port", "65536"], "--port"),
    (["serve", "--port", "many"], "many"), (["nonsense"], "nonsense"),
    (["serve", "--database", "postgres://h/d"], "database"),
])
def test_a_bad_flag_is_one_line_that_names_it(tmp_path, arguments, named):
    done = run_penstock(*arguments, *(["--data-dir", tmp_path] if arguments[0] == "serve" else []))
    assert done.returncode == USAGE and done.stdout == ""
    assert named in done.stderr and done.stderr.strip()


@pytest.mark.parametrize("config, named", [
    ({"nonsense": 1}, "nonsense"), ({"engine": {"sourcePolInterval": 1}}, "sourcePolInterval"),
    ({"engine": {"sourcePollInterval": "soon"}}, "sourcePollInterval"), ({"accountId": "12"}, "accountId"),
    ({"users": [{"name": "x"}]}, "users"), ({"codeBuild": {"sandbox": "docker"}}, "sandbox"),
    ({"port": 70000}, "port"), ({"tls": {"certificate": "/no/such/file", "key": "/no/such/key"}}, "/no/such/file"),
])
def test_a_bad_configuration_key_is_one_line_that_names_it(tmp_path, config, named):
    file = tmp_path / "penstock.yaml"
    file.write_text(json.dumps(config))
    done = run_penstock("serve", "--port", "0", "--s3-port", "0", "--data-dir", tmp_path / "data", "--config", file)
    assert done.returncode == USAGE, done.stderr
    assert named in one_line(done.stderr)


def test_a_configuration_that_is_no_yaml_is_refused(tmp_path):
    file = tmp_path / "penstock.yaml"
    file.write_text("engine: [unclosed")
    done = run_penstock("serve", "--data-dir", tmp_path / "data", "--config", file)
    assert done.returncode == USAGE and "penstock.yaml" in done.stderr


def test_another_address_than_loopback_needs_tls(tmp_path):
    done = run_penstock("serve", "--host", "0.0.0.0", "--port", "0", "--s3-port", "0", "--data-dir", tmp_path / "data")
    assert done.returncode == USAGE
    line = one_line(done.stderr)
    assert "0.0.0.0" in line and "tls" in line.lower() and "allowPlainHTTP" in line


def test_the_credentials_are_kept_private_and_stay(new_server):
    server = new_server().start()
    file = server.data / "credentials"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_text()
    assert server.terminate() == 0
    server.start()
    assert file.read_text() == before


def test_root_credentials_may_come_from_the_environment(new_server):
    keys = {"PENSTOCK_ROOT_ACCESS_KEY_ID": "AKIDOFMYOWN",
            "PENSTOCK_ROOT_SECRET_ACCESS_KEY": "a-secret-of-my-own-choice"}
    server = new_server(env=keys)
    try:
        server.start()
    except KeyError:
        pass  # No file is made where the environment has them.
    client = server.client("codepipeline", "AKIDOFMYOWN", "a-secret-of-my-own-choice")
    assert client.list_pipelines()["pipelines"] == []


def test_flags_win_over_the_environment_over_the_file(new_server):
    server = new_server(config={"port": 1, "s3Port": 1, "dataDir": "/nonexistent/by-file"},
                        env={"PENSTOCK_PORT": "2", "PENSTOCK_DATA_DIR": "/nonexistent/by-environment"})
    server.start()
    assert server.client("codepipeline").list_pipelines()["pipelines"] == []


def test_a_second_server_on_the_data_directory_refuses_and_names_the_first(new_server):
    server = new_server().start()
    done = run_penstock("serve", "--port", "0", "--s3-port", "0", "--data-dir", server.data)
    assert done.returncode not in (0, None) and done.stdout == ""
    assert str(server.process.pid) in done.stderr and str(server.data) in done.stderr
    assert server.client("codepipeline").list_pipelines()["pipelines"] == []


def test_a_port_in_use_is_named(new_server, tmp_path):
    server = new_server().start()
    port = server.api.rsplit(":", 1)[1]
    done = run_penstock("serve", "--port", port, "--s3-port", "0", "--data-dir", tmp_path / "other")
    assert done.returncode not in (0, None) and port in done.stderr


def test_a_data_directory_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    done = run_penstock("serve", "--port", "0", "--s3-port", "0", "--data-dir", tmp_path / "file" / "data")
    assert done.returncode not in (0, None) and str(tmp_path / "file") in done.stderr


def test_sigterm_ends_a_busy_server_with_0_and_nothing_is_lost(new_server):
    server = new_server().start()
    client = server.client("codepipeline")
    create_action_type(client, "Source", "Stop")
    client.create_pipeline(pipeline=gate_pipeline("p", "Stop"))
    execution = first_execution(client, "p", "Source")
    job = Worker(server, "Source", "Stop", client).take()
    idle = server.connect()
    assert server.terminate() == 0, server.log()
    idle.close()
    server.start()
    client = server.client("codepipeline")
    assert status(client, "p", execution) == "InProgress"
    Worker(server, "Source", "Stop", client).succeed(job, {"Source": b"x"})


def test_a_second_sigterm_ends_the_server_at_once(new_server):
    server = new_server().start()
    server.client("s3").create_bucket(Bucket="slow")
    body = bytes(8_000_000)
    request = sign(server, body, service="s3", url=f"{server.s3}/slow/key", method="PUT",
                   headers={"x-amz-content-sha256": hashlib.sha256(body).hexdigest()})
    upload = connect(server, server.s3)
    upload.putrequest("PUT", "/slow/key", skip_host=True, skip_accept_encoding=True)
    for name, value in request.headers.items():
        upload.putheader(name, value)
    upload.putheader("Host", server.s3.split("//")[1])
    upload.putheader("Content-Length", str(len(body)))
    # Half of the body: the server's drain waits for the rest.
    upload.endheaders(body[:4_000_000])
    eventually(lambda: list((server.data / "objects/temporary").iterdir()), "the upload has begun")
    server.process.send_signal(signal.SIGTERM)
    eventually(lambda: "Stopping" in server.log(), "it drains")
    assert server.running()
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(3) == 130
    upload.close()
    server.start()
    assert server.client("s3").list_objects_v2(Bucket="slow").get("KeyCount") == 0
    assert list((server.data / "objects/temporary").iterdir()) == [] or eventually(
        lambda: not list((server.data / "objects/temporary").iterdir()), "what was cut off is swept")


def test_standard_output_holds_the_ready_line_alone(tmp_path):
    process = subprocess.Popen(
        [binary(), "serve", "--port", "0", "--s3-port", "0", "--data-dir", str(tmp_path / "data")],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment())
    first = process.stdout.readline()
    process.terminate()
    rest, _ = process.communicate(timeout=30)
    assert first.startswith("ready api=http://127.0.0.1:") and rest == "" and process.returncode == 0


def test_a_client_that_comes_during_the_start_is_not_left_waiting(new_server):
    """Who connects before the server is ready is refused, reset or answered, and never held for ever."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = new_server()
    server.api = f"http://127.0.0.1:{port}"
    ready, silent = threading.Event(), []

    def ask():
        while not ready.is_set() and not silent:
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                    connection.sendall(b"GET /health HTTP/1.1\r\nHost: penstock\r\nConnection: close\r\n\r\n")
                    connection.recv(1)
            except TimeoutError:
                silent.append(connection)
            except OSError:
                continue

    for _ in range(4):
        ready.clear()
        clients = [threading.Thread(target=ask) for _ in range(4)]
        for client in clients:
            client.start()
        server.start()
        ready.set()
        for client in clients:
            client.join(30)
        assert not silent, "a connection was accepted and got neither a reply nor its end within 10 s"
        assert server.terminate() == 0
