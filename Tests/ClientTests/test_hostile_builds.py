"""Builds whose buildspec or output is meant to hurt: a clear end, and a log file with every byte."""

import random
import re

import pytest

from conftest import QUICK, sandbox
from declarations import pipeline, s3_source
from eventually import eventually
from progress import action_state, first_execution, until_status
from resident import flat
from signed_http import call, send_signed
from small_disk import small_disk
from test_git_codebuild import Repository, code_build, code_commit, failure, read_log

CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")


def built(client, name, repository):
    """Creates a pipeline that builds a repository."""
    client.create_pipeline(pipeline=pipeline(
        name, ("Source", [code_commit(repository.work.name)]), ("Build", [code_build("web", ())])))


def bomb():
    lines = ["version: 0.2", "a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    return "\n".join([*lines, "phases: *a9"])


@pytest.mark.parametrize("text, says", [
    (bomb(), "line 5: the file has more than 20 aliases"),
    ("version: 0.2\nphases:\n  build:\n    commands: !!python/object/apply:os.system ['id']", "line 4: tags such as"),
    ("version: 0.2\nbase: &b {}\nphases:\n  <<: *b", "line 4: merge keys (<<) are not served"),
    ("version: 0.2\nphases:\n\tbuild: {}", "line 3: it is not YAML"),
    ("version: 0.2\nphases:\n  build: {}\n  build: {}", "the key 'build' is there twice"),
    ("version: 0.2\nphases: " + "[" * 100_000, "it is not YAML"),
    ("version: 0.2\nphases:\n" + "- " * 100_000, "it is not YAML"),
    ("#" * (2 << 20), "the file is larger than 1048576 bytes"),
], ids=["aliases", "tag", "merge key", "tab", "duplicate key", "nesting", "nested lists", "size"])
def test_a_buildspec_meant_to_hurt_fails_the_action_and_says_where(server, codepipeline, unique, tmp_path, text, says):
    name, repository = unique("yaml"), Repository(server, unique("repo"), tmp_path)
    repository.commit({"buildspec.yml": text})
    with flat(server, 300):
        built(codepipeline, name, repository)
        assert says in failure(codepipeline, name, "Build", "Compile")
    codepipeline.delete_pipeline(name=name)


def test_a_log_keeps_every_byte_of_what_a_build_prints(server, codepipeline, unique, tmp_path):
    """Escapes of terminals, returns, a line of 10 MB, bytes that are no text: as they are, but for nothing."""
    name, repository = unique("log"), Repository(server, unique("repo"), tmp_path)
    source = random.Random(name)
    print(f"seed {name}")
    odd = (b"\x1b[31mred\x1b[0m\x1b]8;;http://example.com\x1b\\link\x1b]52;c;aGVsbG8=\x07\x1b[2J\r over\rwritten\r\n"
           b"</script><script>alert(1)</script>\n\xff\xfe\xc0\x80\xed\xa0\x80" + source.randbytes(100_000))
    line = b"0123456789abcdef" * 655_360
    (repository.work / "odd.bin").write_bytes(odd)
    (repository.work / "line.bin").write_bytes(line)
    repository.commit({"buildspec.yml": "\n".join([
        "version: 0.2", "phases:", "  build:", "    commands:", "      - cat odd.bin", "      - cat line.bin"])})
    with flat(server, 300):
        built(codepipeline, name, repository)
        until_status(codepipeline, name, first_execution(codepipeline, name, "Source"), "Succeeded", 60)
    attempt = action_state(codepipeline, name, "Build", "Compile")["latestExecution"]["actionExecutionId"]
    log = read_log(server, attempt)
    assert log.headers["Content-Type"].startswith("text/plain") and log.headers["X-Content-Type-Options"] == "nosniff"
    assert odd in log.body and line in log.body
    [file] = list((server.data / "logs").rglob(f"*{attempt}*"))
    assert file.read_bytes() == log.body
    codepipeline.delete_pipeline(name=name)


FAKE = "2026-01-01T00:00:00.000Z critical penstock: the disk is on fire"
HOSTILE = f"\x1b[2J\x1b]0;title\x07\r\n{FAKE}\n"


def test_what_a_failed_build_printed_is_part_of_its_message_without_the_controls(
        server, codepipeline, unique, tmp_path):
    name, repository = unique("shown"), Repository(server, unique("repo"), tmp_path)
    repository.commit({"out.txt": HOSTILE + "\x1b[1;31mred\x1b[0m alert\n", "buildspec.yml": "\n".join([
        "version: 0.2", "phases:", "  build:", "    commands:", "      - cat out.txt; exit 3"])})
    built(codepipeline, name, repository)
    message = failure(codepipeline, name, "Build", "Compile")
    assert FAKE in message and "\nred alert\n" in message and "title" not in message
    assert not CONTROL.search(message.encode())
    codepipeline.delete_pipeline(name=name)


def test_text_from_outside_is_no_line_of_the_servers_log(quick_server):
    server = quick_server
    client = server.client("codepipeline")
    # A source that can't be looked at is logged with its address.
    client.create_pipeline(pipeline=pipeline(
        "p", ("Source", [s3_source("absent-bucket", HOSTILE)]), ("Build", [code_build("web", ())])))
    call(server, "GetPipeline", {"name": HOSTILE}, access_key="AKIDNOBODY")
    send_signed(server, "GetPipeline", "{" + HOSTILE)
    with server.connect() as raw:
        raw.sendall(f"GET /%0a%1b[2J{FAKE.replace(' ', '%20')} HTTP/1.1\r\nHost: x\r\nUser-Agent: a\x1b[2J\r\n"
                    "Connection: close\r\n\r\n".encode())
        while raw.recv(65536):
            pass
    eventually(lambda: FAKE in server.log(), "the address is in the log")
    log = server.log_path.read_bytes()
    assert not CONTROL.search(log), CONTROL.search(log)
    assert not re.search(rb"^2026-01-01T00:00:00\.000Z critical", log, re.M)


def filling(mebibytes, more="sleep 600"):
    return "\n".join(["version: 0.2", "phases:", "  build:", "    commands:",
                      f"      - head -c {mebibytes}M /dev/zero > large; {more}"])


def test_a_build_that_takes_more_of_the_disk_than_its_project_may_is_ended(new_server, tmp_path):
    server = new_server({"engine": QUICK, "codeBuild": sandbox() | {"projects": {"web": {"diskMiB": 8}}}}).start()
    client, repository = server.client("codepipeline"), Repository(server, "app", tmp_path)
    repository.commit({"buildspec.yml": filling(16)})
    built(client, "p", repository)
    assert "diskMiB of the project web allows (8 MiB)" in failure(client, "p", "Build", "Compile")
    assert list((server.data / "work/builds").iterdir()) == []


@pytest.mark.parametrize("more", ["sleep 600", "exit 1"], ids=["goes on", "fails by itself"])
def test_a_build_that_takes_what_is_kept_for_the_server_is_ended_and_the_server_goes_on(new_server, tmp_path, more):
    with small_disk(tmp_path / "disk", "128m") as disk:
        server = new_server({"engine": QUICK, "codeBuild": sandbox() | {"diskReserveMiB": 16}}, folder=disk).start()
        client, repository = server.client("codepipeline"), Repository(server, "app", tmp_path)
        repository.commit({"buildspec.yml": filling(256, more)})
        built(client, "p", repository)
        message = failure(client, "p", "Build", "Compile")
        assert "the server's disk is nearly full" in message and "diskReserveMiB keeps 16 MiB for the server" in message
        latest = action_state(client, "p", "Build", "Compile")["latestExecution"]
        assert latest["errorDetails"]["code"] == "SystemUnavailable"
        assert list((server.data / "work/builds").iterdir()) == []
        # There is room again.
        repository.commit({"buildspec.yml": filling(1, "true")})
        execution = client.start_pipeline_execution(name="p")["pipelineExecutionId"]
        until_status(client, "p", execution, "Succeeded", 60)
        server.kill()
