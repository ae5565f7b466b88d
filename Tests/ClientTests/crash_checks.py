"""What must be true of a server that was killed, against the ledger of what it acknowledged."""

import re
import zipfile

from crash_ledger import Violation, statuses
from crash_pipelines import (
    BUILD_RESULT, BUILDSPEC, BUILT, DEPLOYED, GROUPS, MASK, SECRET, TROUBLED, UPDATED, files_in)
from light_client import Lost, Refused
from live_files import files_below

# What a job's state is called after the result that was accepted.
STATE_AFTER = {"success": "Succeeded", "failure": "Failed"}
UPDATED_SUMMARY = "The pipeline was updated before the execution could be completed."
# Where an action of the server says in its log that it stored its output.
STORED = re.compile(r"[Ss]tored as ([^/\s]+)/(\S+)$", re.MULTILINE)
DEPLOYED_TO = re.compile(r"^s3://([^/\s]+)/(\S+)  (\d+) bytes$", re.MULTILINE)


class Checks:
    """Each raises a Violation. All but those that say otherwise may run while the company works."""

    def __init__(self, company):
        self.company, self.ledger, self.api = company, company.ledger, company.api

    # Asking

    def executions(self):
        """(id, pipeline) of every execution that the ledger has an opinion on."""
        with self.ledger.lock:
            dropped = {execution: name for name, execution in self.ledger.dropped.values()}
            failed = {execution: self.ledger.plans[execution][0] for execution, _ in self.ledger.failures}
            return list((dropped | failed | self.ledger.executions).items())

    def execution(self, name, execution):
        found = self.known_execution(name, execution)
        if isinstance(found, Refused):
            raise Violation(f"the execution {execution} of {name} is forgotten: {found}") from found
        return found

    def known_execution(self, name, execution):
        """An execution as the server tells of it, or its refusal."""
        while True:
            try:
                return self.api.call(
                    "GetPipelineExecution", pipelineName=name, pipelineExecutionId=execution)["pipelineExecution"]
            except Lost:
                # A connection that was made before the last kill.
                continue
            except Refused as refusal:
                return refusal

    # Executions

    def ends(self):
        """Every execution is what was done to it, and at rest once the company is. The executions by id."""
        settled, ends = self.company.stop.is_set(), {}
        for execution, name in self.executions():
            found, may = self.execution_and_statuses(name, execution)
            if settled:
                may = may - {"InProgress"}
            if found["status"] not in may:
                raise Violation(f"{execution} of {name} is {found['status']}, not one of {sorted(may)}: {found}")
            ends[execution] = found
        with self.ledger.lock:
            approved = dict(self.ledger.approved_under)
        for (name, execution), version in approved.items():
            found = self.execution(name, execution)
            if found["pipelineVersion"] < version and found["status"] != "Failed":
                raise Violation(f"{execution} of {name} outlived the update to version {version}: {found}")
        return ends

    def execution_and_statuses(self, name, execution):
        """An execution, and what it may be. It is asked for again while somebody makes it fail or retries it."""
        while True:
            standing = self.ledger.standing(execution)
            found = self.execution(name, execution)
            if self.ledger.standing(execution) == standing:
                break
        may = statuses(standing)
        with self.ledger.lock:
            if any(execution == dropped for _, dropped in self.ledger.dropped.values()):
                may = {"InProgress", "Failed"}
            updated = found["pipelineVersion"] < self.ledger.versions[name] or name in self.ledger.updating
        if name in UPDATED and updated and found.get("statusSummary") == UPDATED_SUMMARY:
            may = may | {"Failed"}
        return found, may

    def successes(self, ends):
        """In the end there was something of each group that went well: otherwise nothing was shown of it."""
        for group, names in GROUPS.items():
            statuses = [found["status"] for found in ends.values() if found["pipelineName"] in names]
            if "Succeeded" not in statuses:
                raise Violation(f"no execution of the group {group} succeeded: {statuses}")

    def deleted(self):
        """Nobody knows the executions of a pipeline that was deleted, also where there is one of that name again."""
        with self.ledger.lock:
            gone, passing = set(self.ledger.gone), dict(self.ledger.passing)
        for execution in gone:
            found = self.known_execution(GROUPS["recreated"][0], execution)
            code = found.code if isinstance(found, Refused) else found
            if code not in ("PipelineExecutionNotFoundException", "PipelineNotFoundException"):
                raise Violation(f"the execution {execution} of a deleted pipeline is there: {code}")
        for job, (execution, result) in passing.items():
            refusal = self.late_result(job)
            if refusal.code != "JobNotFoundException" and (execution in gone or not after(refusal, result)):
                raise Violation(f"the job {job} of a pipeline that was deleted is {refusal} after {result}")

    # Jobs

    def results(self, results):
        for job, result in results.items():
            refusal = self.late_result(job)
            if not after(refusal, result):
                raise Violation(f"the job {job}, whose {result} was accepted, is {refusal}")

    def late_result(self, job):
        """How a job refuses one more result."""
        try:
            self.api.call("PutJobFailureResult", jobId=job, failureDetails={"type": "JobFailed", "message": "late"})
        except Refused as refusal:
            return refusal
        raise Violation(f"the accepted result of {job} was forgotten, and another was taken")

    def dropped(self):
        """In the end the job that nobody did has timed out."""
        for job, (name, execution) in self.ledger.dropped.items():
            refusal = self.late_result(job)
            if not in_state(refusal, "TimedOut"):
                raise Violation(f"the job {job} of {execution} of {name}, which nobody did, is {refusal}")

    # What the server's own actions made

    def built(self, ends):
        """In the end every artifact is whole, and what the actions of the server say they made is there."""
        artifacts = self.artifacts()
        for name in BUILT + DEPLOYED:
            wanted = len(succeeded(ends, name))
            for artifact in ("Source", "Built") if name in BUILT else ("Source",):
                found = [files for key, files in artifacts.items() if key.startswith(f"{name}/{artifact}/")]
                if len(found) < wanted:
                    raise Violation(f"{name} has {len(found)} artifacts {artifact} of {wanted} successes")
                for files in found:
                    if files not in self.right_files(name, artifact):
                        raise Violation(f"an artifact {artifact} of {name} holds {files}")
        for attempt, (name, action) in self.ledger.made.items():
            self.check_log(attempt, name, action, artifacts)

    def artifacts(self):
        """The files of every artifact by key."""
        s3, found = self.company.server.client("s3"), {}
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket="artifacts"):
            for entry in page.get("Contents", []):
                body = s3.get_object(Bucket="artifacts", Key=entry["Key"])["Body"].read()
                if len(body) != entry["Size"]:
                    raise Violation(f"the artifact {entry['Key']} has {len(body)} of {entry['Size']} bytes")
                try:
                    found[entry["Key"]] = files_in(body)
                except zipfile.BadZipFile as damage:
                    raise Violation(f"the artifact {entry['Key']} is damaged: {damage}") from damage
        return found

    def right_files(self, name, artifact):
        """What an artifact of the server's own actions may hold."""
        if name in DEPLOYED:
            return [files_in(body) for body in self.ledger.sources[name]]
        return [BUILD_RESULT if artifact == "Built" else {"buildspec.yml": BUILDSPEC.encode()}]

    def check_log(self, attempt, name, action, artifacts):
        """The log of an action that succeeded says so, and what it names is there."""
        from test_git_codebuild import read_log
        reply = read_log(self.company.server, attempt)
        text = reply.body.decode()
        if reply.status != 200:
            raise Violation(f"the log of {action} {attempt} of {name} is gone: {reply.status} {text}")
        if action == "Compile":
            right = "[build] Build succeeded" in text
        elif action == "Deploy":
            right = [place[:2] for place in DEPLOYED_TO.findall(text)][-1:] == [("site", f"{name}/page")]
        else:
            right = any(bucket == "artifacts" and key in artifacts for bucket, key in STORED.findall(text)[-1:])
        if not right:
            raise Violation(f"{action} {attempt} of {name} succeeded, and its log says: {text}")

    def deployed(self, ends):
        """In the end each site shows the source that was put last, and no execution carried one replaced before it."""
        s3 = self.company.server.client("s3")
        for name in DEPLOYED:
            bodies = self.ledger.sources[name]
            for found in succeeded(ends, name):
                self.check_source(s3, found, bodies[self.ledger.carries[found["pipelineExecutionId"]]:])
            try:
                page = self.api.get("site", f"{name}/page")
            except Refused as refusal:
                raise Violation(f"{name} has deployed nothing: {refusal}") from refusal
            if page != files_in(bodies[-1])["page"]:
                raise Violation(f"{name} shows {page}, and its last source is {files_in(bodies[-1])}")

    def check_source(self, s3, execution, bodies):
        id, name = execution["pipelineExecutionId"], execution["pipelineName"]
        [revision] = execution["artifactRevisions"]
        body = s3.get_object(Bucket="sources", Key=f"{name}.zip", VersionId=revision["revisionId"])["Body"].read()
        if body not in bodies:
            raise Violation(f"{id} of {name} carried {files_in(body)}, which was replaced")

    # The secret

    def masked(self):
        """A secret is shown to nobody but workers."""
        for name in TROUBLED + UPDATED:
            declared = self.api.call("GetPipeline", name=name)["pipeline"]["stages"][1]["actions"][0]["configuration"]
            if declared != {"Token": MASK}:
                raise Violation(f"{name} is shown with the configuration {declared}")

    def secret(self, folder):
        """Its clear value is in no file of the server: not in its data, its log, the logs of actions or a backup."""
        for path, content in files_below(folder):
            if SECRET.encode() in content:
                raise Violation(f"the clear value of a secret is in {path}")


def succeeded(ends, name):
    """The executions of a pipeline that succeeded."""
    return [found for found in ends.values() if found["pipelineName"] == name and found["status"] == "Succeeded"]


def in_state(refusal, state):
    return refusal.code == "InvalidJobStateException" and f"is in state {state}" in str(refusal)


def after(refusal, result):
    """Whether a job refuses a further result as one that has had this one."""
    return in_state(refusal, STATE_AFTER[result])
