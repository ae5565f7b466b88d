"""The constraints of the CodePipeline model as botocore ships it: sample inputs, mutations and the text they must get.

This is a second, independent reading of the rules: it shares nothing with the server but the model's facts.
"""

import copy
import re
from typing import NamedTuple

import botocore.session

MODEL = botocore.session.get_session().get_component("data_loader").load_service_model("codepipeline", "service-2")
SHAPES = MODEL["shapes"]

# What the service enforces otherwise than the model says.
OVERRIDES = {"ActionConfigurationValue": {"min": 1, "max": 50000}, "Description": {"min": 1, "max": 2048}}

# A value for each pattern, each of at least three characters and free to grow where the pattern lets it.
UUID = "01234567-89ab-cdef-0123-456789abcdef"
SAMPLES = {
    "[0-9]{12}": "111111111111", r"[0-9]{12}|\*": "*", "AWS|ThirdParty": "ThirdParty",
    "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}": UUID,
    r"arn:aws(-[\w]+)*:lambda:.+:[0-9]{12}:function:.+": "arn:aws:lambda:us-east-1:111111111111:function:f",
    r"arn:aws(-[\w]+)*:codepipeline:.+:[0-9]{12}:.+": "arn:aws:codepipeline:us-east-1:111111111111:p",
    r"arn:aws(-[\w]+)*:iam::[0-9]{12}:role/.*": "arn:aws:iam::111111111111:role/r",
}


def constraints(name):
    shape = dict(SHAPES[name])
    return shape | OVERRIDES.get(name, {})


def operations():
    return sorted(MODEL["operations"])


def input_shape(operation):
    return MODEL["operations"][operation]["input"]["shape"] if "input" in MODEL["operations"][operation] else None


def sample(name, seen=()):
    """A document that satisfies the shape, with every member of it; recursion ends at the first repetition."""
    shape = constraints(name)
    kind = shape["type"]
    if kind == "structure":
        return {
            member: sample(reference["shape"], (*seen, name)) for member, reference in shape.get("members", {}).items()
            if reference["shape"] not in seen
        }
    if kind == "list":
        return [sample(shape["member"]["shape"], seen)]
    if kind == "map":
        return {sample(shape["key"]["shape"], seen): sample(shape["value"]["shape"], seen)}
    if kind in ("integer", "long"):
        return shape.get("min", 1)
    if kind == "boolean":
        return True
    if kind == "timestamp":
        return 1446137312
    return text_sample(shape)


def text_sample(shape):
    if "enum" in shape:
        return shape["enum"][0]
    value = SAMPLES.get(shape.get("pattern"), "a" * max(shape.get("min", 1), 3))
    return value[:shape.get("max", len(value))]


def texts(shape, value):
    """The constraints of a scalar or a collection that the value breaks, in the service's words and order: the pattern,
    then the upper bound, then the lower one."""
    found = []
    counted = shape["type"] in ("string", "list", "map")
    size, word = (len(value), "length") if counted else (value, "value")
    if "pattern" in shape and not re.fullmatch(shape["pattern"], value, re.ASCII):
        found.append(f"Member must satisfy regular expression pattern: {shape['pattern']}")
    if "max" in shape and size > shape["max"]:
        found.append(f"Member must have {word} less than or equal to {shape['max']}")
    if "min" in shape and size < shape["min"]:
        found.append(f"Member must have {word} greater than or equal to {shape['min']}")
    if "enum" in shape and value not in shape["enum"]:
        found.append(f"Member must satisfy enum value set: [{', '.join(shape['enum'])}]")
    return found


def bracketed(shape):
    """All constraints of a map's key or value type, the upper bound first."""
    parts = []
    if "max" in shape:
        parts.append(f"Member must have length less than or equal to {shape['max']}")
    if "min" in shape:
        parts.append(f"Member must have length greater than or equal to {shape['min']}")
    if "pattern" in shape:
        parts.append(f"Member must satisfy regular expression pattern: {shape['pattern']}")
    return f"[{', '.join(parts)}]"


def violations(name, value, path=""):
    """Every violation of a document, as (path, text)."""
    shape = constraints(name)
    kind = shape["type"]
    found = []
    if kind in ("string", "integer", "long", "list", "map"):
        found += [(path, text) for text in texts(shape, value)]
    if kind == "structure":
        for member, reference in shape.get("members", {}).items():
            below = f"{path}.{member}" if path else member
            if value.get(member) is not None:
                found += violations(reference["shape"], value[member], below)
            elif member in shape.get("required", []):
                found.append((below, "Member must not be null"))
    elif kind == "list":
        for number, element in enumerate(value, 1):
            found += violations(shape["member"]["shape"], element, f"{path}.{number}.member")
    elif kind == "map":
        found += map_violations(shape, value, path)
    return found


