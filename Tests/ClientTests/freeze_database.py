"""Makes the fixture of scripts/freeze-database: a server does a little of everything, and its database becomes SQL."""

import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

from declarations import action, approval, create_action_type, pipeline, prop, s3_source
from eventually import eventually
from penstock_server import Server
from progress import approval_token, first_execution, until_status
from worker import Worker

TOPIC = "arn:aws:sns:us-east-1:111111111111:frozen"
CONFIG = {
    "engine": {"sourcePollInterval": 1, "startOnPut": False},
    # Nobody listens there, so the notification stays in its table.
    "notifications": {"topics": {TOPIC: [{"url": "http://127.0.0.1:9/"}]}},
}
# What the tests open the sealed columns with.
KEY = bytes([7]) * 32


def live_through(server):
    """Rows in every table: what ran, what waits, what was deleted."""
    client, s3 = server.client("codepipeline"), server.client("s3")
    secret = [prop("Project", True, key=True, queryable=True), prop("Token", True, secret=True)]
    create_action_type(client, "Source", "Frozen")
    create_action_type(client, "Build", "Frozen", secret, inputs=(0, 5))
    create_action_type(client, "Test", "Thawed")
    client.delete_custom_action_type(category="Test", provider="Thawed", version="1")
    objects(s3)
    fetch = action("Fetch", "Source", "Custom", "Frozen", outputs=["Source"]) | {"namespace": "Src"}
    build = action("Compile", "Build", "Custom", "Frozen", {"Project": "web", "Token": "canary"}, ["Source"], ["Built"])
    review = approval("Review", {"NotificationArn": TOPIC, "CustomData": "Ship it?"})
    client.create_pipeline(pipeline=pipeline(
        "website", ("Source", [fetch]), ("Build", [build]), ("Release", [review])))
    done = first_execution(client, "website", "Source")
    Worker(server, "Source", "Frozen", client).source("r1")
    compile_jobs = Worker(server, "Build", "Frozen", client, {"Project": "web"})
    compile_jobs.succeed(compile_jobs.take(), {"Built": b"built"}, executionDetails={"summary": "Compiled"})
    token = approval_token(client, "website", "Release", "Review")
    client.put_approval_result(
        pipelineName="website", stageName="Release", actionName="Review", token=token,
        result={"status": "Approved", "summary": "Looks good"})
    until_status(client, "website", done, "Succeeded")
    client.start_pipeline_execution(name="website", clientRequestToken="frozen-token")
    Worker(server, "Source", "Frozen", client).source("r2")
    compile_jobs.fail(compile_jobs.take(), "it broke")
    client.disable_stage_transition(
        pipelineName="website", stageName="Build", transitionType="Inbound", reason="Frozen for the holidays")
    client.start_pipeline_execution(name="website")
    Worker(server, "Source", "Frozen", client).source("r3")
    client.update_pipeline(pipeline=client.get_pipeline(name="website")["pipeline"])
    waits = pipeline("waits", ("Source", [fetch]), ("Release", [review]))
    client.create_pipeline(pipeline=waits)
    Worker(server, "Source", "Frozen", client).source("w1")
    approval_token(client, "waits", "Release", "Review")
    client.create_pipeline(pipeline=pipeline(
        "objects", ("Source", [s3_source("sources", "app.zip", poll="true")]), ("Release", [approval()])))
    first = first_execution(client, "objects", "Source")
    eventually(lambda: is_polled(client, s3, first), "the source is polled")
    client.create_pipeline(pipeline=pipeline("gone", ("Source", [fetch]), ("Release", [approval()])))
    client.delete_pipeline(name="gone")


def is_polled(client, s3, first):
    """Whether a put has started an execution, which only a source that was looked at before can."""
    s3.put_object(Bucket="sources", Key="app.zip", Body=b"next")
    return first_execution(client, "objects", "Source") != first


def objects(s3):
    s3.create_bucket(Bucket="sources")
    s3.put_bucket_versioning(Bucket="sources", VersioningConfiguration={"Status": "Enabled"})
    for body in (b"one", b"two"):
        s3.put_object(Bucket="sources", Key="app.zip", Body=body, Metadata={"by": "hand"}, ChecksumAlgorithm="SHA256")
    s3.put_object(Bucket="sources", Key="deleted", Body=b"x")
    s3.delete_object(Bucket="sources", Key="deleted")
    upload = s3.create_multipart_upload(Bucket="sources", Key="big", ContentType="text/plain")["UploadId"]
    s3.upload_part(Bucket="sources", Key="big", UploadId=upload, PartNumber=1, Body=b"part")


def literal(value):
    """A value as SQL text, JSON kept readable."""
    if value is None:
        return "NULL"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    try:
        text = value.decode()
        readable = text.isprintable()
    except UnicodeDecodeError:
        readable = False
    return f"CAST({literal(text)} AS BLOB)" if readable else f"X'{value.hex().upper()}'"


def dump(path):
    """Schema and rows as SQL, one row a line."""
    database = sqlite3.connect(path)
    lines = ["-- Made by scripts/freeze-database. Never changed: later versions must read it."]
    tables = [row[0] for row in database.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rootpage")]
    lines += [sql + ";" for (sql,) in database.execute(
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type DESC, rootpage")]
    for table in tables:
        cursor = database.execute(f"SELECT * FROM {table}")
        names = ", ".join(column[0] for column in cursor.description)
        rows = cursor.fetchall()
        assert rows, f"the table {table} is empty: let the server do something that fills it"
        for row in rows:
            lines.append(f"INSERT INTO {table} ({names}) VALUES ({', '.join(map(literal, row))});")
    # Filled by the rows themselves, but for those that were deleted.
    lines.append("DELETE FROM sqlite_sequence;")
    lines += [f"INSERT INTO sqlite_sequence (name, seq) VALUES ({literal(name)}, {seq});"
              for name, seq in database.execute("SELECT name, seq FROM sqlite_sequence")]
    database.close()
    return "\n".join(lines) + "\n"


def main(target):
    with tempfile.TemporaryDirectory() as folder:
        server = Server(folder, config=CONFIG)
        key = server.data / "secret.key"
        key.write_bytes(KEY)
        key.chmod(0o600)
        server.start()
        try:
            live_through(server)
            # Brings the tables up to date with the redo log.
            server.terminate()
        finally:
            server.kill()
        # SQLite's own log is taken into the file by whoever opens it.
        Path(target).write_text(dump(server.data / "penstock.db"))
    subprocess.run(["wc", "-c", target], check=True)


if __name__ == "__main__":
    main(sys.argv[1])
