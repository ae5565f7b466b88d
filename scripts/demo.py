"""Releases Examples/hello with a Penstock server of its own, through the public API. Run it with scripts/demo.

Three commits: the first is released by the pipeline's creation, the second by a push, the third is broken and has to end
red, with the output of the test that failed. Every wait has a limit.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import boto3
from botocore.config import Config

ROOT = Path(__file__).resolve().parent.parent
PENSTOCK = ROOT / ".build/release/penstock"
EXAMPLE = ROOT / "Examples/hello"

PIPELINE = "hello"
SITE_BUCKET = "hello-site"

# Seconds.
READY_LIMIT = 60
START_LIMIT = 60
RELEASE_LIMIT = 300
PERSON_LIMIT = 1800
STOP_LIMIT = 20
POLL = 0.3


class DemoFailed(Exception):
    """Something did not hold; the text says what."""


def say(text=""):
    print(text, flush=True)


class Server:
    """A server on its defaults, with a data directory of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.data = folder / "data"
        self.log = folder / "server.log"
        self.process = None
        self.endpoints = {}

    def start(self):
        config = self.folder / "penstock.yaml"
        config.write_text("engine: {sourcePollInterval: 2}   # seconds; the default is 30\n")
        command = [str(PENSTOCK), "serve", "--data-dir", str(self.data), "--config", str(config)]
        for flag, port in [("--port", 8470), ("--s3-port", 8471)]:
            if not is_free(port):
                command += [flag, "0"]
        out = self.folder / "server.out"
        # Settings of the caller's must not reach a server that is to run on its defaults.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PENSTOCK_")}
        with open(out, "wb") as stdout, open(self.log, "wb") as stderr:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, env=environment,
                start_new_session=True)
        deadline = time.monotonic() + READY_LIMIT
        while time.monotonic() < deadline:
            for line in out.read_text().splitlines():
                if line.startswith("ready "):
                    self.endpoints = dict(field.split("=", 1) for field in line.split()[1:])
                    return
            if self.process.poll() is not None:
                raise DemoFailed(f"the server ended with status {self.process.returncode} before it was ready")
            time.sleep(0.1)
        raise DemoFailed(f"the server was not ready within {READY_LIMIT} s")

    def stop(self):
        """Ends the server in order; if it does not heed that, by force."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(STOP_LIMIT)

    def client(self, service):
        settings = json.loads(
            run([str(PENSTOCK), "env", "--data-dir", str(self.data), "--output", "json"], env=plain_environment()))
        url = self.endpoints["s3" if service == "s3" else "api"]
        return boto3.client(
            service, endpoint_url=url, region_name=settings["AWS_REGION"],
            aws_access_key_id=settings["AWS_ACCESS_KEY_ID"], aws_secret_access_key=settings["AWS_SECRET_ACCESS_KEY"],
            config=Config(connect_timeout=5, read_timeout=60, s3={"addressing_style": "path"}))


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def plain_environment():
    """Without what would turn a tool away from this demo's server, or make git read a person's settings."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PENSTOCK_", "AWS_", "GIT_"))
    }
    return environment | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0"}


