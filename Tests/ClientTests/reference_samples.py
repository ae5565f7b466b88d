"""The sample requests and replies of the API reference, read from its transcription, and how a reply is compared."""

import json
import re

from penstock_server import PACKAGE_ROOT

FOLDER = PACKAGE_ROOT.parent / "shared/reference"
REFERENCE = FOLDER / "api-reference-2016.txt"
LATER_PAGES = ["api-poll-for-jobs.txt"]

# What the transcription got wrong in the JSON of a sample, as (text without white space, what it must be, why).
# Everywhere, and not in the table: the pages' fences and running heads stand in the middle of samples, and the pages'
# width broke strings into lines.
CLOSED = "the end of the page closed brackets that are still open"
UNCLOSED = "the last bracket is missing"
REPAIRS = {
    ("CreateCustomActionType", "reply"): [
        ('"secret":false}]},"id"', '"secret":false}],"id"', "members of actionType stand outside it"),
        ("$", "}", UNCLOSED)],
    ("CreatePipeline", "reply"): [
        ('{"name":"MyApp"}]}]}]}}}],"runOrder"', '{"name":"MyApp"}],"runOrder"', CLOSED), ("$", "}", UNCLOSED)],
    ("GetJobDetails", "reply"): [("$", "}", UNCLOSED)],
    ("GetPipelineState", "reply"): [
        ('"stageName":"Source"}],}{"actionStates"', '"stageName":"Source"},{"actionStates"', CLOSED),
        ('"stageName":"Beta"},"updated"', '"stageName":"Beta"}],"updated"', "the list of stages is not closed")],
    ("ListActionTypes", "reply"): [
        ('"minimumCount":1}}]}"actionConfigurationProperties"', '"minimumCount":1},"actionConfigurationProperties"',
         CLOSED),
        ('"name":"DeploymentGroupName"}]}]}],"output', '"name":"DeploymentGroupName"}],"output', CLOSED),
        ('"name":"OAuthToken"}]}],"output', '"name":"OAuthToken"}],"output', CLOSED), ("$", "}", UNCLOSED)],
    ("PollForJobs", "reply"): [
        ('"stage":{"name":"Testing"}},"id"', '"stage":{"name":"Testing"}}},"id"', "data is not closed"),
        ("$", "}", UNCLOSED)],
    ("UpdatePipeline", "request"): [
        ('"runOrder":1}]}]}}}]}],"artifactStore"', '"runOrder":1}]}],"artifactStore"', CLOSED)],
    ("UpdatePipeline", "reply"): [("$", "}", UNCLOSED)],
}


def samples():
    """Every sample as (source, operation, request, reply); the reply is None where it has no body."""
    found = [(REFERENCE.name, *sample) for sample in samples_of(REFERENCE.read_text(), REPAIRS)]
    for page in LATER_PAGES:
        found += [(page, *sample) for sample in samples_of((FOLDER / page).read_text(), {})]
    return found


def samples_of(text, repairs):
    text = re.sub(r"^AWS CodePipeline API Reference\s+Example$", "", text, flags=re.M)
    for part in re.split(r"^Sample Request\s*$", text, flags=re.M)[1:]:
        request, rest = re.split(r"^Sample Response\s*$", part, maxsplit=1, flags=re.M)
        operation = re.search(r"CodePipeline_20150709\.(\w+)", request).group(1)
        yield operation, *(
            document(side, part, repairs.get((operation, side), []))
            for side, part in (("request", request), ("reply", until_heading(rest))))


def until_heading(text):
    """The lines up to the first one outside a fence that is a heading: words alone, no header and no JSON."""
    lines, fenced = [], False
    for line in text.splitlines():
        if line.startswith("```"):
            fenced = not fenced
        elif not fenced and re.fullmatch(r"[A-Z][A-Za-z]+( [A-Z][a-z]+)*", line):
            break
        lines.append(line)
    return "\n".join(lines)


def document(side, text, repairs):
    text = re.sub(r"^```.*$", "", text, flags=re.M)
    begin = re.search(r"(?:^|\s)\{", text)
    if not begin:
        return None
    # A session token that the page's width broke has lost the end of each of its lines, the last quote too.
    text = re.sub(r'("sessionToken":\s*")([^"]*?)\s*\},', lambda match: f'{match[1]}{match[2]}"}},', text[begin.start():])
    text = compact(text)
    for wrong, right, why in repairs:
        if wrong == "$":
            text += right
            continue
        assert wrong in text, f"{side}: nothing to repair where {why}: {wrong}"
        text = text.replace(wrong, right)
    return json.loads(text)


def compact(text):
    """The text without white space outside of strings, and without line breaks in them."""
    strings = re.compile(r'"(?:\\.|[^"\\])*"', re.S)
    parts, end = [], 0
    for match in strings.finditer(text):
        parts += [re.sub(r"\s", "", text[end:match.start()]), re.sub(r"\n", "", match[0])]
        end = match.end()
    return "".join(parts) + re.sub(r"\s", "", text[end:])


def kind(value):
    """The JSON type of a value."""
    return {bool: "boolean", int: "number", float: "number", str: "string", list: "list", dict: "structure",
            type(None): "null"}[type(value)]


def differences(sample, found, path=""):
    """Members of a sample that a document lacks, or has with another type, bar `__type`. What is more is no difference.

    Of a list each element of the sample must have its like.
    """
    if kind(sample) != kind(found):
        return [f"{path or 'the document'} is a {kind(found)}, not a {kind(sample)}"]
    wrong = []
    if isinstance(sample, dict):
        for member, value in sample.items():
            if member == "__type":
                continue
            if member in found:
                wrong += differences(value, found[member], f"{path}.{member}")
            else:
                wrong.append(f"{path}.{member} is missing")
    elif isinstance(sample, list):
        for number, element in enumerate(sample):
            tries = [differences(element, other, f"{path}[{number}]") for other in found]
            wrong += min(tries, key=len, default=[f"{path}[{number}] has nothing like it"])
    return wrong
