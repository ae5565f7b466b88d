"""From a commit to a deployed result: CodeCommit source, CodeBuild in the sandbox, artifacts, variables, logs."""

import io
import subprocess
import zipfile

import pytest

from declarations import action, approval, pipeline, s3_deploy
from eventually import eventually
from penstock_server import environment
from progress import action_state, first_execution, stage_state, status, until_status
from signed_http import send, sign

BUILDSPEC = """\
version: 0.2
env:
  variables:
    GREETING: hello
  exported-variables: [RESULT]
phases:
  install:
    commands:
      - echo "installing in $CODEBUILD_SRC_DIR"
  build:
    commands:
      - mkdir -p site notes
      - RESULT="$GREETING-$(cat name.txt)"
      - export RESULT
      - echo "<p>$RESULT</p>" > site/index.html
      - echo note > notes/n.txt
artifacts:
  secondary-artifacts:
    Built:
      base-directory: site
      files: ['**/*']
    Notes:
      base-directory: notes
      files: ['*.txt']
"""


class Repository:
    """A bare repository that the server clones, and a working copy to commit from."""

    def __init__(self, server, name, folder):
        self.bare = server.data / "git" / f"{name}.git"
        self.work = folder / name
        self.bare.parent.mkdir(exist_ok=True)
        self.git("init", "--quiet", "--bare", "--initial-branch=main", str(self.bare), cwd=folder)
        self.git("clone", "--quiet", str(self.bare), str(self.work), cwd=folder)
        self.git("checkout", "--quiet", "-b", "main")

    def git(self, *arguments, cwd=None):
        done = subprocess.run(
            ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com", *arguments], cwd=cwd or self.work,
            capture_output=True, text=True, timeout=30, env=environment({"GIT_CONFIG_GLOBAL": "/dev/null"}))
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self, files, message="a change"):
        for name, text in files.items():
            (self.work / name).parent.mkdir(parents=True, exist_ok=True)
            (self.work / name).write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", message)
        self.git("push", "--quiet", "origin", "main")
        return self.git("rev-parse", "HEAD")


def code_commit(repository, branch="main"):
    return action("Checkout", "Source", "AWS", "CodeCommit", {"RepositoryName": repository, "BranchName": branch},
                  outputs=["Source"])


def code_build(project, outputs=("Built", "Notes"), name="Compile", configuration=None):
    settings = {"ProjectName": project} | (configuration or {})
    return action(name, "Build", "AWS", "CodeBuild", settings, ["Source"], outputs)


@pytest.fixture
def repository(server, unique, tmp_path):
    return Repository(server, unique("repo"), tmp_path)


