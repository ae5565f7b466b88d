"""The places where a server can be told to die, and how the tests get there (Sources/Failpoints/Failpoint.swift).

TidyTests compares the names: a new failpoint needs a way here before the tree is whole again.
"""

import re
from pathlib import Path

# What the company of crash_driver does all the time leads there.
WORK = "work"
# Every start leads there.
START = "start"
# A start leads there where the last server had builds or other work of its own in hand.
RECOVERY = "recovery"
# Somebody takes backups.
BACKUP = "backup"
# Old executions are cleaned: test_crash.py has a server of its own for it.
HISTORY = "history"
# No place to die at but a fault; the test of the driver itself switches it on.
FAULT = "fault"

WAYS = {
    "commit.before": WORK,
    "commit.after": WORK,
    "redo.written": WORK,
    "redo.settled": WORK,
    "object.synced": WORK,
    "object.renamed": WORK,
    "object.published": WORK,
    "object.indexed": WORK,
    "object.unindexed": WORK,
    "job.claimed": WORK,
    "action.ended": WORK,
    "build.ended": WORK,
    "notification.sent": WORK,
    "history.files-removed": HISTORY,
    "recovery.released": RECOVERY,
    "data-file.synced": START,
    "backup.copied": BACKUP,
    "reply.before-commit": FAULT,
}

# Places that the driver visits, each at least once in a run.
VISITED = [name for name, way in WAYS.items() if way in (WORK, START, RECOVERY, BACKUP)]


def declared():
    """The failpoints that the source declares."""
    source = Path(__file__).resolve().parents[2] / "Sources/Failpoints/Failpoint.swift"
    return set(re.findall(r'case \w+ = "([a-z.-]+)"', source.read_text()))


def armed(**visits):
    """The environment of a server that dies at the Nth visit of a place; `_` stands for `.` and `__` for `-`."""
    plan = ",".join(f"{name.replace('__', '-').replace('_', '.')}={count}" for name, count in visits.items())
    return environment(plan)


def environment(plan):
    """The environment of a server with a plan as it stands."""
    return {"PENSTOCK_FAILPOINTS": plan, "PENSTOCK_ALLOW_FAILPOINTS": "1"}