def run(command, cwd=None, env=None):
    done = subprocess.run(
        command, cwd=cwd, env=env or plain_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=60)
    if done.returncode != 0:
        raise DemoFailed(f"{' '.join(command[:3])} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout.strip()


class Repository:
    """The bare repository that the server clones from, and a work tree that pushes to it."""

    def __init__(self, server, folder):
        self.tree = folder / "hello"
        # Where git.codeCommit leads to by default: DATA/git/{RepositoryName}.git
        self.bare = server.data / "git/hello.git"
        self.bare.parent.mkdir(parents=True, exist_ok=True)
        run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(self.bare)])
        shutil.copytree(EXAMPLE, self.tree)
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "user.name", "Penstock demo")
        self.git("config", "user.email", "demo@penstock.example")
        self.git("remote", "add", "origin", str(self.bare))

    def git(self, *arguments):
        return run(["git", *arguments], cwd=self.tree)

    def push(self, message):
        """Commits everything, pushes it and returns the commit's id."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        self.git("push", "--quiet", "origin", "main")
        commit = self.git("rev-parse", "HEAD")
        say(f"  pushed {commit[:12]}  {message}")
        return commit

    def replace(self, name, old, new):
        file = self.tree / name
        text = file.read_text()
        if old not in text:
            raise DemoFailed(f"Examples/hello/{name} no longer holds '{old}'; change scripts/demo.py with it")
        file.write_text(text.replace(old, new))


class Progress:
    """Shows where a release stands: in place on a terminal, a line for each change elsewhere."""

    SIGNS = {"Succeeded": ("✔", "32"), "Failed": ("✘", "31"), "InProgress": ("…", "33")}

    def __init__(self):
        self.in_place = sys.stdout.isatty()
        self.coloured = self.in_place and not os.environ.get("NO_COLOR")
        self.shown = {}
        self.has_line = False

    def show(self, statuses):
        """statuses: (stage, action) to status."""
        changed = {place: status for place, status in statuses.items() if self.shown.get(place) != status}
        self.shown.update(changed)
        if not changed:
            return
        if self.in_place:
            line = "   ".join(f"{self.sign(status)} {stage}/{name}" for (stage, name), status in statuses.items())
            sys.stdout.write("\r\x1b[2K  " + line)
            sys.stdout.flush()
            self.has_line = True
        else:
            for (stage, name), status in changed.items():
                say(f"  {stage}/{name}: {status}")

    def sign(self, status):
        sign, colour = self.SIGNS.get(status, ("·", "2"))
        return f"\x1b[{colour}m{sign}\x1b[0m" if self.coloured else sign

    def end(self):
        """What is printed next has a line of its own."""
        if self.has_line:
            say()
        self.has_line = False


class Releases:
    """Follows the pipeline's executions, one after the other."""

    def __init__(self, codepipeline):
        self.codepipeline = codepipeline
        self.seen = set()

    def stages(self):
        return self.codepipeline.get_pipeline_state(name=PIPELINE)["stageStates"]

    def wait_for_next(self):
        """The id of the execution that starts now, by itself."""
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline:
            latest = self.stages()[0].get("latestExecution", {}).get("pipelineExecutionId")
            if latest and latest not in self.seen:
                self.seen.add(latest)
                say(f"  execution {latest} started")
                return latest
            time.sleep(POLL)
        raise DemoFailed(f"no execution started by itself within {START_LIMIT} s")

    def follow(self, execution):
        """Shows the execution until it ends, approves where it asks, and returns it with the errors of its actions."""
        progress = Progress()
        asked = set()
        deadline = time.monotonic() + RELEASE_LIMIT
        while time.monotonic() < deadline:
            # First the result, then the state: the state that is shown last is then how it ended.
            result = self.codepipeline.get_pipeline_execution(
                pipelineName=PIPELINE, pipelineExecutionId=execution)["pipelineExecution"]
            statuses, errors, approvals = self.read(execution)
            progress.show(statuses)
            if result["status"] != "InProgress":
                progress.end()
                return result, errors
            for place, token in approvals:
                if token not in asked:
                    asked.add(token)
                    progress.end()
                    deadline += self.approve(*place, token)
            time.sleep(POLL)
        progress.end()
        raise DemoFailed(f"execution {execution} did not end within {RELEASE_LIMIT} s; at last: {progress.shown}")

    def read(self, execution):
        """The statuses and error messages of its actions by (stage, action), and the approvals that wait."""
        statuses, errors, approvals = {}, {}, []
        for stage in self.stages():
            if stage.get("latestExecution", {}).get("pipelineExecutionId") != execution:
                continue
            for state in stage["actionStates"]:
                latest = state.get("latestExecution")
                if latest is None:
                    continue
                place = (stage["stageName"], state["actionName"])
                statuses[place] = latest["status"]
                if "errorDetails" in latest:
                    errors[place] = latest["errorDetails"].get("message", "")
                if latest["status"] == "InProgress" and latest.get("token"):
                    approvals.append((place, latest["token"]))
        return statuses, errors, approvals

    def approve(self, stage, name, token):
        """Asks on a terminal, approves by itself elsewhere. Returns the seconds that the person took."""
        began = time.monotonic()
        is_approved, by = True, "scripts/demo, as there is no terminal to ask on"
        if sys.stdin.isatty() and sys.stdout.isatty():
            signal.alarm(PERSON_LIMIT)
            try:
                answer = input(f"  Approve {stage}/{name}? [Y/n] ").strip().lower()
            finally:
                signal.alarm(0)
            is_approved, by = answer in ("", "y", "yes"), "a person at the terminal"
        self.codepipeline.put_approval_result(
            pipelineName=PIPELINE, stageName=stage, actionName=name, token=token,
            result={"summary": f"by {by}", "status": "Approved" if is_approved else "Rejected"})
        say(f"  {'approved' if is_approved else 'rejected'} by {by}")
        return time.monotonic() - began


def check(holds, what):
    if not holds:
        raise DemoFailed(what)


def deployed(s3, key):
    return s3.get_object(Bucket=SITE_BUCKET, Key=key)["Body"].read()


