"""The twenty pipelines of the crash tests, in groups by what happens to them, and how they are declared."""

import io
import zipfile

from declarations import action, approval, pipeline, prop, s3_deploy, s3_source

TOPIC = "arn:aws:sns:us-east-1:111111111111:crash"
# Workers do all of it, and a person approves.
PLAIN = [f"plain-{number}" for number in range(5)]
NOTIFIED = [f"notified-{number}" for number in range(3)]
# The server's own actions do all of it: sources and deployments in S3, a repository and builds.
DEPLOYED = [f"deployed-{number}" for number in range(3)]
BUILT = [f"built-{number}" for number in range(3)]
# Workers report failures, people reject, and some of the stages are retried.
TROUBLED = [f"troubled-{number}" for number in range(3)]
# Updated while they run.
UPDATED = ["updated-0"]
# Deleted while they run, and created again under the same name.
RECREATED = ["recreated-0"]
# A worker takes a job and never reports: its action times out.
DROPPED = ["dropped-0"]
GROUPS = {"plain": PLAIN, "notified": NOTIFIED, "deployed": DEPLOYED, "built": BUILT, "troubled": TROUBLED,
          "updated": UPDATED, "recreated": RECREATED, "dropped": DROPPED}
ALL = [name for names in GROUPS.values() for name in names]
GATED = PLAIN + NOTIFIED + BUILT + TROUBLED + UPDATED + RECREATED
BUILDSPEC = """\
version: 0.2
phases:
  build:
    commands:
      - echo built > out.txt
artifacts:
  files: out.txt
"""
BUILD_RESULT = {"out.txt": b"built\n"}
# The value of a secret property: workers see it, and nobody else ever does.
SECRET = "the-clear-value-that-only-workers-see"
MASK = "****"


def archive(**files):
    """A zip archive of texts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, text in files.items():
            made.writestr(name, text)
    return buffer.getvalue()


def files_in(body):
    """The files of a zip archive by name. A damaged one raises `zipfile.BadZipFile`."""
    with zipfile.ZipFile(io.BytesIO(body)) as made:
        return {name: made.read(name) for name in made.namelist() if not name.endswith("/")}


def action_types():
    """The custom action types, as parameters of CreateCustomActionType."""
    sizes = {"minimumCount": 0, "maximumCount": 5}
    properties = {"Source": [], "Build": [], "Test": [prop("Token", required=True, secret=True)]}
    return [{"category": category, "provider": "Crash", "version": "1", "configurationProperties": listed,
             "inputArtifactDetails": sizes, "outputArtifactDetails": sizes} for category, listed in properties.items()]


def declaration(name):
    return pipeline(name, *stages(name), store="artifacts")


def stages(name):
    fetch = action("Fetch", "Source", "Custom", "Crash", outputs=["Source"])
    compiled = action("Compile", "Build", "Custom", "Crash", {}, ["Source"], ["Built"])
    tested = action("Check", "Test", "Custom", "Crash", {"Token": SECRET}, ["Source"])
    checkout = action("Fetch", "Source", "AWS", "CodeCommit", {
        "RepositoryName": "crash", "BranchName": "main", "PollForSourceChanges": "false"}, outputs=["Source"])
    built = action("Compile", "Build", "AWS", "CodeBuild", {"ProjectName": "crash"}, ["Source"], ["Built"])
    gate = ("G", [approval()])
    if name in NOTIFIED:
        return ("S", [fetch]), ("G", [approval(configuration={"NotificationArn": TOPIC})])
    if name in DEPLOYED:
        source = s3_source("sources", f"{name}.zip")
        return ("S", [source]), ("D", [s3_deploy("site", artifact="Source", key=name)])
    if name in BUILT:
        return ("S", [checkout]), ("B", [built]), gate
    if name in TROUBLED + UPDATED:
        return ("S", [fetch]), ("T", [tested]), gate
    if name in DROPPED:
        return ("S", [fetch]), ("B", [compiled])
    return ("S", [fetch]), ("B", [compiled]), gate


def scratch():
    """A pipeline that nobody runs."""
    return pipeline("scratch", ("S", [s3_source("nothing", "k.zip", poll="false")]), ("G", [approval()]))
