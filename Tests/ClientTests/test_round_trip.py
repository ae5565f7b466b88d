"""Nothing that a declaration says is lost, changed or added to: every member of the model, present and absent.

Infrastructure as code compares what it declared with what it reads: a difference is a change in every plan.
"""

import copy
import random

import pytest

import model_checks
from declarations import create_action_type, prop
from signed_http import call
from stored_form import goes_round, stored

STRUCTURE, STAGE, ACTION, VALIDATION = (
    "InvalidStructureException", "InvalidStageDeclarationException", "InvalidActionDeclarationException",
    "ValidationException")
ROLE = "arn:aws:iam::111111111111:role/service-role/penstock"
KEY = {"id": "arn:aws:kms:us-east-1:111111111111:key/1a2b3c4d", "type": "KMS"}
CONNECTION = "arn:aws:codestar-connections:us-east-1:111111111111:connection/1a2b3c4d"


def typed(name, category, provider, configuration=None, owner="AWS", **more):
    declared = {"name": name, "actionTypeId": {
        "category": category, "owner": owner, "provider": provider, "version": "1"}}
    return declared | ({} if configuration is None else {"configuration": configuration}) | more


def named(*names):
    return [{"name": name} for name in names]


def connection(name, output, **more):
    return typed(name, "Source", "CodeStarSourceConnection", {
        "ConnectionArn": CONNECTION, "FullRepositoryId": "o/r", "BranchName": "main", "DetectChanges": "false"},
        outputArtifacts=named(output), **more)


def rule(name, provider, **more):
    return {"name": name, "ruleTypeId": {"category": "Rule", "provider": provider}} | more


FULL_RULE = {
    "name": "check", "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "VariableCheck", "version": "1"},
    "configuration": {"Variable": "#{Source.BranchName}", "Operator": "EQ", "Value": "main"}, "commands": ["true"],
    "inputArtifacts": named("App"), "roleArn": ROLE, "region": "us-east-1", "timeoutInMinutes": 5,
}
COMMANDS = {
    "commands": ["make all", "make test"], "environmentVariables": [
        {"name": "STAGE", "value": "beta", "type": "PLAINTEXT"}, {"name": "TOKEN", "value": "name", "type": "SECRETS_MANAGER"},
        {"name": "PLAIN", "value": "no type"}],
    "outputVariables": ["VERSION", "CODEBUILD_BUILD_ID"], "outputArtifacts": [{"name": "Built", "files": ["out/**", "a.txt"]}],
}


def condition(result, *rules):
    return {"conditions": [{"result": result, "rules": list(rules)}]}


