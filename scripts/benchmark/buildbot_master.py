# Buildbot's master of a run: one builder of three steps that do nothing.
from buildbot.plugins import schedulers, steps, util, worker

factory = util.BuildFactory([steps.ShellCommand(name=f"stage{n}", command=["/bin/true"]) for n in range(3)])
BuildmasterConfig = {
    "workers": [worker.Worker("worker", "secret", max_builds=100)],
    "protocols": {"pb": {"port": "tcp:WORKER_PORT:interface=127.0.0.1"}},
    "builders": [
        util.BuilderConfig(name="pipeline", workernames=["worker"], factory=factory, collapseRequests=False)],
    "schedulers": [schedulers.ForceScheduler(name="force", builderNames=["pipeline"])],
    "www": {"port": "tcp:WEB_PORT:interface=127.0.0.1", "plugins": {}},
    "db": {"db_url": "sqlite:///state.sqlite"},
    "title": "bench", "titleURL": "http://127.0.0.1:WEB_PORT/", "buildbotURL": "http://127.0.0.1:WEB_PORT/",
    "buildbotNetUsageData": None,
}
