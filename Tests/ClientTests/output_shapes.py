"""Replies read by the output shapes of botocore's model: which members they had, whether each is as AWS sends it."""

import collections
import json
import re

import model_checks
from signed_http import call

SHAPES = model_checks.SHAPES
TIMESTAMP = re.compile(r"\d{1,12}(\.\d{1,3})?")
INTEGER = re.compile(r"-?\d+")
# Beyond the model's bounds, and right: CloudFormation takes ten inputs, custom types five at the most.
BEYOND_BOUNDS = {("ListActionTypes", "actionTypes[].inputArtifactDetails.maximumCount", "10")}


class Number(str):
    """A JSON number as it was written."""


def parsed(body):
    """A JSON document whose numbers are kept as they were written."""

    def members(pairs):
        names = [name for name, _ in pairs]
        assert len(names) == len(set(names)), f"a member is sent twice: {names}"
        return dict(pairs)

    return json.loads(body, parse_int=Number, parse_float=Number, parse_constant=Number, object_pairs_hook=members)


def output_shape(operation):
    return model_checks.MODEL["operations"][operation]["output"]["shape"]


def paths(name, path=""):
    """Every member path of a shape: `a.b`, `[]` for the elements of a list."""
    shape = SHAPES[name]
    if shape["type"] == "structure":
        for member, reference in shape["members"].items():
            below = f"{path}.{member}" if path else member
            yield below
            yield from paths(reference["shape"], below)
    elif shape["type"] == "list":
        yield from paths(shape["member"]["shape"], f"{path}[]")


class Replies:
    """Calls operations and notes what their replies hold."""

    def __init__(self, server):
        self.server = server
        self.members = collections.defaultdict(set)
        self.problems = []
        # Operations without an output that were called: their replies had no body.
        self.empty = set()

    def call(self, operation, **document):
        """The reply's document, its numbers as numbers. A refusal is an error."""
        reply = call(self.server, operation, document)
        assert reply.status == 200, (operation, document, reply.body)
        if "output" not in model_checks.MODEL["operations"][operation]:
            assert reply.body == b"" and reply.headers["Content-Length"] == "0", (operation, reply.body)
            self.empty.add(operation)
            return None
        self._structure(operation, output_shape(operation), parsed(reply.body), "")
        return json.loads(reply.body)

    def _structure(self, operation, name, value, path):
        known = SHAPES[name]["members"]
        for member in SHAPES[name].get("required", []):
            if member not in value:
                self._problem(operation, path, f"{member} is required and absent")
        for member, element in value.items():
            below = f"{path}.{member}" if path else member
            if member not in known:
                self._problem(operation, below, "the model has no such member")
                continue
            self.members[operation].add(below)
            self._value(operation, known[member]["shape"], element, below)

    def _value(self, operation, name, value, path):
        shape = model_checks.constraints(name)
        kind = shape["type"]
        if not self._has_type(kind, value):
            self._problem(operation, path, f"{value!r} is no {kind} as AWS sends it")
        elif kind == "structure":
            self._structure(operation, name, value, path)
        elif kind == "list":
            for element in value:
                self._value(operation, shape["member"]["shape"], element, f"{path}[]")
        elif kind == "map":
            for element in value.values():
                self._value(operation, shape["value"]["shape"], element, f"{path}{{}}")
        elif kind in ("string", "integer") and (operation, path, value) not in BEYOND_BOUNDS:
            for text in model_checks.texts(shape, int(value) if kind == "integer" else value):
                self._problem(operation, path, f"{value!r}: {text}")

    @staticmethod
    def _has_type(kind, value):
        if kind == "timestamp":
            return isinstance(value, Number) and TIMESTAMP.fullmatch(value)
        if kind in ("integer", "long"):
            return isinstance(value, Number) and INTEGER.fullmatch(value)
        types = {"structure": dict, "map": dict, "list": list, "boolean": bool, "string": str}
        return isinstance(value, types[kind]) and not isinstance(value, Number)

    def _problem(self, operation, path, what):
        self.problems.append(f"{operation} {path}: {what}")
