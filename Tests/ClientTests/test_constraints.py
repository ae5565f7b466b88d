"""Constraints of the model: every place of every input, one violation at a time, against a second reading of it."""

import json
from collections import Counter

import pytest

import model_checks
from signed_http import call, connect, send_signed

# Constraints of the 44 inputs by kind, counted at the places of their samples: a model or a reading of it that has fewer
# would check less. More is fine, a newer botocore has more.
FLOORS = {
    "required": 244, "string min": 215, "string max": 232, "string pattern": 154, "string enum": 70, "value min": 33,
    "value max": 28, "list min": 56, "list max": 64, "map max": 7, "key min": 11, "key max": 11, "key pattern": 1,
    "entry string min": 9, "entry string max": 9, "entry string pattern": 1,
}
SCALARS = 976


def refusal(reply):
    """What a refusal says, in one line."""
    return f"HTTP {reply.status} {' '.join(str(part) for part in reply.error())}"


def check(server, operation, cases):
    """Sends documents, (what, document) each, and compares the whole message of each refusal."""
    shape = model_checks.input_shape(operation)
    connection = connect(server)
    wrong = []
    for what, document in cases:
        count, message = model_checks.expected(shape, document)
        assert count > 0, f"{what} breaks nothing"
        found = refusal(call(server, operation, document, connection))
        if found != f"HTTP 400 ValidationException {message}":
            wrong.append(f"{what}: {found[:800]}\n  instead of: {message[:800]}")
    connection.close()
    assert not wrong, f"{len(wrong)} differ:\n" + "\n".join(wrong[:10])


def named(kind, path):
    return f"{kind} of {'/'.join(map(str, path))}"


@pytest.mark.parametrize("operation", model_checks.operations())
def test_each_broken_constraint_gets_its_exact_text(server, operation):
    shape = model_checks.input_shape(operation)
    assert model_checks.violations(shape, model_checks.sample(shape)) == [], "the sample itself must be valid"
    check(server, operation, (
        (named(kind, path), document) for kind, path, document in model_checks.mutations(operation)))


@pytest.mark.parametrize("operation", model_checks.operations())
def test_two_and_three_broken_members_are_told_in_the_order_of_the_document(server, operation):
    document = model_checks.sample(model_checks.input_shape(operation))
    cases = list(model_checks.mutations(operation))
    check(server, operation, (
        (f"{count} places at {named(kind, path)}",
         combined(document, [(kind, path, changed), *cases[number + 1:], *cases[:number]], count))
        for number, (kind, path, changed) in enumerate(cases) for count in (2, 3)))


@pytest.mark.parametrize("operation", model_checks.operations())
def test_a_document_broken_everywhere_gets_every_item(server, operation):
    shape = model_checks.input_shape(operation)
    document = combined(model_checks.sample(shape), list(reversed(list(model_checks.mutations(operation)))), 1000)
    check(server, operation, [("all", document)])


def combined(document, cases, count):
    """A document with the first `count` of the cases in it whose places have nothing to do with each other."""
    taken = []
    for kind, path, changed in cases:
        if len(taken) == count:
            break
        if all(model_checks.apart(path, other) for other in taken):
            value = None if kind == "required" else model_checks.value_at(changed, path)
            document = model_checks.replaced(document, path, value)
            taken.append(path)
    return document


def test_a_member_that_breaks_two_constraints_gets_two_items(server):
    cases = [
        (operation, named(kind, path), document)
        for operation in model_checks.operations() for kind, path, document in model_checks.mutations(operation)
        if kind == "string min" and model_checks.expected(model_checks.input_shape(operation), document)[0] == 2]
    assert len(cases) >= 90
    failed = "Value at 'name' failed to satisfy constraint: Member must "
    assert call(server, "GetPipeline", {"name": ""}).error() == (
        "ValidationException",
        f"2 validation errors detected: {failed}satisfy regular expression pattern: [A-Za-z0-9.@\\-_]+; "
        f"{failed}have length greater than or equal to 1")
    assert call(server, "GetPipeline", {"name": "! " * 51}).error() == (
        "ValidationException",
        f"2 validation errors detected: {failed}satisfy regular expression pattern: [A-Za-z0-9.@\\-_]+; "
        f"{failed}have length less than or equal to 100")


def test_the_cases_cover_the_model():
    constraints = {
        (operation, kind, path) for operation in model_checks.operations()
        for kind, path, _ in model_checks.mutations(operation)}
    counts = Counter(kind for _, kind, _ in constraints)
    print(dict(sorted(counts.items())), sum(counts.values()))
    short = {kind: (counts[kind], floor) for kind, floor in FLOORS.items() if counts[kind] < floor}
    assert not short, f"fewer than the floor: {short}"
    scalars = sum(count for kind, count in counts.items() if kind.startswith(("required", "string", "value")))
    assert scalars >= SCALARS
    assert {operation for operation, _, _ in constraints} == set(model_checks.operations())


@pytest.mark.parametrize("shape, bounds", [
    ("ActionConfigurationValue", "1 50000"), ("Description", "1 2048"),
    ("ActionConfigurationQueryableValue", "1 50")])
def test_the_bounds_that_differ_from_the_model_are_those_of_the_decisions(shape, bounds):
    found = model_checks.constraints(shape)
    assert f"{found['min']} {found['max']}" == bounds
    assert found.get("pattern") == ("[a-zA-Z0-9_-]+" if "Queryable" in shape else None)
    assert set(model_checks.OVERRIDES) == {"ActionConfigurationValue", "Description"}


