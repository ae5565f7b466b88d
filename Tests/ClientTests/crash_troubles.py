"""What goes wrong in the crash tests beside the crashes: retries, and pipelines that change or go while they run."""

from crash_ledger import ACKNOWLEDGED, BEGUN, REFUSED, Violation
from crash_pipelines import RECREATED, UPDATED, declaration
from light_client import Refused


class Troubles:
    """Everyone who makes trouble."""

    def __init__(self, company):
        self.ledger, self.api, self.stop = company.ledger, company.api, company.stop
        self.turn = 0

    def retry(self):
        """Retries the stages whose failure was acknowledged, where that is planned."""
        for name, execution, stage in self.ledger.to_retry():
            self.retry_one(name, execution, stage)
        self.stop.wait(0.02)

    def retry_one(self, name, execution, stage):
        self.ledger.note("retries", execution, stage, BEGUN)
        try:
            self.api.call_until_answered(
                self.stop, "RetryStageExecution", pipelineName=name, stageName=stage, pipelineExecutionId=execution,
                retryMode="FAILED_ACTIONS")
        except Refused as refusal:
            # Another execution has entered the stage since.
            if refusal.code != "NotLatestPipelineExecutionException":
                raise
            self.ledger.note("retries", execution, stage, REFUSED)
            return
        self.ledger.note("retries", execution, stage, ACKNOWLEDGED)

    def change(self):
        """Updates a pipeline while it runs: what runs the version before must not end well any more."""
        self.turn += 1
        self.update_one(UPDATED[0])
        self.stop.wait(0.3 * (1 + self.turn % 4))

    def update_one(self, name):
        """An update adds 1 to the version that is there: fewer were lost, more were counted twice."""
        found = self.api.call("GetPipeline", name=name)["pipeline"]
        with self.ledger.lock:
            if found["version"] < self.ledger.versions[name]:
                raise Violation(f"version {found['version']} of {name} came after {self.ledger.versions[name]}")
            self.ledger.updating.add(name)
        version = self.api.call_until_answered(self.stop, "UpdatePipeline", pipeline=found)["pipeline"]["version"]
        with self.ledger.lock:
            if version != found["version"] + 1:
                raise Violation(f"one update took {name} from version {found['version']} to {version}")
            self.ledger.versions[name] = version
            self.ledger.updating.discard(name)

    def recreate(self):
        """Starts a pipeline, deletes it at some moment of its run, and creates it again: nothing of it is left."""
        name = RECREATED[0]
        executions = [
            self.api.call_until_answered(self.stop, "StartPipelineExecution", name=name)["pipelineExecutionId"]
            for _ in range(2)]
        self.turn += 1
        self.stop.wait(0.15 * (self.turn % 5))
        self.api.call_until_answered(self.stop, "DeletePipeline", name=name)
        with self.ledger.lock:
            self.ledger.gone.update(executions)
        made = self.api.call_until_answered(self.stop, "CreatePipeline", pipeline=declaration(name))["pipeline"]
        if made["version"] != 1:
            raise Violation(f"{name} was created again with version {made['version']}")
