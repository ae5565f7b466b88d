"""What a server acknowledged, and what must therefore be true of it for ever."""

import threading
from collections import defaultdict

TERMINAL = {"Succeeded", "Failed", "Abandoned"}


class Violation(AssertionError):
    """The server broke a promise."""


class Ledger:
    """Written by many threads from the replies they got. Whatever contradicts an entry raises at once."""

    def __init__(self):
        self.lock = threading.RLock()
        self.executions = {}                  # id: (pipeline, how far it is known to have come)
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

    def started(self, pipeline, execution):
        with self.lock:
            if execution in self.executions:
                raise Violation(f"two starts got the execution id {execution}")
            self.executions[execution] = pipeline

    def taken(self, job):
        """An acknowledgement was answered with InProgress."""
        where = job["data"]["pipelineContext"]
        place = (where["pipelineName"], where["stage"]["name"])
        execution = where["pipelineExecutionId"]
        with self.lock:
            if job["id"] in self.jobs_taken:
                raise Violation(f"job {job['id']} was acknowledged twice")
            holder = self.occupied.get(place)
            if holder not in (None, execution):
                raise Violation(f"{place} is held by {holder} and by {execution}")
            self.occupied[place] = execution
            self.jobs_taken[job["id"]] = (*place, execution)

    def result_begins(self, job_id):
        """From now on the result may be counted, so the stage may be let go before the reply is seen."""
        with self.lock:
            place = self.jobs_taken[job_id][:2]
            self.occupied.pop(place, None)

    def accepted(self, job_id, result):
        with self.lock:
            if job_id in self.results:
                raise Violation(f"job {job_id} took {result} after {self.results[job_id]}")
            self.results[job_id] = result

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