def map_violations(shape, value, path):
    key, element = constraints(shape["key"]["shape"]), constraints(shape["value"]["shape"])
    found = []
    if any(texts(key, name) for name in value):
        found.append((path, f"Map keys must satisfy constraint: {bracketed(key)}"))
    if element["type"] == "structure":
        for name, entry in value.items():
            found += violations(shape["value"]["shape"], entry, f"{path}.{name}.member")
    elif any(texts(element, entry) for entry in value.values()):
        found.append((path, f"Map value must satisfy constraint: {bracketed(element)}"))
    return found


def expected(name, document):
    """How many constraints a document breaks, and the whole message, its items in the order of the document; None where
    it breaks none."""
    items = [f"Value at '{path}' failed to satisfy constraint: {text}" for path, text in violations(name, document)]
    if not items:
        return 0, None
    return len(items), f"{len(items)} validation error{'s' * (len(items) > 1)} detected: {'; '.join(items)}"


class Place(NamedTuple):
    """Something in a sample document."""

    path: tuple
    shape: str
    required: bool
    in_map: bool


def places(name, value, path=()):
    """Every place of a sample document, but the document itself."""
    shape = constraints(name)
    if shape["type"] == "structure":
        for member, element in value.items():
            reference = shape["members"][member]["shape"]
            yield Place((*path, member), reference, member in shape.get("required", []), False)
            yield from places(reference, element, (*path, member))
    elif shape["type"] == "list":
        yield Place((*path, 0), shape["member"]["shape"], False, False)
        yield from places(shape["member"]["shape"], value[0], (*path, 0))
    elif shape["type"] == "map":
        key = next(iter(value))
        yield Place((*path, key), shape["value"]["shape"], False, True)
        yield from places(shape["value"]["shape"], value[key], (*path, key))


def replaced(document, path, value):
    changed = copy.deepcopy(document)
    spot = changed
    for step in path[:-1]:
        spot = spot[step]
    if value is None and isinstance(path[-1], str):
        del spot[path[-1]]
    else:
        spot[path[-1]] = value
    return changed


def bad_values(name, good):
    """Values that break one constraint of the shape each, as (kind, value): each bound from just outside, the pattern,
    the enumeration, the keys of a map (its values are places of their own)."""
    shape = constraints(name)
    kind = shape["type"]
    if kind == "string":
        yield from (("string " + constraint, value) for constraint, value in bad_texts(shape, good))
    elif kind in ("integer", "long"):
        yield from (
            ("value " + bound, shape[bound] + step) for bound, step in (("min", -1), ("max", 1)) if bound in shape)
    elif kind == "list" and good:
        if shape.get("min", 0) > 0:
            yield "list min", good[:1] * (shape["min"] - 1)
        if "max" in shape:
            yield "list max", good[:1] * (shape["max"] + 1)
    elif kind == "map" and good:
        key, (sample_key, entry) = constraints(shape["key"]["shape"]), next(iter(good.items()))
        if shape.get("min", 0) > 0:
            yield "map min", {}
        if "max" in shape:
            yield "map max", {f"{sample_key[:-4]}{number:04}": entry for number in range(shape["max"] + 1)}
        yield from (("key " + constraint, {bad: entry}) for constraint, bad in bad_texts(key, sample_key))


def bad_texts(shape, good):
    """Strings that break one constraint of a string shape each, and only that one where there is such a string."""
    if shape.get("min", 0) > 0:
        yield "min", good[:shape["min"] - 1]
    if "max" in shape:
        yield "max", grown(shape, good)
    if "pattern" in shape:
        if shape["pattern"] != ".*":
            yield "pattern", ("é:!" * max(1, shape.get("min", 1) // 3))[:shape.get("max")]
        yield "pattern", good[:1] + "\n" + good[1:2]
    if "enum" in shape:
        yield from (("enum", value) for value in ("nonsense", shape["enum"][0].swapcase()))


def grown(shape, good):
    """A value one character too long that satisfies the pattern where one exists."""
    length = shape["max"] + 1
    return good + (good[-1] if good[-1] != "*" else "0") * (length - len(good))


def value_at(document, path):
    """What stands at a place of a document."""
    for step in path:
        document = document[step]
    return document


def mutations(operation):
    """Every (kind, path, document) in which one constraint of one place of the operation's sample input is broken."""
    name = input_shape(operation)
    document = sample(name)
    for place in places(name, document):
        if place.required:
            yield "required", place.path, replaced(document, place.path, None)
        for kind, value in bad_values(place.shape, value_at(document, place.path)):
            yield ("entry " if place.in_map else "") + kind, place.path, replaced(document, place.path, value)


def apart(path, other):
    """Whether neither place is in the other one."""
    shorter = min(len(path), len(other))
    return path[:shorter] != other[:shorter]