def test_all_violations_come_in_one_reply_in_the_order_of_the_document(server):
    document = {"pipeline": {
        "name": "ok", "roleArn": "arn:aws:iam::111111111111:role/r",
        "artifactStore": {"type": "S3", "location": "bucket", "encryptionKey": {"id": "k", "type": "kms"}},
        "stages": [
            {"name": "S", "actions": [{
                "name": "A", "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
                "outputArtifacts": [{"name": "x" * 101}], "configuration": {"S3Bucket": ""}}]},
            {"name": "Bad Name", "actions": [{
                "name": "B", "actionTypeId": {"category": "Test", "owner": "AWS", "provider": "P", "version": "1"},
                "runOrder": 1000}]},
        ]}}
    kind, message = call(server, "CreatePipeline", document).error()
    assert kind == "ValidationException"
    failed = "failed to satisfy constraint: "
    head, _, rest = message.partition(": ")
    assert head == "5 validation errors detected"
    assert sorted(rest.split("; ")) == sorted([
        f"Value at 'pipeline.artifactStore.encryptionKey.type' {failed}Member must satisfy enum value set: [KMS]",
        f"Value at 'pipeline.stages.1.member.actions.1.member.outputArtifacts.1.member.name' {failed}"
        "Member must have length less than or equal to 100",
        f"Value at 'pipeline.stages.1.member.actions.1.member.configuration' {failed}Map value must satisfy "
        "constraint: [Member must have length less than or equal to 50000, Member must have length greater than or "
        "equal to 1]",
        f"Value at 'pipeline.stages.2.member.name' {failed}"
        r"Member must satisfy regular expression pattern: [A-Za-z0-9.@\-_]+",
        f"Value at 'pipeline.stages.2.member.actions.1.member.runOrder' {failed}"
        "Member must have value less than or equal to 999",
    ])
    stages = [item for item in rest.split("; ") if "stages" in item]
    assert ["stages.1" in item for item in stages] == [True, True, False, False]


def test_null_is_absent_and_null_elements_are_dropped(server):
    kind, message = call(server, "GetPipeline", {"name": None}).error()
    assert (kind, message) == (
        "ValidationException",
        "1 validation error detected: Value at 'name' failed to satisfy constraint: Member must not be null")
    kind, _ = call(server, "GetPipeline", {"name": "absent-pipeline", "version": None}).error()
    assert kind == "PipelineNotFoundException"


def test_unknown_members_are_ignored(server):
    reply = call(server, "ListPipelines", {"Nonsense": {"deep": [1]}, "__type": "X"})
    assert reply.status == 200


# Section 1.6: what is sent, its name in the text, and the text for targets of every kind.
TOKENS = {'"x"': "STRING_VALUE", "1": "NUMBER_VALUE", "true": "TRUE_VALUE", "false": "FALSE_VALUE"}
TARGETS = {
    "string": "{} can not be converted to a String", "integer": "{} can not be converted to an Integer",
    "boolean": "{} can not be converted to an Boolean", "timestamp": "{} can not be converted to a Timestamp",
    "list": "Expected list or null", "structure": "Expected null", "map": "Expected null",
}
FITTING = {"string": ['"x"'], "integer": ["1"], "boolean": ["true", "false"], "timestamp": ["1"]}


def misfits(kind):
    """Every value that does not fit a kind of shape, as (JSON text, message)."""
    for value, token in TOKENS.items():
        if value not in FITTING.get(kind, []):
            yield value, TARGETS[kind].format(token)
    if kind != "list":
        yield "[]", "Start of list found where not expected"
    if kind not in ("structure", "map"):
        yield "{}", "Start of structure or map found where not expected."


@pytest.mark.parametrize("operation", model_checks.operations())
def test_a_wrong_token_at_any_place_is_a_serialization_exception(server, operation):
    shape = model_checks.input_shape(operation)
    document = model_checks.sample(shape)
    connection = connect(server)
    wrong = []
    for place in model_checks.places(shape, document):
        for value, text in misfits(model_checks.constraints(place.shape)["type"]):
            changed = model_checks.replaced(document, place.path, json.loads(value))
            found = refusal(call(server, operation, changed, connection))
            if found != f"HTTP 400 SerializationException {text}":
                wrong.append(f"{value} at {'/'.join(map(str, place.path))}: {found[:300]}, instead of: {text}")
    connection.close()
    assert not wrong, f"{len(wrong)} differ:\n" + "\n".join(wrong[:10])


def test_the_kinds_of_the_table_are_those_of_the_model():
    kinds = {
        model_checks.constraints(place.shape)["type"]
        for shape in map(model_checks.input_shape, model_checks.operations())
        for place in model_checks.places(shape, model_checks.sample(shape))}
    assert kinds == set(TARGETS)


@pytest.mark.parametrize("value", ['"no date"', "1e999", "-1e999"])
def test_a_timestamp_that_is_none_is_a_serialization_exception(server, value):
    token = "STRING_VALUE" if value.startswith('"') else "NUMBER_VALUE"
    body = f'{{"pipelineName":"p","currentRevision":{{"created":{value}}},"jobId":"x"}}'
    assert send_signed(server, "PutJobSuccessResult", body).error() == (
        "SerializationException", f"{token} can not be converted to a Timestamp")


def test_a_fraction_for_an_integer_is_cut(server):
    kind, _ = send_signed(server, "GetPipeline", '{"name":"absent-pipeline","version":1.9}').error()
    assert kind == "PipelineNotFoundException"


def test_a_configuration_value_that_is_no_string_is_a_serialization_exception(server):
    document = model_checks.sample("CreatePipelineInput")
    document["pipeline"]["stages"][0]["actions"][0]["configuration"] = {"PollForSourceChanges": False}
    assert send_signed(server, "CreatePipeline", json.dumps(document)).error() == (
        "SerializationException", "FALSE_VALUE can not be converted to a String")
