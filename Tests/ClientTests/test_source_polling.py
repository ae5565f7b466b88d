"""Polled sources: what starts an execution, and that a host which does not answer delays no other."""

import socket
import subprocess

import pytest

from declarations import action, approval, pipeline
from eventually import eventually

INTERVAL = {"engine": {"sourcePollInterval": 1}}


class Repository:
    """A repository in the folder of the CodeCommit source, and a work tree of it."""

    def __init__(self, server, folder, name):
        self.bare = server.data / "git" / f"{name}.git"
        self.work = folder / f"work-{name}"
        self.bare.parent.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--bare", "--initial-branch=main", str(self.bare), cwd=folder)
        self.git("clone", "--quiet", str(self.bare), str(self.work), cwd=folder)

    def git(self, *arguments, cwd=None):
        done = subprocess.run(
            ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com", *arguments], cwd=cwd or self.work,
            check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, text):
        (self.work / "file").write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", text)
        self.git("push", "--quiet", "origin", "HEAD:main")
        return self.git("rev-parse", "HEAD")

    def set_back(self, commit):
        self.git("push", "--quiet", "--force", "origin", f"{commit}:main")


def polled(name, source):
    return pipeline(name, ("Source", [source]), ("Gate", [approval()]))


def code_commit(repository):
    return action("Fetch", "Source", "AWS", "CodeCommit", {"RepositoryName": repository, "BranchName": "main"},
                  outputs=["Source"])


def fetched(client, name, commit, timeout=20):
    """Waits until the newest run of the source has fetched the commit; the id of its execution."""
    def probe():
        stage = client.get_pipeline_state(name=name)["stageStates"][0]
        revision = stage["actionStates"][0].get("currentRevision", {}).get("revisionId")
        latest = stage.get("latestExecution", {})
        return revision == commit and latest.get("status") == "Succeeded" and latest["pipelineExecutionId"]
    return eventually(probe, f"{commit} is fetched", timeout)


def test_a_branch_that_is_set_back_is_fetched_again_and_so_is_what_comes_after(new_server, tmp_path):
    server = new_server(INTERVAL).start()
    client = server.client("codepipeline")
    web = Repository(server, tmp_path, "web")
    first = web.commit("first")
    client.create_pipeline(pipeline=polled("web", code_commit("web")))
    executions = [fetched(client, "web", first)]
    second = web.commit("second")
    executions.append(fetched(client, "web", second))
    for commit in (first, second, first):
        web.set_back(commit)
        executions.append(fetched(client, "web", commit))
    assert len(set(executions)) == 5


def test_the_first_push_to_a_repository_that_was_empty_starts_an_execution(new_server, tmp_path):
    server = new_server(INTERVAL).start()
    client = server.client("codepipeline")
    web = Repository(server, tmp_path, "web")
    client.create_pipeline(pipeline=polled("web", code_commit("web")))

    def failed():
        latest = client.get_pipeline_state(name="web")["stageStates"][0].get("latestExecution", {})
        return latest.get("status") == "Failed" and latest["pipelineExecutionId"]

    first = eventually(failed, "creation's run fails")
    assert fetched(client, "web", web.commit("first")) != first


@pytest.fixture
def silent_host():
    """A host that takes connections and says nothing; its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(200)
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def test_a_host_that_does_not_answer_delays_no_other(new_server, tmp_path, silent_host):
    server = new_server(INTERVAL | {"git": {"gitHub": f"http://{silent_host}/{{Owner}}/{{Repo}}.git"}}).start()
    client = server.client("codepipeline")
    web = Repository(server, tmp_path, "web")
    first = web.commit("first")
    client.create_pipeline(pipeline=polled("web", code_commit("web")))
    fetched(client, "web", first)
    for number in range(20):
        client.create_pipeline(pipeline=polled(f"silent-{number}", action(
            "Fetch", "Source", "ThirdParty", "GitHub",
            {"Owner": "o", "Repo": f"r{number}", "Branch": "main", "OAuthToken": "t"}, outputs=["Source"])))
    for text in ("second", "third"):
        fetched(client, "web", web.commit(text), timeout=10)
