"""An approval's notification reaches the subscribers of its topic, signed, in the documented form."""

import hashlib
import hmac
import http.server
import json
import threading

import pytest

from declarations import action, pipeline, create_action_type
from eventually import eventually
from progress import approval_token
from worker import Worker

TOPIC = "arn:aws:sns:us-east-1:111111111111:approvals"


@pytest.fixture
def receiver():
    """A web server that keeps what is posted to it."""
    posts = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posts.append((dict(self.headers), body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1], posts
    server.shutdown()
    server.server_close()


def test_an_opened_approval_is_posted_to_its_topic(new_server, receiver):
    port, posts = receiver
    server = new_server({"notifications": {"topics": {TOPIC: [
        {"url": f"http://127.0.0.1:{port}/hook", "secret": "shared"}]}}}).start()
    client = server.client("codepipeline")
    create_action_type(client, "Source", "Notify")
    gate = action("Approve", "Approval", "AWS", "Manual", configuration={
        "NotificationArn": TOPIC, "CustomData": "Please look", "ExternalEntityLink": "http://example.com/change/1"})
    client.create_pipeline(pipeline=pipeline(
        "notify", ("Source", [action("Fetch", "Source", "Custom", "Notify", outputs=["Source"])]), ("Gate", [gate])))
    Worker(server, "Source", "Notify").source("r")
    token = approval_token(client, "notify", "Gate")
    headers, body = eventually(lambda: posts[0] if posts else None, "a notification")
    expected = hmac.new(b"shared", body, hashlib.sha256).hexdigest()
    assert headers["X-Penstock-Signature"] == f"sha256={expected}"
    document = json.loads(body)
    assert document["region"] == "us-east-1"
    approval = document["approval"]
    assert (approval["pipelineName"], approval["stageName"], approval["actionName"]) == ("notify", "Gate", "Approve")
    assert (approval["token"], approval["customData"]) == (token, "Please look")
    assert approval["externalEntityLink"] == "http://example.com/change/1"
    assert document["consoleLink"].startswith(server.api)
