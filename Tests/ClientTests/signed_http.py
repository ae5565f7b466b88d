"""Requests signed by botocore and sent byte for byte, to send what no SDK sends."""

import hashlib
import http.client
import json
import urllib.parse
from datetime import datetime, timezone

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from penstock_server import REGION

PREFIX = "CodePipeline_20150709."
JSON = "application/x-amz-json-1.1"


class Reply:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body)

    def error(self):
        """The error's type and message."""
        document = self.json()
        return document["__type"], document.get("message")


class QueryAuth(SigV4QueryAuth):
    """Signs in the query string and leaves the body a body: botocore's own moves it into the query."""

    def __init__(self, *arguments, body, **options):
        super().__init__(*arguments, **options)
        self.body = body

    def payload(self, request):
        return hashlib.sha256(self.body).hexdigest()


def sign(server, body=b"", target=None, headers=None, access_key=None, secret_key=None, token=None, region=REGION,
         service="codepipeline", url=None, method="POST", query=False):
    """A signed request to the API port, not sent. `target` is an operation, or the whole header with its dot."""
    if isinstance(body, str):
        body = body.encode()
    sent = {"Content-Type": JSON}
    if target is not None:
        sent["X-Amz-Target"] = target if "." in target or not target else PREFIX + target
    sent |= headers or {}
    request = AWSRequest(method=method, url=url or server.api + "/", data=None if query else body, headers=sent)
    credentials = Credentials(access_key or server.access_key, secret_key or server.secret_key, token)
    signer = QueryAuth(credentials, service, region, expires=300, body=body) if query else SigV4Auth(
        credentials, service, region)
    signer.add_auth(request)
    return request


def send(server, method, url, headers, body=b"", connection=None):
    """Sends headers and body as they stand. `headers` is a list of pairs or a mapping."""
    parts = urllib.parse.urlsplit(url)
    reused = connection or connect(server, url)
    try:
        reused.putrequest(method, urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, "")),
                          skip_host=True, skip_accept_encoding=True)
        pairs = list(headers.items() if hasattr(headers, "items") else headers)
        names = {name.lower() for name, _ in pairs}
        if "host" not in names:
            reused.putheader("Host", parts.netloc)
        if "content-length" not in names and "transfer-encoding" not in names:
            reused.putheader("Content-Length", str(len(body)))
        for name, value in pairs:
            reused.putheader(name, value)
        reused.endheaders(body)
        return Reply(reused.getresponse())
    finally:
        if connection is None:
            reused.close()


def connect(server, url=None):
    parts = urllib.parse.urlsplit(url or server.api)
    return http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)


def send_signed(server, target, body=b"{}", connection=None, **options):
    """Signs and sends a call."""
    request = sign(server, body, target, **options)
    data = body.encode() if isinstance(body, str) else body
    return send(server, request.method, request.url, request.headers, data, connection)


def call(server, target, document, connection=None, **options):
    """Signs and sends a call with a JSON document."""
    return send_signed(server, target, json.dumps(document).encode(), connection, **options)


def basic_date(moment=None):
    return (moment or datetime.now(timezone.utc)).strftime("%Y%m%dT%H%M%SZ")
