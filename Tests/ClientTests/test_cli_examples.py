"""The AWS CLI's own examples for the operations that are served, read from the installed awscli and run as they stand."""

import json
import re
import shlex
from pathlib import Path
from typing import NamedTuple

import awscli
import pytest

import scenes
from reference_samples import differences
from test_wire import IMPLEMENTED

FOLDER = Path(awscli.__file__).parent / "examples/codepipeline"
PROVIDER, TEST = "MyJenkinsProviderName", "MyJenkinsTest-Action"


class Deviation(NamedTuple):
    """Why an example does not succeed as it stands, and what makes it."""

    says: str  # What the command answers as it stands.
    instead: dict  # Text of the command → a member of the scene's ids, or the text itself.


JOB_ID = (
    "An error occurred (ValidationException) when calling the {} operation: 1 validation error detected: Value at "
    "'jobId' failed to satisfy constraint: Member must satisfy regular expression pattern: "
    "[0-9a-f]{{8}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{12}}")

DEVIATIONS = {
    # The ids of the documents are none.
    "acknowledge-job": Deviation(
        JOB_ID.format("AcknowledgeJob"), {"f4f4ff82-2d11-EXAMPLE": "jobId", "--nonce 3": "--nonce {nonce}"}),
    "get-job-details": Deviation(JOB_ID.format("GetJobDetails"), {"f4f4ff82-2d11-EXAMPLE": "jobId"}),
    "retry-stage-execution": Deviation(
        "Value at 'pipelineExecutionId' failed to satisfy constraint: Member must satisfy regular expression pattern",
        {"b59babff-5f34-EXAMPLE": "pipelineExecutionId"}),
    # A reason is required; the CLI itself asks for it.
    "disable-stage-transition": Deviation(
        "the following arguments are required: --reason",
        {"--transition-type Inbound": "--transition-type Inbound --reason 'An example reason'"}),
}

SCENES = {
    "acknowledge-job": lambda server: scenes.polled_job(server, PROVIDER, "MyJenkinsTestProject", test=TEST),
    "create-custom-action-type": scenes.nothing,
    "create-pipeline": scenes.nothing,
    "delete-custom-action-type": scenes.action_types(PROVIDER, "MyJenkinsExample{}Project", "Build"),
    "delete-pipeline": scenes.pipelines(scenes.SECOND),
    "disable-stage-transition": scenes.pipelines(scenes.FIRST),
    "enable-stage-transition": scenes.pipelines(scenes.FIRST),
    "get-job-details": lambda server: scenes.polled_job(server, PROVIDER, "MyJenkinsTestProject", test=TEST),
    "get-pipeline": scenes.pipelines(scenes.FIRST),
    "get-pipeline-state": scenes.finished_execution,
    "list-action-types": scenes.action_types(PROVIDER, "MyJenkinsExample{}Project", "Build", "Test"),
    "list-pipelines": scenes.pipelines(scenes.FIRST, scenes.SECOND),
    "poll-for-jobs": lambda server: scenes.queued_job(server, PROVIDER, "MyJenkinsTestProject", test=TEST),
    "retry-stage-execution": lambda server: scenes.failed_stage(server, "MyPipeline", "Deploy"),
    "start-pipeline-execution": scenes.pipelines(scenes.FIRST),
    "update-pipeline": scenes.pipelines(scenes.FIRST),
}


class Example(NamedTuple):
    command: str
    files: dict  # What `file://` names in the command: name → JSON text.
    output: object  # The JSON of the output; None where the example shows none.


def read_example(text):
    """The command, its input files and its output: an example shows them in this order, as indented blocks."""
    blocks = [block.strip() for block in re.findall(r"(?:^(?:[ \t]+\S.*|[ \t]*)\n?)+", text, flags=re.M) if block.strip()]
    command = next(block for block in blocks if block.startswith("aws codepipeline "))
    command = re.sub(r"\\\n\s*", "", command)
    documents = [json.loads(block) for block in blocks if block.startswith("{")]
    names = re.findall(r"file://(\S+)", command)
    assert len(names) <= len(documents) <= len(names) + 1, f"{len(documents)} documents for {names}"
    output = documents[len(names)] if len(documents) > len(names) else None
    return Example(command, {name: json.dumps(documents[n]) for n, name in enumerate(names)}, output)


def served():
    """The examples of served operations, by their command."""
    names = {re.sub(r"(?<!^)(?=[A-Z])", "-", operation).lower() for operation in IMPLEMENTED}
    return sorted(path.stem for path in FOLDER.glob("*.rst") if path.stem in names)


def run(server, command, check):
    """Runs a command line in the server's folder, where the files of the example are."""
    words = shlex.split(command)
    assert words[0] == "aws"
    return server.aws(*words[1:], check=check, cwd=server.folder)


@pytest.mark.parametrize("name", served())
def test_an_example_of_the_cli_runs_as_it_stands_or_is_known_not_to(new_server, name):
    example = read_example((FOLDER / f"{name}.rst").read_text())
    server = new_server({"engine": scenes.ENGINE}).start()
    ids = SCENES[name](server)
    for file, text in example.files.items():
        (server.folder / file).write_text(text)
    command, deviation = example.command, DEVIATIONS.get(name)
    if deviation:
        refused = run(server, command, check=False)
        assert refused.returncode != 0 and deviation.says in refused.stderr, refused
        for text, instead in deviation.instead.items():
            assert text in command
            command = command.replace(text, str(ids.get(instead, instead.format(**ids))))
    result = run(server, command, check=True)
    if example.output is None:
        return
    wrong = differences(example.output, json.loads(result.stdout))
    assert not wrong, "\n".join([*wrong, result.stdout])


def test_the_examples_are_those_of_the_tables():
    assert set(served()) == set(SCENES) > set(DEVIATIONS)


def test_an_example_is_read_as_it_is_written():
    text = (
        "**To do**\n\nText. ::\n\n    aws codepipeline do \\\n        --cli-input-json file://in.json\n  \nContents::\n\n"
        '    {\n      "a": 1\n    }\n\nOutput::\n\n    {"b": 2}')
    assert read_example(text) == Example(
        "aws codepipeline do --cli-input-json file://in.json", {"in.json": '{"a": 1}'}, {"b": 2})
    assert read_example("Command::\n\n  aws codepipeline x\n\nOutput::\n\n  None.").output is None