def files_of(s3, codepipeline, name, artifact):
    """The files of an artifact, found by its key."""
    bucket = codepipeline.get_pipeline(name=name)["pipeline"]["artifactStore"]["location"]
    keys = [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    [key] = [key for key in keys if key.split("/")[1] == artifact[:10]]
    archive = zipfile.ZipFile(io.BytesIO(s3.get_object(Bucket=bucket, Key=key)["Body"].read()))
    return {entry: archive.read(entry).decode() for entry in archive.namelist() if not entry.endswith("/")}


def read_log(server, execution_id, query="", **keys):
    request = sign(server, b"", url=f"{server.api}/logs/{execution_id}{query}", method="GET", **keys)
    return send(server, "GET", request.url, request.headers)


def failure(codepipeline, name, stage, action_name):
    execution = first_execution(codepipeline, name, stage)
    until_status(codepipeline, name, execution, "Failed", 60)
    latest = action_state(codepipeline, name, stage, action_name)["latestExecution"]
    assert latest["status"] == "Failed"
    return latest["errorDetails"]["message"]


def test_commits_are_built_and_deployed(server, codepipeline, s3, repository, unique):
    name, site = unique("git"), unique("site")
    s3.create_bucket(Bucket=site)
    first = repository.commit({"buildspec.yml": BUILDSPEC, "name.txt": "one"}, "the first change\n\nwith a body")
    codepipeline.create_pipeline(pipeline=pipeline(
        name, ("Source", [code_commit(repository.work.name)]), ("Build", [code_build("web")]),
        ("Deploy", [s3_deploy(site)])))
    execution = first_execution(codepipeline, name, "Source")
    until_status(codepipeline, name, execution, "Succeeded", 90)
    page = lambda: s3.get_object(Bucket=site, Key="index.html")["Body"].read()
    assert page() == b"<p>hello-one</p>\n"
    assert files_of(s3, codepipeline, name, "Notes") == {"n.txt": "note\n"}
    found = codepipeline.get_pipeline_execution(pipelineName=name, pipelineExecutionId=execution)["pipelineExecution"]
    [revision] = found["artifactRevisions"]
    assert revision["revisionId"] == first and revision["revisionSummary"].startswith("the first change")

    compiled = action_state(codepipeline, name, "Build", "Compile")["latestExecution"]
    log = read_log(server, compiled["actionExecutionId"])
    assert log.status == 200 and b"installing in /" in log.body
    half = len(log.body) // 2
    assert read_log(server, compiled["actionExecutionId"], f"?offset={half}").body == log.body[half:]
    assert send(server, "GET", f"{server.api}/logs/{compiled['actionExecutionId']}", {}).status in (400, 401, 403)
    assert read_log(server, "01234567-89ab-cdef-0123-456789abcdef").status in (400, 404)

    # One run, not two: what the creation saw is no change.
    assert stage_state(codepipeline, name, "Source")["latestExecution"]["pipelineExecutionId"] == execution
    second = repository.commit({"name.txt": "two"})

    def next_run():
        latest = stage_state(codepipeline, name, "Source")["latestExecution"]["pipelineExecutionId"]
        return latest if latest != execution else None

    run = eventually(next_run, "the second commit starts a run", 30)
    until_status(codepipeline, name, run, "Succeeded", 90)
    assert page() == b"<p>hello-two</p>\n"
    found = codepipeline.get_pipeline_execution(pipelineName=name, pipelineExecutionId=run)["pipelineExecution"]
    assert found["artifactRevisions"][0]["revisionId"] == second
    codepipeline.delete_pipeline(name=name)


def test_a_build_is_named_from_its_first_moment(codepipeline, repository, unique):
    name = unique("id")
    repository.commit({"buildspec.yml": BUILDSPEC, "name.txt": "one"})
    codepipeline.create_pipeline(pipeline=pipeline(
        name, ("Source", [code_commit(repository.work.name)]), ("Build", [code_build("web")])))
    seen = []

    def ended():
        latest = action_state(codepipeline, name, "Build", "Compile").get("latestExecution")
        if latest:
            seen.append((latest["status"], latest.get("externalExecutionId"), latest["actionExecutionId"]))
        return latest and latest["status"] != "InProgress"

    eventually(ended, f"the build of {name} ends", 60)
    assert {shown for shown, _, _ in seen} == {"InProgress", "Succeeded"}
    assert {build for _, build, _ in seen} == {f"web:{attempt}" for _, _, attempt in seen}
    codepipeline.delete_pipeline(name=name)


def test_the_creation_starts_one_run_and_polling_no_second(server, codepipeline, repository, unique):
    repository.commit({"name.txt": "one"})
    names = [unique("base") for _ in range(2)]
    for name in names:
        codepipeline.create_pipeline(pipeline=pipeline(
            name, ("Source", [code_commit(repository.work.name)]), ("Gate", [approval()])))
    executions = [first_execution(codepipeline, name, "Gate") for name in names]
    # A commit that both see is proof that polls went by in between; each started one more run and no other.
    repository.commit({"name.txt": "two"})

    def waiting(name):
        return stage_state(codepipeline, name, "Gate").get("inboundExecution", {}).get("pipelineExecutionId")

    inbound = [eventually(lambda n=name: waiting(n), f"the second run of {name}", 30) for name in names]
    for name, execution, following in zip(names, executions, inbound, strict=True):
        assert stage_state(codepipeline, name, "Gate")["latestExecution"]["pipelineExecutionId"] == execution
        assert stage_state(codepipeline, name, "Source")["latestExecution"]["pipelineExecutionId"] == following
        assert status(codepipeline, name, following) == "InProgress"
        codepipeline.delete_pipeline(name=name)


def test_a_buildspec_may_be_a_link_that_stays_in_the_source(server, codepipeline, s3, repository, unique):
    name = unique("link")
    (repository.work / "buildspec.yml").symlink_to("ci/buildspec.yml")
    # As some editors write it, with a byte order mark.
    repository.commit({"ci/buildspec.yml": "\ufeff" + BUILDSPEC, "name.txt": "one"})
    codepipeline.create_pipeline(pipeline=pipeline(
        name, ("Source", [code_commit(repository.work.name)]), ("Build", [code_build("web")])))
    until_status(codepipeline, name, first_execution(codepipeline, name, "Source"), "Succeeded", 90)
    assert files_of(s3, codepipeline, name, "Built") == {"index.html": "<p>hello-one</p>\n"}
    codepipeline.delete_pipeline(name=name)


INJECTION = 'x","type":"PLAINTEXT"},{"name":"EVIL","value":"injected'


def test_a_commit_message_is_the_value_of_a_variable_and_no_more(server, codepipeline, s3, repository, unique):
    name, message = unique("message"), INJECTION + '\n\nA "quoted" line with \\ and\ta tab: $(id) `id`'
    repository.commit({"buildspec.yml": "\n".join([
        "version: 0.2", "phases:", "  build:", "    commands:", "      - test -z \"${EVIL+x}\"",
        # No number of builds is counted, and none invented (docs/compatibility.md).
        "      - test -z \"${CODEBUILD_BUILD_NUMBER+x}\"",
        "      - printf '%s' \"$MSG\" > message.txt", "artifacts:", "  files: [message.txt]"])}, message)
    source = code_commit(repository.work.name) | {"namespace": "SourceVariables"}
    variables = '[{"name":"MSG","value":"#{SourceVariables.CommitMessage}","type":"PLAINTEXT"}]'
    codepipeline.create_pipeline(pipeline=pipeline(
        name, ("Source", [source]),
        ("Build", [code_build("web", ["Built"], configuration={"EnvironmentVariables": variables})])))
    until_status(codepipeline, name, first_execution(codepipeline, name, "Source"), "Succeeded", 90)
    [(_, text)] = files_of(s3, codepipeline, name, "Built").items()
    assert text.rstrip("\n") == message
    codepipeline.delete_pipeline(name=name)


def test_an_artifact_may_come_from_the_folder_of_another_source(server, codepipeline, s3, repository, unique, tmp_path):
    name, library = unique("two"), Repository(server, unique("lib"), tmp_path)
    library.commit({"lib.txt": "library"})
    repository.commit({"buildspec.yml": "\n".join([
        "version: 0.2", "phases:", "  build:", "    commands:",
        "      - mkdir -p dist-1 dist-2 $CODEBUILD_SRC_DIR_Lib/out; touch dist-1/a dist-2/b",
        "      - cp $CODEBUILD_SRC_DIR_Lib/lib.txt $CODEBUILD_SRC_DIR_Lib/out",
        "artifacts:", "  secondary-artifacts:",
        "    Library: {files: ['**/*'], base-directory: $CODEBUILD_SRC_DIR_Lib/out}",
        "    Own: {files: ['**/*'], base-directory: '$CODEBUILD_SRC_DIR/dist-*'}"])})
    other = code_commit(library.work.name) | {"name": "Second", "outputArtifacts": [{"name": "Lib"}]}
    build = code_build("web", ["Library", "Own"], configuration={"PrimarySource": "Source"})
    build["inputArtifacts"].append({"name": "Lib"})
    codepipeline.create_pipeline(pipeline=pipeline(
        name, ("Source", [code_commit(repository.work.name), other]), ("Build", [build])))
    until_status(codepipeline, name, first_execution(codepipeline, name, "Source"), "Succeeded", 90)
    assert files_of(s3, codepipeline, name, "Library") == {"lib.txt": "library"}
    assert files_of(s3, codepipeline, name, "Own") == {"a": "", "b": ""}
    codepipeline.delete_pipeline(name=name)


class TestFailures:
    def build(self, codepipeline, repository, unique, **more):
        name = unique("fail")
        codepipeline.create_pipeline(pipeline=pipeline(
            name, ("Source", [code_commit(repository.work.name)]), ("Build", [code_build("web", **more)])))
        return name

    def test_the_output_of_the_failed_command_is_the_reason(self, server, codepipeline, repository, unique):
        repository.commit({"buildspec.yml": "version: 0.2\nphases:\n  build:\n    commands:\n"
                                            "      - echo the-tell-tale-line\n      - exit 3\n"})
        name = self.build(codepipeline, repository, unique, outputs=())
        message = failure(codepipeline, name, "Build", "Compile")
        assert "the-tell-tale-line" in message and "exit 3" in message
        latest = action_state(codepipeline, name, "Build", "Compile")["latestExecution"]
        assert b"the-tell-tale-line" in read_log(server, latest["actionExecutionId"]).body
        codepipeline.delete_pipeline(name=name)

    def test_a_missing_buildspec_is_named(self, codepipeline, repository, unique):
        repository.commit({"name.txt": "x"})
        name = self.build(codepipeline, repository, unique, outputs=())
        assert "buildspec.yml" in failure(codepipeline, name, "Build", "Compile")
        codepipeline.delete_pipeline(name=name)

    @pytest.mark.parametrize("phases, says", [
        ("  prebuild: {commands: ['true']}\n  build: {commands: ['true']}",
         "Invalid buildspec phase name: PREBUILD. Expecting: BUILD,INSTALL,POST_BUILD,PRE_BUILD"),
        ("  build: {Commands: ['true']}", "phases.build has no commands, and phases.build.Commands is not a key"),
        ("  build: {commands: []}", "phases has no command, and so nothing would run"),
    ], ids=["a phase", "a key", "none"])
    def test_commands_that_would_not_run_are_named(self, codepipeline, repository, unique, phases, says):
        repository.commit({"buildspec.yml": f"version: 0.2\nphases:\n{phases}\nartifacts:\n  files: ['**/*']\n"})
        name = self.build(codepipeline, repository, unique, outputs=["Built"])
        assert says in failure(codepipeline, name, "Build", "Compile")
        codepipeline.delete_pipeline(name=name)

    def test_a_missing_output_is_named(self, codepipeline, repository, unique):
        repository.commit({"buildspec.yml": "version: 0.2\nphases:\n  build:\n    commands: ['true']\n"
                                            "artifacts:\n  files: ['absent.jar']\n"})
        name = self.build(codepipeline, repository, unique, outputs=["Built"])
        message = failure(codepipeline, name, "Build", "Compile")
        assert "absent.jar" in message or "Built" in message
        codepipeline.delete_pipeline(name=name)

    def test_a_secondary_artifact_that_the_buildspec_lacks_is_named(self, codepipeline, repository, unique):
        repository.commit({"buildspec.yml": BUILDSPEC, "name.txt": "x"})
        name = self.build(codepipeline, repository, unique, outputs=["Built", "Unheard"])
        assert "Unheard" in failure(codepipeline, name, "Build", "Compile")
        codepipeline.delete_pipeline(name=name)

    def test_a_missing_branch_is_named(self, codepipeline, repository, unique):
        repository.commit({"name.txt": "x"})
        name = unique("fail")
        codepipeline.create_pipeline(pipeline=pipeline(
            name, ("Source", [code_commit(repository.work.name, "no-such-branch")]), ("Gate", [approval()])))
        assert "no-such-branch" in failure(codepipeline, name, "Source", "Checkout")
        codepipeline.delete_pipeline(name=name)

    def test_a_missing_repository_is_named(self, codepipeline, unique):
        name = unique("fail")
        codepipeline.create_pipeline(pipeline=pipeline(
            name, ("Source", [code_commit("no-such-repository")]), ("Gate", [approval()])))
        assert "no-such-repository" in failure(codepipeline, name, "Source", "Checkout")
        codepipeline.delete_pipeline(name=name)


HOSTILE = """\
version: 0.2
phases:
  build:
    commands:
      - test "$(id -u)" != 0
      - test ! -e "$PENSTOCK_TEST_SECRET_FILE"
      - test ! -r /etc/shadow
      - "! (exec 3<>/dev/tcp/127.0.0.1/$PENSTOCK_TEST_PORT) 2>/dev/null"
      - test -z "$PENSTOCK_ROOT_SECRET_ACCESS_KEY$AWS_SECRET_ACCESS_KEY"
      - printf '%s' "$MESSAGE" > message.txt
artifacts:
  files: [message.txt]
"""


def test_a_build_sees_neither_the_host_nor_a_shell_in_its_variables(server, codepipeline, s3, repository, unique):
    import json
    import os
    if os.environ.get("PENSTOCK_TEST_SANDBOX") == "none":
        pytest.skip("builds run without a sandbox: PENSTOCK_TEST_SANDBOX=none")
    text = "$(touch /tmp/penstock-escaped) `id` ; \\ 'q' \"q\" %0a"
    repository.commit({"buildspec.yml": HOSTILE})
    variables = [{"name": "MESSAGE", "value": text, "type": "PLAINTEXT"},
                 {"name": "PENSTOCK_TEST_SECRET_FILE", "value": str(server.data / "credentials"), "type": "PLAINTEXT"},
                 {"name": "PENSTOCK_TEST_PORT", "value": server.api.rsplit(":", 1)[1], "type": "PLAINTEXT"}]
    name = unique("box")
    codepipeline.create_pipeline(pipeline=pipeline(
        name, ("Source", [code_commit(repository.work.name)]),
        ("Build", [code_build("web", ["Built"], configuration={"EnvironmentVariables": json.dumps(variables)})])))
    until_status(codepipeline, name, first_execution(codepipeline, name, "Source"), "Succeeded", 60)
    assert files_of(s3, codepipeline, name, "Built") == {"message.txt": text}
    codepipeline.delete_pipeline(name=name)
