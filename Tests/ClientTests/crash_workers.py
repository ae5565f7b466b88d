"""Job workers of the crash tests: they do jobs, report failures where that is planned, and drop one."""

from crash_ledger import ACKNOWLEDGED, BEGUN, Violation, whereabouts
from crash_pipelines import DROPPED, RECREATED, SECRET, archive
from light_client import Lost, Refused

# Refusals that a worker meets because its earlier call counted although the reply was lost.
LATE = ("InvalidNonceException", "InvalidJobStateException", "JobNotFoundException")
FAILURE = {"type": "JobFailed", "message": "reported"}


class JobGone(Exception):
    """The pipeline of a job was deleted while a worker did it."""


class Workers:
    """What the workers of all custom action types do."""

    def __init__(self, company):
        self.company, self.ledger, self.api, self.stop = company, company.ledger, company.api, company.stop

    def work(self, category):
        jobs = self.api.call_until_answered(self.stop, "PollForJobs", maxBatchSize=2, actionTypeId={
            "category": category, "owner": "Custom", "provider": "Crash", "version": "1"})["jobs"]
        for job in jobs:
            was_gone = self.ledger.is_gone(whereabouts(job)[2])
            try:
                status = self.api.call_until_answered(
                    self.stop, "AcknowledgeJob", jobId=job["id"], nonce=job["nonce"])["status"]
            except Refused as refusal:
                # It was offered again meanwhile, which changed its nonce.
                if refusal.code in LATE:
                    continue
                raise
            if status == "InProgress":
                self.ledger.taken(job, was_gone)
                if not self.drops(job):
                    self.do(job)
        if not jobs:
            self.stop.wait(0.05)

    def drops(self, job):
        """One job of a run is never done, an early one: the run does not wait for its time-out then."""
        name, stage, _ = whereabouts(job)
        return name in DROPPED and stage == "B" and not self.company.starts_end.is_set() and self.ledger.drop(job)

    def do(self, job):
        name, stage, execution = whereabouts(job)
        if stage == "T" and job["data"]["actionConfiguration"]["configuration"] != {"Token": SECRET}:
            raise Violation(f"the worker of {job['id']} of {name} did not get its secret")
        try:
            made = self.store_outputs(job)
            if made is None:
                return
            if self.company.must_fail(name, execution, stage):
                self.ledger.note("failures", execution, stage, BEGUN)
                self.report(job, "failure")
                self.ledger.note("failures", execution, stage, ACKNOWLEDGED)
            else:
                self.report(job, "success")
        except JobGone:
            return
        with self.ledger.lock:
            self.ledger.artifacts.update(made)

    def store_outputs(self, job):
        """What was stored, by bucket and key; None where everything stops meanwhile."""
        made = {}
        for artifact in job["data"]["outputArtifacts"]:
            place = artifact["location"]["s3Location"]
            body = archive(job=job["id"], name=artifact["name"])
            while True:
                try:
                    self.api.put(place["bucketName"], place["objectKey"], body, job["data"]["artifactCredentials"])
                    break
                except Lost:
                    if self.stop.wait(0.03):
                        return None
                except Refused as refusal:
                    # The credentials of a job go with it.
                    if refusal.status == 403 and whereabouts(job)[0] in RECREATED:
                        raise JobGone from refusal
                    raise
            made[place["bucketName"], place["objectKey"]] = body
        return made

    def report(self, job, result):
        """Reports a result, and then the opposite as a worker that is late would: the first one stands."""
        name, _, execution = whereabouts(job)
        was_gone = self.ledger.is_gone(execution)
        self.ledger.result_begins(job["id"])
        opposite = {"success": "failure", "failure": "success"}[result]
        try:
            self.put_result(job, result)
        except Refused as refusal:
            if name in RECREATED and refusal.code == "JobNotFoundException":
                raise JobGone from refusal
            raise
        if was_gone:
            raise Violation(f"a result of {job['id']} was taken after its pipeline {name} was deleted")
        self.ledger.accepted(job["id"], result)
        try:
            self.put_result(job, opposite)
            self.ledger.accepted(job["id"], opposite)
        except Refused as refusal:
            if refusal.code not in LATE:
                raise

    def put_result(self, job, result):
        if result == "success":
            self.api.call_until_answered(self.stop, "PutJobSuccessResult", jobId=job["id"])
        else:
            self.api.call_until_answered(self.stop, "PutJobFailureResult", jobId=job["id"], failureDetails=FAILURE)
