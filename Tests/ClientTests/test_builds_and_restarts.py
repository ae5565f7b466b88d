"""Builds over the life of a server: variables between actions, logs that are followed, stops in the middle."""

import json
import random
import signal
import subprocess
from pathlib import Path

import pytest

from conftest import QUICK, sandbox
from declarations import pipeline
from eventually import eventually
from progress import action_state, first_execution, until_status
from signed_http import connect, sign
from test_git_codebuild import Repository, code_build, code_commit, files_of, read_log


def spec(*commands, exported=(), files=None):
    lines = ["version: 0.2"]
    if exported:
        lines += ["env:", f"  exported-variables: {json.dumps(list(exported))}"]
    lines += ["phases:", "  build:", "    commands:", *(f"      - {json.dumps(command)}" for command in commands)]
    if files:
        lines += ["artifacts:", f"  files: {json.dumps(files)}"]
    return "\n".join(lines) + "\n"


def with_variables(declared, **variables):
    listed = [{"name": name, "value": value, "type": "PLAINTEXT"} for name, value in variables.items()]
    declared["configuration"]["EnvironmentVariables"] = json.dumps(listed)
    return declared


def test_variables_reach_later_actions_as_plain_text(server, codepipeline, s3, unique, tmp_path):
    name, repository = unique("vars"), Repository(server, unique("repo"), tmp_path)
    message = "$(touch /tmp/penstock-escaped) `id`; echo 'x'"
    commit = repository.commit({
        "buildspec.yml": spec("export RESULT=made-here", exported=["RESULT"]),
        "second.yml": spec("printf '%s|%s|%s' \"$FROM_BUILD\" \"$MESSAGE\" \"$COMMIT\" > out.txt", files=["out.txt"]),
    }, message)
    source = code_commit(repository.work.name) | {"namespace": "Src"}
    first = code_build("web", (), "First") | {"namespace": "Made", "runOrder": 1}
    second = with_variables(code_build("second", ["Built"], "Second") | {"runOrder": 2}, FROM_BUILD="#{Made.RESULT}",
                            MESSAGE="#{Src.CommitMessage}", COMMIT="#{Src.CommitId}")
    codepipeline.create_pipeline(pipeline=pipeline(name, ("Source", [source]), ("Build", [first, second])))
    until_status(codepipeline, name, first_execution(codepipeline, name, "Source"), "Succeeded", 60)
    assert files_of(s3, codepipeline, name, "Built") == {"out.txt": f"made-here|{message}|{commit}"}
    codepipeline.delete_pipeline(name=name)


def test_a_log_is_followed_to_its_end(server, codepipeline, unique, tmp_path):
    name, repository = unique("follow"), Repository(server, unique("repo"), tmp_path)
    repository.commit({"buildspec.yml": spec("echo first-line", "sleep 2", "echo last-line")})
    codepipeline.create_pipeline(pipeline=pipeline(
        name, ("Source", [code_commit(repository.work.name)]), ("Build", [code_build("web", ())])))
    attempt = eventually(
        lambda: action_state(codepipeline, name, "Build", "Compile").get("latestExecution"), "the build runs",
    )["actionExecutionId"]
    eventually(lambda: b"first-line" in read_log(server, attempt).body, "the log has its first line")
    assert b"last-line\n" not in read_log(server, attempt).body
    request = sign(server, b"", url=f"{server.api}/logs/{attempt}?follow=true", method="GET")
    connection = connect(server)
    connection.request("GET", f"/logs/{attempt}?follow=true", headers=dict(request.headers.items()))
    followed = connection.getresponse().read()
    assert b"first-line" in followed and b"last-line" in followed
    assert followed == read_log(server, attempt).body
    codepipeline.delete_pipeline(name=name)


def processes(mark):
    """How many processes of this machine have the mark in their command line."""
    count = 0
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            count += mark.encode() in path.read_bytes().split(b"\0")
        except OSError:
            continue
    return count


def test_without_a_sandbox_what_outlived_its_server_is_ended_at_the_next_start(new_server, tmp_path):
    server = new_server({"engine": QUICK, "codeBuild": {"sandbox": "none"}}).start()
    client = server.client("codepipeline")
    mark, flag = f"600.{random.randrange(10**9)}", tmp_path / "ran-before"
    # A child that has left the build's session, and one that is the build's own; the second time there are none.
    Repository(server, "app", tmp_path).commit({"buildspec.yml": spec(
        f"if [ -e {flag} ]; then exit 0; fi; touch {flag}; setsid sleep {mark} & sleep {mark}")})
    client.create_pipeline(pipeline=pipeline("p", ("Source", [code_commit("app")]), ("Build", [code_build("web", ())])))
    execution = first_execution(client, "p", "Source")
    eventually(lambda: processes(mark) == 2, "the build and its child sleep")
    server.kill()
    assert processes(mark) > 0, "nothing outlived the server, so nothing is tried here"
    bystander = subprocess.Popen(["sleep", mark], env={"PENSTOCK_BUILD_WORKSPACE": str(tmp_path / "another/work/builds/x")})
    try:
        server.start()
        until_status(server.client("codepipeline"), "p", execution, "Succeeded", 60)
        assert processes(mark) == 1 and bystander.poll() is None, "only the server's own processes are ended"
    finally:
        bystander.kill()
        bystander.wait()


def napping(seconds):
    """A configuration in which the builds of the project find how long to sleep."""
    variables = [{"name": "NAP", "value": seconds, "type": "PLAINTEXT"}]
    return {"engine": QUICK, "codeBuild": sandbox() | {"projects": {"web": {"environmentVariables": variables}}}}


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_build_that_a_stop_cut_off_runs_again_and_leaves_no_process(new_server, tmp_path, how):
    mark = f"600.{random.randrange(10**9)}"
    server = new_server(napping(mark)).start()
    client = server.client("codepipeline")
    Repository(server, "app", tmp_path).commit({"buildspec.yml": spec('sleep "$NAP"')})
    client.create_pipeline(pipeline=pipeline("p", ("Source", [code_commit("app")]), ("Build", [code_build("web", ())])))
    execution = first_execution(client, "p", "Source")
    eventually(lambda: processes(mark), "the build sleeps")
    if how == signal.SIGKILL:
        server.kill()
    else:
        assert server.terminate() == 0
    # The second run ends at once, so whoever sleeps from now on is of the first one.
    server.config.write_text(json.dumps(napping("0")))
    server.start()
    eventually(lambda: processes(mark) == 0, "no process of the build has outlived its server", 5)
    client = server.client("codepipeline")
    until_status(client, "p", execution, "Succeeded", 60)
    assert processes(mark) == 0
    assert list((server.data / "work/builds").iterdir()) == []
