"""What a server acknowledged, and what must therefore be true of it for ever."""

import threading
from collections import defaultdict

from crash_pipelines import RECREATED

TERMINAL = {"Succeeded", "Failed", "Abandoned"}
# What an execution is that nobody made fail: superseded by a newer one at the worst.
WELL = {"InProgress", "Succeeded", "Superseded"}
# How far a call has come: sent, answered with yes, answered with no.
BEGUN, ACKNOWLEDGED, REFUSED = "begun", "acknowledged", "refused"
# What is done to the executions of troubled pipelines in turn: the stage that fails once, and whether it is retried.
PLANS = [("T", True), ("G", True), None, ("T", False), ("G", False)]


class Violation(AssertionError):
    """The server broke a promise."""


def whereabouts(job):
    """(pipeline, stage, execution) of a job."""
    context = job["data"]["pipelineContext"]
    return context["pipelineName"], context["stage"]["name"], context["pipelineExecutionId"]


def statuses(standing):
    """The statuses that an execution may have, from what Ledger.standing tells of its failures."""
    if any(failure == ACKNOWLEDGED and retry in (None, REFUSED) for failure, retry in standing):
        return {"Failed"}
    if any(BEGUN in progress for progress in standing):
        return WELL | {"Failed"}
    return WELL


class Ledger:
    """Written by many threads from the replies they got. Whatever contradicts an entry raises at once."""

    def __init__(self):
        self.lock = threading.RLock()
        self.executions = {}                  # id: pipeline
        self.jobs_taken = {}                  # id of an acknowledged job: (pipeline, stage, execution)
        self.results = {}                     # id of a job: the one result that was accepted
        self.occupied = {}                    # (pipeline, stage): execution whose job is in hand
        self.attempts = {}                    # actionExecutionId: terminal status, and when it was noted
        self.approved = set()                 # (pipeline, execution)
        self.objects = {}                     # key: bodies that it may have, newest last; None is none
        self.artifacts = {}                   # (bucket, key): bytes
        self.versions = defaultdict(int)      # pipeline: the highest version acknowledged
        self.transitions = {}                 # (pipeline, stage): enabled values that it may have
        self.notified = defaultdict(set)      # actionExecutionId: bodies that were posted
        self.awaited = set()                  # actionExecutionIds whose notification must come
        self.plans = {}                       # execution of a troubled pipeline: (pipeline, one of PLANS)
        self.failures = {}                    # (execution, stage): how far a failure or a rejection has come
        self.retries = {}                     # (execution, stage): how far its retry has come
        self.runs = defaultdict(int)          # (execution, stage): jobs of it that were acknowledged
        self.updating = set()                 # pipelines with an update under way
        self.approved_under = {}              # (pipeline, execution): the version acknowledged before its approval
        self.gone = set()                     # executions whose pipeline was deleted
        self.passing = {}                     # job of a pipeline that is deleted now and then: (execution, result)
        self.dropped = {}                     # id of an acknowledged job that nobody does: (pipeline, execution)
        self.sources = defaultdict(list)      # pipeline: bodies that were put as its source, in order
        self.sources_known = defaultdict(int) # pipeline: how many of them were acknowledged
        self.carries = {}                     # execution: the oldest of its sources that it may carry
        self.made = {}                        # actionExecutionId of a success of the server itself: (pipeline, action)

    def started(self, pipeline, execution):
        with self.lock:
            if execution in self.executions:
                raise Violation(f"two starts got the execution id {execution}")
            self.executions[execution] = pipeline

    def taken(self, job, was_gone=False):
        """An acknowledgement was answered with InProgress; `was_gone` is what is_gone told before it was sent."""
        name, stage, execution = place = whereabouts(job)
        with self.lock:
            if job["id"] in self.jobs_taken:
                raise Violation(f"job {job['id']} was acknowledged twice")
            if was_gone:
                raise Violation(f"job {job['id']} of {name} was handed out after the pipeline was deleted")
            # There is one action a stage: it runs once, and once more for each retry.
            self.runs[execution, stage] += 1
            allowed = 1 + self.retry_counts(execution, stage)
            if self.runs[execution, stage] > allowed:
                raise Violation(f"{place} ran {self.runs[execution, stage]} times, with {allowed - 1} retries")
            self.jobs_taken[job["id"]] = place
            # A stage of a deleted pipeline is let go with it, whoever holds it.
            if name in RECREATED:
                return
            holder = self.occupied.get((name, stage))
            if holder not in (None, execution):
                raise Violation(f"{(name, stage)} is held by {holder} and by {execution}")
            self.occupied[name, stage] = execution

    def result_begins(self, job_id):
        """From now on the result may be counted, so the stage may be let go before the reply is seen."""
        with self.lock:
            place = self.jobs_taken[job_id][:2]
            self.occupied.pop(place, None)

    def accepted(self, job_id, result):
        name, _, execution = self.jobs_taken[job_id]
        with self.lock:
            known = self.results.get(job_id) or self.passing.get(job_id)
            if known:
                raise Violation(f"job {job_id} took {result} after {known}")
            if name in RECREATED:
                self.passing[job_id] = (execution, result)
            else:
                self.results[job_id] = result

    # Failures and retries

    def must_fail(self, name, execution, stage, more):
        """Whether the plan of an execution makes this stage fail now. Without `more`, new executions go well."""
        with self.lock:
            if execution not in self.plans:
                self.plans[execution] = (name, PLANS[len(self.plans) % len(PLANS)] if more else None)
            plan = self.plans[execution][1]
            return plan is not None and plan[0] == stage and (execution, stage) not in self.failures

    def note(self, table, execution, stage, progress):
        """How far a failure or a retry has come."""
        with self.lock:
            getattr(self, table)[execution, stage] = progress

    def to_retry(self):
        """The failures whose retry is planned and not answered yet: (pipeline, execution, stage)."""
        with self.lock:
            return [
                (self.plans[execution][0], execution, stage) for (execution, stage), progress in self.failures.items()
                if progress == ACKNOWLEDGED and self.plans[execution][1] == (stage, True)
                and self.retries.get((execution, stage)) not in (ACKNOWLEDGED, REFUSED)]

    def retry_counts(self, execution, stage):
        """Whether a retry was sent that may count."""
        with self.lock:
            return self.retries.get((execution, stage)) in (BEGUN, ACKNOWLEDGED)

    def standing(self, execution):
        """What is known of the failures of an execution: (progress of the failure, progress of its retry) for each."""
        with self.lock:
            return tuple((self.failures[key], self.retries.get(key)) for key in self.failures if key[0] == execution)

    def is_gone(self, execution):
        with self.lock:
            return execution in self.gone

    def drop(self, job):
        """Takes the first job that it is asked about as one that nobody does; whether it did."""
        name, stage, execution = whereabouts(job)
        with self.lock:
            if self.dropped:
                return False
            self.dropped[job["id"]] = (name, execution)
            # Nobody tells when the time is over and the next one enters.
            self.occupied.pop((name, stage), None)
            return True

    def source_begins(self, name, body):
        with self.lock:
            self.sources[name].append(body)

    def source_settled(self, name):
        with self.lock:
            self.sources_known[name] = len(self.sources[name])

    def now(self):
        """A moment: what was noted up to it is older than what is asked for after it."""
        with self.lock:
            return len(self.attempts)

    def attempt(self, action_execution, status, asked):
        """A status that GetPipelineState showed to a call that was sent after the moment `asked`."""
        with self.lock:
            known, noted = self.attempts.get(action_execution, (None, None))
            if known is not None and status != known and (status in TERMINAL or noted <= asked):
                raise Violation(f"the attempt {action_execution} is {status} after {known}")
            if known is None and status in TERMINAL:
                self.attempts[action_execution] = (status, len(self.attempts) + 1)

    def may_be(self, table, key, value):
        """A write is under way: until its reply both values are right."""
        with self.lock:
            getattr(self, table).setdefault(key, []).append(value)

    def settled(self, table, key, value):
        """The write was acknowledged: of what was there before, nothing is right any more."""
        with self.lock:
            getattr(self, table)[key] = [value]
