"""Declarations of users, found in public repositories: each goes round, or is refused for a rule that it breaks.

The collection lies beside the project; what it teaches has declarations of our own in test_round_trip.py.
"""

import copy
import json

import pytest

from declarations import ROLE, create_action_type, prop
from penstock_server import PACKAGE_ROOT
from signed_http import call
from stored_form import actions, goes_round

FOLDER = PACKAGE_ROOT.parent / "shared/reference/pipelines"

ROLE_PATTERN = r"Member must satisfy regular expression pattern: arn:aws(-[\w]+)*:iam::[0-9]{12}:role/.*"
NAME_PATTERN = r"Member must satisfy regular expression pattern: [A-Za-z0-9.@\-_]+"
BUCKET_PATTERN = r"Member must satisfy regular expression pattern: [a-zA-Z0-9\-\.]+"
PROVIDER_PATTERN = "Member must satisfy regular expression pattern: [0-9A-Za-z_-]+"
ARTIFACT_PATTERN = r"Member must satisfy regular expression pattern: [a-zA-Z0-9_\-]+"


def broken(*items):
    """The refusal of values that break constraints, each given as its place and the constraint."""
    count = f"{len(items)} validation error{'' if len(items) == 1 else 's'} detected: "
    return "ValidationException", count + "; ".join(
        f"Value at 'pipeline.{place}' failed to satisfy constraint: {constraint}" for place, constraint in items)


def with_role(declaration):
    declaration["roleArn"] = ROLE


def with_token(declaration):
    declaration["stages"][0]["actions"][0]["configuration"]["OAuthToken"] = "a-token"


def with_values(declaration):
    declaration.update(name="Artifactory", roleArn=ROLE)
    declaration["artifactStore"]["location"] = "artifacts"


def with_provider(declaration):
    declaration["roleArn"] = ROLE
    declaration["stages"][1]["actions"][0]["actionTypeId"]["provider"] = "CodeBuild"


def with_configuration(declaration):
    declaration["roleArn"] = ROLE
    declaration["stages"][1]["actions"][0]["configuration"] = {"ApplicationName": "a", "DeploymentGroupName": "g"}


def with_action_roles(declaration):
    for action in actions(declaration):
        if "roleArn" in action:
            action["roleArn"] = ROLE


def without_regions(declaration):
    for action in actions(declaration):
        del action["region"]


def without_dots(declaration):
    for action in actions(declaration):
        for artifact in action.get("inputArtifacts", []) + action.get("outputArtifacts", []):
            artifact["name"] = "".join(letter if letter.isalnum() else "_" for letter in artifact["name"])


MASKED = ("InvalidActionDeclarationException",
          'Action configuration for the new action "Source" contains an invalid configuration for the secret property '
          '"OAuthToken". "****" may be used in secret properties only when updating an existing action.')
PLACEHOLDERS = broken(("name", NAME_PATTERN), ("roleArn", ROLE_PATTERN), ("artifactStore.location", BUCKET_PATTERN))
USER_GUIDE = broken(("roleArn", ROLE_PATTERN),
                    ("stages.2.member.actions.1.member.actionTypeId.provider", PROVIDER_PATTERN))

# Those that go round as they are.
TAKEN = {"01", "03", "07", "09", "11", "17", "19", "21", "23", "31", "33", "39", "41", "43", "45", "47", "49", "55", "57",
         "61", "63", "65", "67", "69", "71"}