# Together they set every member that a declaration may have.
DECLARATIONS = {
    "everything-of-today": {
        "name": "everything", "roleArn": ROLE, "pipelineType": "V2", "executionMode": "QUEUED", "version": 1,
        "artifactStores": {
            "us-east-1": {"type": "S3", "location": "round-us.trip", "encryptionKey": KEY},
            "eu-west-1": {"type": "S3", "location": "Round-EU"}},
        "stages": [
            {"name": "Source", "actions": [connection("App", "App", namespace="Source", region="us-east-1"),
                                           connection("Lib", "Lib", runOrder=2)],
             "onFailure": {"result": "RETRY", "retryConfiguration": {"retryMode": "FAILED_ACTIONS"}}},
            {"name": "Build", "blockers": [],
             "actions": [typed("Run", "Compute", "Commands", {}, inputArtifacts=named("App", "Lib"), namespace="Run",
                               roleArn=ROLE, region="eu-west-1", runOrder=999, **COMMANDS)],
             "beforeEntry": condition("SKIP", FULL_RULE, rule("second", "LambdaInvoke", configuration={
                 "FunctionName": "f"})),
             "onSuccess": condition("FAIL", FULL_RULE, rule("second", "Commands", commands=["true"])),
             "onFailure": {"result": "ROLLBACK"} | condition("ROLLBACK", FULL_RULE)},
            {"name": "Gate@1.0_a-b", "actions": [
                typed("Approve", "Approval", "Manual", {"CustomData": "#{Run.VERSION}"}, timeoutInMinutes=86400),
                typed("Pause", "Approval", "Manual")],
             "beforeEntry": condition("FAIL", rule("bare", "Commands", commands=["true"])),
             "onFailure": condition("ROLLBACK", rule("bare", "Commands", commands=["true"]))},
        ],
        "variables": [{"name": "Size", "defaultValue": "small", "description": ""}, {"name": "Colour"},
                      {"name": "Shape", "description": "round or not", "defaultValue": "round"}],
        "triggers": [
            {"providerType": "CodeStarSourceConnection", "gitConfiguration": {
                "sourceActionName": "App",
                "push": [{"tags": {"includes": ["v*"], "excludes": ["v0*"]}},
                         {"branches": {"includes": ["main", "release/**"], "excludes": ["wip"]},
                          "filePaths": {"includes": ["src/**"], "excludes": ["*.md"]}}],
                "pullRequest": [{"events": ["OPEN", "UPDATED", "CLOSED"],
                                 "branches": {"includes": ["main"], "excludes": ["x"]},
                                 "filePaths": {"includes": ["src/**"], "excludes": ["docs/**"]}}]}},
            {"providerType": "CodeStarSourceConnection", "gitConfiguration": {
                "sourceActionName": "Lib", "pullRequest": [{"branches": {"includes": ["main"]}}]}},
        ],
    },
    "everything-of-2016": {
        "name": "classic", "roleArn": ROLE, "artifactStore": {"type": "S3", "location": "round-trip", "encryptionKey": KEY},
        "stages": [
            {"name": "Source", "actions": [typed("Pull", "Source", "GitHub", {
                "Owner": "o", "Repo": "r", "Branch": "main", "OAuthToken": "token", "PollForSourceChanges": "false"},
                "ThirdParty", outputArtifacts=named("App"), inputArtifacts=[], runOrder=1)], "blockers": []},
            {"name": "Build", "actions": [typed("Compile", "Build", "CodeBuild", {"ProjectName": "web"}, runOrder=2,
                                                inputArtifacts=named("App"), outputArtifacts=named("Built"))]},
            {"name": "Deploy", "actions": [
                typed("Plan", "Deploy", "CloudFormation", {
                    "ActionMode": "CHANGE_SET_REPLACE", "StackName": "s", "ChangeSetName": "c", "Capabilities": "CAPABILITY_IAM",
                    "TemplatePath": "Built::template.yml", "ParameterOverrides": '{"A": "\\u00e9 \\"quoted\\""}'},
                    inputArtifacts=named("Built"), outputArtifacts=named("Plan"), runOrder=1, roleArn=ROLE),
                typed("Apply", "Deploy", "CloudFormation", {
                    "ActionMode": "CHANGE_SET_EXECUTE", "StackName": "s", "ChangeSetName": "c"}, runOrder=2)]},
        ],
    },
    "the-least": {
        "name": "least", "roleArn": ROLE, "artifactStore": {"type": "S3", "location": "round-trip"},
        "stages": [{"name": "S", "actions": [typed("Take", "Source", "RoundSource", owner="Custom")]},
                   {"name": "G", "actions": [typed("Ok", "Approval", "Manual")]}],
    },
    "several-sources-and-a-batch": {
        "name": "batch", "roleArn": ROLE, "artifactStore": {"type": "S3", "location": "round-trip"},
        "stages": [
            {"name": "Source", "actions": [
                typed(f"S{n}", "Source", "S3", {"S3Bucket": "b", "S3ObjectKey": f"{n}.zip"}, outputArtifacts=named(f"In{n}"))
                for n in (1, 2)]},
            {"name": "Build", "actions": [typed("Build", "Build", "CodeBuild", {
                "ProjectName": "p", "PrimarySource": "In1", "BatchEnabled": "true", "CombineArtifacts": "true",
                "EnvironmentVariables": '[{"name":"ENV","value":"dev","type":"PLAINTEXT"}]'},
                inputArtifacts=named("In1", "In2"), outputArtifacts=named("Out1", "Out2"))]}],
    },
    "a-custom-action-with-a-secret": {
        "name": "custom", "roleArn": ROLE, "artifactStore": {"type": "S3", "location": "round-trip"},
        "stages": [
            {"name": "Source", "actions": [typed("Take", "Source", "CodeCommit", {
                "RepositoryName": "r", "BranchName": "main"}, outputArtifacts=named("App"), namespace="SourceVariables")]},
            {"name": "Publish", "actions": [typed("Publish", "Deploy", "RoundDeploy", {
                "Host": "https://example.com/?a=b&c=d", "Password": "secret", "Note": "#{SourceVariables.CommitId} é 漢 \t\n"},
                "Custom", inputArtifacts=named("App"))]}],
    },
    "empty-lists": {
        "name": "empties", "roleArn": ROLE, "artifactStore": {"type": "S3", "location": "round-trip"},
        "artifactStores": {}, "variables": [], "triggers": [],
        "stages": [{"name": "S", "blockers": [], "actions": [typed("Take", "Source", "RoundSource", {}, "Custom",
                                                                   inputArtifacts=[], outputArtifacts=[])]},
                   {"name": "G", "actions": [typed("Ok", "Approval", "Manual", {})]}],
    },
}

