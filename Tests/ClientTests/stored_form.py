"""What Penstock makes of a declaration: the documented defaults filled in, secrets masked, nothing else."""

import copy

# Kinds of actions that only pipelines of type V2 may have.
ONLY_IN_V2 = {"Commands", "EC2", "EKS", "ECRBuildAndPublish", "CodePipeline"}
CONDITIONS = ("beforeEntry", "onSuccess", "onFailure")


def actions(declaration):
    """Every action of a declaration, in order."""
    return [action for stage in declaration["stages"] for action in stage["actions"]]


def needs_v2(declaration):
    """Whether anything in it only exists in pipelines of type V2."""
    return bool(
        declaration.get("variables") or declaration.get("triggers")
        or declaration.get("executionMode", "SUPERSEDED") != "SUPERSEDED"
        or any(kind in stage for stage in declaration["stages"] for kind in CONDITIONS)
        or any(action["actionTypeId"]["provider"] in ONLY_IN_V2 for action in actions(declaration)))


def stored(declaration, version=1, secrets=("OAuthToken", "Password")):
    """The declaration as CreatePipeline, UpdatePipeline and GetPipeline return it."""
    kept = copy.deepcopy(declaration)
    kept["version"] = version
    kept.setdefault("executionMode", "SUPERSEDED")
    kept.setdefault("pipelineType", "V2" if needs_v2(declaration) else "V1")
    for action in actions(kept):
        for member, default in (("runOrder", 1), ("inputArtifacts", []), ("outputArtifacts", []), ("configuration", {})):
            action.setdefault(member, default)
        action["configuration"] = {
            key: "****" if key in secrets else value for key, value in action["configuration"].items()}
    return kept


def goes_round(call, server, declaration):
    """Creates, reads, updates with what was read, and deletes: nothing is lost, changed or invented.

    The documents themselves are compared, not what a client makes of them.
    """
    name = declaration["name"]

    def reply(operation, document):
        answer = call(server, operation, document)
        assert answer.status == 200, answer.body
        return answer.json()["pipeline"] if answer.body else None

    try:
        assert reply("CreatePipeline", {"pipeline": declaration}) == stored(declaration)
        read = reply("GetPipeline", {"name": name})
        assert read == stored(declaration)
        assert reply("UpdatePipeline", {"pipeline": read}) == stored(declaration, 2)
        assert reply("GetPipeline", {"name": name}) == stored(declaration, 2)
        assert reply("GetPipeline", {"name": name, "version": 1}) == stored(declaration)
    finally:
        call(server, "DeletePipeline", {"name": name})