def expect_release(releases, s3, commit):
    """Follows the next execution to its green end and checks that what is deployed is this commit."""
    execution, errors = releases.follow(releases.wait_for_next())
    check(execution["status"] == "Succeeded", f"the release ended {execution['status']}: {errors}")
    revisions = [revision.get("revisionId") for revision in execution.get("artifactRevisions", [])]
    check(revisions == [commit], f"the execution names the revisions {revisions}, not the commit {commit}")
    version = json.loads(deployed(s3, "version.json"))
    check(version == {"commit": commit}, f"deployed is {version}, not the commit {commit}")
    check(commit.encode() in deployed(s3, "index.html"), "the deployed page does not name the commit")
    archive = deployed(s3, f"releases/{commit}.zip")
    check(archive.startswith(b"PK"), f"releases/{commit}.zip is not a zip")
    say(f"  deployed s3://{SITE_BUCKET}/version.json: commit {version['commit'][:12]}, as pushed")


def demonstrate(server, folder):
    server.start()
    say(f"Server: api {server.endpoints['api']}   s3 {server.endpoints['s3']}   data {server.data}")
    codepipeline, s3 = server.client("codepipeline"), server.client("s3")
    releases = Releases(codepipeline)

    say("\n1. A repository and a pipeline; its creation starts the first release")
    repository = Repository(server, folder)
    first = repository.push("Greet the world")
    s3.create_bucket(Bucket=SITE_BUCKET)
    codepipeline.create_pipeline(**json.loads((EXAMPLE / "pipeline.json").read_text()))
    expect_release(releases, s3, first)

    say("\n2. A push; the next release starts by itself")
    repository.replace("greet", "#!/bin/sh\n", "#!/bin/sh\n# Since the second release, with a comment.\n")
    second = repository.push("Say more about it")
    expect_release(releases, s3, second)

    say("\n3. A push with a mistake; its test fails, and nothing is deployed")
    repository.replace("greet", "Hello, %s!", "Helo, %s!")
    third = repository.push("Greet faster")
    execution, errors = releases.follow(releases.wait_for_next())
    check(execution["status"] == "Failed", f"a commit with a failing test ended {execution['status']}")
    check([revision.get("revisionId") for revision in execution.get("artifactRevisions", [])] == [third],
          "the failed execution does not name its commit")
    reason = errors.get(("Build", "Site"), "")
    evidence = "FAILED: greets the world: expected 'Hello, world!', got 'Helo, world!'"
    check(evidence in reason, f"the reason of the failure lacks the test's output:\n{reason}")
    say("  ended red, as it must. GetPipelineState gives the reason:")
    say("\n".join("    | " + line for line in visible(reason).splitlines()))
    version = json.loads(deployed(s3, "version.json"))
    check(version == {"commit": second}, f"deployed is now {version}, not the last green commit {second}")
    say(f"  still deployed is the second commit. s3://{SITE_BUCKET}/version.json:")
    say(f"    {json.dumps(version)}")


def visible(text):
    """A build's output may hold anything; a terminal must not obey it."""
    return re.sub(r"[^\n\t\x20-\x7e\xa0-\uffff]", "?", text)


def keep(server, folder):
    say(f"""
The server goes on (process {server.process.pid}).
  API      {server.endpoints['api']}
  S3       {server.endpoints['s3']}
  log      {server.log}
  tree     {folder / 'hello'}: commit and push there to release again
  tools    eval "$({PENSTOCK} env --data-dir {server.data})"
           {ROOT}/.build/venv/bin/aws codepipeline get-pipeline-state --name {PIPELINE}
Stop it, and remove its data once it has ended:
  kill {server.process.pid}
  rm -r {folder}""")


def interrupted(number, _frame):
    raise DemoFailed("nobody answered" if number == signal.SIGALRM else f"ended by {signal.Signals(number).name}")


def main():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, interrupted)
    folder = Path(tempfile.mkdtemp(prefix="penstock-demo-"))
    server = Server(folder)
    began = time.monotonic()
    is_kept = False
    try:
        demonstrate(server, folder)
        say(f"\nEverything held, in {time.monotonic() - began:.0f} s.")
        if "--keep" in sys.argv[1:]:
            keep(server, folder)
            is_kept = True
        return 0
    except Exception as failure:  # Whatever it is, the server's log is what helps.
        say(f"\nFAILED: {failure if isinstance(failure, DemoFailed) else repr(failure)}")
        if server.log.exists():
            say("The end of the server's log:")
            say("\n".join("  | " + visible(line) for line in server.log.read_text(errors="replace").splitlines()[-40:]))
        return 1
    finally:
        if not is_kept:
            server.stop()
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
