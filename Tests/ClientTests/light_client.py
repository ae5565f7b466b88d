"""A small client for the crash tests: botocore signs, and a lost reply is told apart from a refusal."""

import hashlib
import http.client
import json
import urllib.parse
import uuid

from signed_http import send, sign


class Lost(Exception):
    """No whole reply came: the call may have counted or not."""


class Refused(Exception):
    """The server said no."""

    def __init__(self, status, code, message):
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code = status, code


class LightClient:
    """Calls of both ports, signed by the root credentials or a job's."""

    def __init__(self, server):
        self.server = server

    def call(self, operation, invocation=None, **document):
        """One try of a call. `invocation` numbers it as SDKs do: all tries of a call have the same."""
        headers = {"amz-sdk-invocation-id": invocation} if invocation else {}
        body = json.dumps(document).encode()
        reply = self._send(sign(self.server, body, operation, headers=headers), body)
        if reply.status != 200:
            code, message = reply.error()
            raise Refused(reply.status, code, message)
        return json.loads(reply.body or b"{}")

    def call_until_answered(self, stop, operation, **document):
        """Tries a call again until a reply comes, as an SDK's retries do."""
        invocation = str(uuid.uuid4())
        while True:
            try:
                return self.call(operation, invocation, **document)
            except Lost:
                if stop.wait(0.03):
                    raise
            except Refused as refusal:
                if refusal.status < 500 or stop.wait(0.1):
                    raise

    def put(self, bucket, key, body, credentials=None):
        return self._object("PUT", bucket, key, body, credentials).headers.get("x-amz-version-id")

    def get(self, bucket, key, credentials=None):
        return self._object("GET", bucket, key, b"", credentials).body

    def delete(self, bucket, key):
        self._object("DELETE", bucket, key, b"", None)

    def _object(self, method, bucket, key, body, credentials):
        url = f"{self.server.s3}/{bucket}/{urllib.parse.quote(key)}"
        keys = {} if credentials is None else {
            "access_key": credentials["accessKeyId"], "secret_key": credentials["secretAccessKey"],
            "token": credentials["sessionToken"]}
        request = sign(self.server, body, service="s3", url=url, method=method, **keys,
                       headers={"x-amz-content-sha256": hashlib.sha256(body).hexdigest()})
        reply = self._send(request, body)
        if reply.status >= 300:
            raise Refused(reply.status, reply.body.decode(errors="replace"), "")
        return reply

    def _send(self, request, body):
        try:
            return send(self.server, request.method, request.url, request.headers, body)
        except (OSError, http.client.HTTPException) as error:
            raise Lost(str(error)) from error