# No declaration with one is taken: blockers are reserved.
NEVER_TAKEN = {"stages[].blockers[].name", "stages[].blockers[].type"}

# A filter of pull requests always has branches.
NEVER_ABSENT = {"triggers[].gitConfiguration.pullRequest[].branches"}

# Members whose absence alone breaks a rule in one of the declarations.
ALONE_REFUSED = {
    "artifactStore": VALIDATION, "artifactStores": VALIDATION, "stages[].onFailure.result": VALIDATION,
    "stages[].actions[].configuration": ACTION, "stages[].actions[].inputArtifacts": ACTION,
    "stages[].actions[].outputArtifacts": ACTION, "stages[].actions[].namespace": ACTION,
    "stages[].actions[].commands": ACTION, **{
        f"stages[].{kind}.conditions[].rules[].{member}": STAGE
        for kind in ("beforeEntry", "onSuccess", "onFailure") for member in ("configuration", "commands")},
    **dict.fromkeys((
        "triggers[].gitConfiguration.push[].tags", "triggers[].gitConfiguration.push[].branches",
        "triggers[].gitConfiguration.pullRequest", "triggers[].gitConfiguration.pullRequest[].branches"), STRUCTURE),
}


@pytest.fixture(scope="module", autouse=True)
def types(codepipeline):
    create_action_type(codepipeline, "Source", "RoundSource")
    create_action_type(codepipeline, "Deploy", "RoundDeploy", properties=[
        prop("Host", required=True), prop("Password", secret=True), prop("Note")])


def members(shape="PipelineDeclaration", path=""):
    """Every member of a shape of the model, nested ones too, as (path, whether it is required)."""
    found = model_checks.SHAPES[shape]
    if found["type"] == "structure":
        for member, reference in found["members"].items():
            place = f"{path}.{member}" if path else member
            yield place, member in found.get("required", [])
            yield from members(reference["shape"], place)
    elif found["type"] == "list":
        yield from members(found["member"]["shape"], f"{path}[]")
    elif found["type"] == "map":
        yield from members(found["value"]["shape"], f"{path}{{}}")


def spots(value, shape="PipelineDeclaration", path="", steps=()):
    """Every member that a document sets, as (path, steps to it, whether it is required)."""
    found = model_checks.SHAPES[shape]
    if found["type"] == "structure":
        for member, element in value.items():
            place, reference = f"{path}.{member}" if path else member, found["members"][member]["shape"]
            yield place, (*steps, member), member in found.get("required", [])
            yield from spots(element, reference, place, (*steps, member))
    elif found["type"] == "list":
        for number, element in enumerate(value):
            yield from spots(element, found["member"]["shape"], f"{path}[]", (*steps, number))
    elif found["type"] == "map":
        for key, element in value.items():
            yield from spots(element, found["value"]["shape"], f"{path}{{}}", (*steps, key))


def gaps(declaration):
    """The members that some structure of a document could set and does not."""
    structures = {}
    for path, steps, _ in [("", (), True), *spots(declaration)]:
        spot = declaration
        for step in steps:
            spot = spot[step]
        for element, place in elements(spot, path):
            structures.setdefault(place, []).append(set(element))
    for path, _ in members():
        parent, _, member = path.rpartition(".")
        if any(member not in present for present in structures.get(parent, [])):
            yield path


def elements(value, path):
    """The structures in a member's value, with the path that their own members begin with."""
    if isinstance(value, list):
        for element in value:
            yield from elements(element, f"{path}[]")
    elif isinstance(value, dict):
        yield value, path
        for element in value.values():
            if isinstance(element, dict):
                yield element, f"{path}{{}}"


