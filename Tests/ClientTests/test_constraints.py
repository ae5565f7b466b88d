"""Constraints of the model: every place of every input, one violation at a time, against a second reading of it."""

import json

import pytest

import model_checks
from signed_http import call, connect, send_signed

HEAD = "{} validation error{} detected: "


def check_refusal(reply, shape, document):
    """Nothing where the refusal is the expected one, else what differs."""
    count, items = model_checks.expected(shape, document)
    if reply.status != 400:
        return f"HTTP {reply.status} {reply.body[:300]!r}"
    kind, message = reply.error()
    head = HEAD.format(count, "" if count == 1 else "s")
    if kind != "ValidationException" or not (message or "").startswith(head):
        return f"{kind}: {(message or '')[:500]}; expected {head}{items}"
    found = sorted(message[len(head):].split("; "))
    return None if found == items else f"{found} instead of {items}"


@pytest.mark.parametrize("operation", model_checks.operations())
def test_each_broken_constraint_gets_its_exact_text(server, operation):
    shape = model_checks.input_shape(operation)
    assert model_checks.violations(shape, model_checks.sample(shape)) == [], "the sample itself must be valid"
    wrong = []
    connection = connect(server)
    for path, document in model_checks.mutations(operation):
        if model_checks.expected(shape, document)[0] == 0:
            continue
        reply = call(server, operation, document, connection)
        difference = check_refusal(reply, shape, document)
        if difference:
            wrong.append(f"{'/'.join(map(str, path))}: {difference}")
    connection.close()
    assert not wrong, f"{len(wrong)} differ:\n" + "\n".join(wrong[:10])


def test_the_cases_cover_the_model():
    counts = {name: sum(1 for _ in model_checks.mutations(name)) for name in model_checks.operations()}
    assert sum(counts.values()) > 800
    assert [name for name, count in counts.items() if count == 0] == []


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


@pytest.mark.parametrize("value, text", [
    ('"1"', "STRING_VALUE can not be converted to an Integer"),
    ("true", "TRUE_VALUE can not be converted to an Integer"),
    ("false", "FALSE_VALUE can not be converted to an Integer"),
    ("[1]", "Start of list found where not expected"),
    ("{}", "Start of structure or map found where not expected."),
])
def test_a_wrong_token_for_an_integer_is_a_serialization_exception(server, value, text):
    assert send_signed(server, "GetPipeline", f'{{"name":"p","version":{value}}}').error() == (
        "SerializationException", text)


@pytest.mark.parametrize("value, text", [
    ("1", "NUMBER_VALUE can not be converted to a String"),
    ("true", "TRUE_VALUE can not be converted to a String"),
    ("false", "FALSE_VALUE can not be converted to a String"),
    ('["p"]', "Start of list found where not expected"),
    ("{}", "Start of structure or map found where not expected."),
])
def test_a_wrong_token_for_a_string_is_a_serialization_exception(server, value, text):
    assert send_signed(server, "GetPipeline", f'{{"name":{value}}}').error() == ("SerializationException", text)


def test_a_fraction_for_an_integer_is_cut(server):
    kind, _ = send_signed(server, "GetPipeline", '{"name":"absent-pipeline","version":1.9}').error()
    assert kind == "PipelineNotFoundException"


def test_a_configuration_value_that_is_no_string_is_a_serialization_exception(server):
    document = model_checks.sample("CreatePipelineInput")
    document["pipeline"]["stages"][0]["actions"][0]["configuration"] = {"PollForSourceChanges": False}
    assert send_signed(server, "CreatePipeline", json.dumps(document)).error() == (
        "SerializationException", "FALSE_VALUE can not be converted to a String")


@pytest.mark.parametrize("value, text", [
    ('"x"', "Expected list or null"), ("1", "Expected list or null"),
    ("{}", "Start of structure or map found where not expected."),
])
def test_a_wrong_token_for_a_list_is_a_serialization_exception(server, value, text):
    body = f'{{"pipeline":{{"stages":{value}}}}}'
    assert send_signed(server, "CreatePipeline", body).error() == ("SerializationException", text)


@pytest.mark.parametrize("value", ['"x"', "1", "true"])
def test_a_wrong_token_for_a_structure_is_a_serialization_exception(server, value):
    assert send_signed(server, "CreatePipeline", f'{{"pipeline":{value}}}').error() == (
        "SerializationException", "Expected null")