# The others: why they are refused, the error, and the least change with which they go round. No other rule is broken.
REFUSED = {
    "05": ("its secret is the mask that the service had put over it", MASKED, with_token),
    "13": ("it is a form with places to fill in", PLACEHOLDERS, with_values),
    "15": ("it is a form with places to fill in", PLACEHOLDERS, with_values),
    "25": ("the page has a role to fill in, and the console's name of CodeBuild", USER_GUIDE, with_provider),
    "27": ("the page has a role to fill in, and the console's name of CodeBuild", USER_GUIDE, with_provider),
    "29": ("the page has a role to fill in", broken(("roleArn", ROLE_PATTERN)), with_role),
    "35": ("its role has no account, and its deployment no configuration", broken(("roleArn", ROLE_PATTERN)), with_configuration),
    "37": ("the roles of its actions were values of a template", broken(
        *((f"stages.3.member.actions.{number}.member.roleArn", ROLE_PATTERN) for number in (1, 2))), with_action_roles),
    "51": ("its actions run in another region than this server's", (
        "ValidationException",
        "Your pipeline contains actions in more than one region. Use 'pipeline.artifactStores' instead of "
        "'pipeline.artifactStore' to declare an artifact store, such as an artifact bucket, for each region where you "
        "have an action."), without_regions),
    "53": ("its artifacts' names were values of a template", broken(
        ("stages.1.member.actions.1.member.outputArtifacts.1.member.name", ARTIFACT_PATTERN),
        ("stages.2.member.actions.1.member.outputArtifacts.1.member.name", ARTIFACT_PATTERN),
        ("stages.2.member.actions.1.member.inputArtifacts.1.member.name", ARTIFACT_PATTERN),
        ("stages.3.member.actions.1.member.inputArtifacts.1.member.name", ARTIFACT_PATTERN)), without_dots),
    "59": ("its secret is the mask that the service had put over it", MASKED, with_token),
}

# Parts of a declaration; they are put into a whole one.
FRAGMENTS = {"73"}


def files(numbers):
    """The files of the collection with these numbers; none where it is absent."""
    return [path for path in sorted(FOLDER.glob("*.json")) if path.name[:2] in numbers]


def document(path):
    return json.loads(path.read_text())


@pytest.fixture(scope="module", autouse=True)
def artifactory(codepipeline):
    """The custom action that one of the declarations deploys with, as its worker's page describes it."""
    names = ("UserName", "ArtifactoryHost", "EmailAddress", "TypeOfArtifact", "RepoKey")
    create_action_type(codepipeline, "Deploy", "Artifactory", inputs=(1, 1), outputs=(0, 1), properties=[
        prop("Password", required=True, secret=True), *(prop(name, required=True) for name in names)])


def test_every_file_is_in_the_table():
    if not FOLDER.is_dir():
        pytest.skip(f"the declarations of users are not in {FOLDER}")
    assert {path.name[:2] for path in FOLDER.glob("*.json")} == TAKEN | REFUSED.keys() | FRAGMENTS
    assert not TAKEN & REFUSED.keys()


@pytest.mark.parametrize("path", files(TAKEN), ids=lambda path: path.stem)
def test_a_good_declaration_goes_round(server, path):
    goes_round(call, server, document(path)["pipeline"])


@pytest.mark.parametrize("path", files(REFUSED), ids=lambda path: path.stem)
def test_a_bad_declaration_is_refused_for_what_it_breaks(server, path):
    reason, refusal, repair = REFUSED[path.name[:2]]
    declaration = document(path)["pipeline"]
    refused = call(server, "CreatePipeline", {"pipeline": declaration})
    assert (refused.status, refused.error()) == (400, refusal), reason
    if "detected" in refusal[1]:
        # Constraints are checked before anything else, also whether there is a pipeline to update.
        assert call(server, "UpdatePipeline", {"pipeline": declaration}).error() == refusal
    repaired = copy.deepcopy(declaration)
    repair(repaired)
    goes_round(call, server, repaired)


@pytest.mark.parametrize("path", files(FRAGMENTS), ids=lambda path: path.stem)
def test_a_part_of_a_declaration_goes_round_in_a_whole_one(server, path):
    [whole] = files({"45"})
    declaration = document(whole)["pipeline"] | {"name": "with-fragment"}
    declaration["stages"][0]["actions"][0]["namespace"] = "SourceVariables"
    declaration["stages"][1] |= document(path)
    goes_round(call, server, declaration)