def test_the_declarations_set_every_member_of_the_model():
    present = {path for declaration in DECLARATIONS.values() for path, _, _ in spots(declaration)}
    assert {path for path, _ in members()} - present == NEVER_TAKEN


@pytest.mark.parametrize("case", DECLARATIONS)
def test_a_declaration_comes_back_as_it_was_sent(server, case):
    goes_round(call, server, DECLARATIONS[case])


def without(declaration, steps):
    changed = copy.deepcopy(declaration)
    spot = changed
    for step in steps[:-1]:
        spot = spot[step]
    del spot[steps[-1]]
    return changed


def test_a_member_that_is_left_out_stays_out(server):
    """Every optional member of every declaration is left out once: nothing takes its place but the documented defaults."""
    absent, refused = set(), {}
    for declaration in DECLARATIONS.values():
        for path, steps, required in spots(declaration):
            if required:
                continue
            changed = without(declaration, steps)
            reply = call(server, "CreatePipeline", {"pipeline": changed})
            if reply.status == 200:
                absent.update(gaps(changed))
                read = call(server, "GetPipeline", {"name": changed["name"]}).json()["pipeline"]
                assert reply.json()["pipeline"] == read == stored(changed), f"without {path}"
            else:
                refused[path] = reply.error()
            call(server, "DeletePipeline", {"name": changed["name"]})
    optional = {path for path, required in members() if not required}
    assert optional - absent == NEVER_ABSENT
    # What can't be left out alone breaks a rule, which its text names.
    assert {path: code for path, (code, _) in refused.items()} == ALONE_REFUSED


# Any text may stand in these; the others have a pattern, an enumeration, or a meaning that a rule checks.
NOT_FREE = {"AWSRegionName"}
LETTERS = ["a", "Z", "0", " ", "\t", '"', "\\", "/", "<", "&", "'", "{", "}", "$", "%", "é", "ß", "漢", "\u00a0", "\ufeff",
           "\x7f", "😀", "👩\u200d💻", "a\u0301", "\U0010ffff"]


def free_texts(value, shape="PipelineDeclaration", steps=()):
    """Where a declaration has a text that may be anything, as (steps to it, the most characters)."""
    found = model_checks.constraints(shape)
    if found["type"] == "structure":
        for member, element in value.items():
            yield from free_texts(element, found["members"][member]["shape"], (*steps, member))
    elif found["type"] == "list":
        for number, element in enumerate(value):
            yield from free_texts(element, found["member"]["shape"], (*steps, number))
    elif found["type"] == "map":
        for key, element in value.items():
            yield from free_texts(element, found["value"]["shape"], (*steps, key))
    elif found["type"] == "string" and found.get("pattern", ".*") == ".*" and "enum" not in found:
        if shape not in NOT_FREE:
            yield steps, found.get("max", 1000)


def put(declaration, steps, value):
    spot = declaration
    for step in steps[:-1]:
        spot = spot[step]
    spot[steps[-1]] = value


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_taken_comes_back(server, seed):
    """Declarations with random texts and without random members."""
    chance, taken = random.Random(seed), 0
    for _ in range(20):
        declaration = copy.deepcopy(chance.choice(list(DECLARATIONS.values())))
        for steps, most in list(free_texts(declaration)):
            if chance.random() < 0.5:
                length = min(most // 4, chance.choice([1, 3, 40]))
                put(declaration, steps, "".join(chance.choices(LETTERS, k=length)) or "x")
        for _ in range(chance.randrange(4)):
            left = [steps for path, steps, required in spots(declaration)
                    if not required and not path.startswith("artifactStore") and path.split(".")[-1] != "configuration"]
            if left:
                declaration = without(declaration, chance.choice(left))
        reply = call(server, "CreatePipeline", {"pipeline": declaration})
        if reply.status == 200:
            taken += 1
            assert reply.json()["pipeline"] == stored(declaration), f"seed {seed}"
            read = call(server, "GetPipeline", {"name": declaration["name"]}).json()["pipeline"]
            assert read == stored(declaration), f"seed {seed}"
        else:
            assert reply.error()[0] in (STRUCTURE, STAGE, ACTION, VALIDATION), f"seed {seed}: {reply.body}"
        call(server, "DeletePipeline", {"name": declaration["name"]})
    assert taken >= 8, f"seed {seed}: too few are taken to show anything"
