"""A Penstock server as a child process, as a user runs it."""

import configparser
import json
import os
import queue
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import boto3
from botocore.config import Config

PACKAGE_ROOT = Path(__file__).resolve().parents[2]
REGION = "us-east-1"
ACCOUNT = "111111111111"
START_SECONDS = 60
STOP_SECONDS = 30

READY = re.compile(r"^ready api=(\S+) s3=(\S+) console=(\S+)$")


def binary():
    """The executable under test."""
    path = Path(os.environ.get("PENSTOCK_BINARY") or PACKAGE_ROOT / ".build/release/penstock")
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: swift build -c release --product penstock, or set PENSTOCK_BINARY")
    return str(path)


def environment(extra=None):
    """The environment of a child: none of the caller's AWS or Penstock settings."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PENSTOCK_"))}
    inherited["AWS_EC2_METADATA_DISABLED"] = "true"
    return inherited | (extra or {})


def run_penstock(*arguments, env=None, timeout=START_SECONDS):
    """Runs the executable to its end. Returns the completed process, output as text."""
    return subprocess.run(
        [binary(), *map(str, arguments)], capture_output=True, text=True, timeout=timeout, env=environment(env))


class StartFailure(AssertionError):
    """The server ended, or said nothing, instead of getting ready."""


class Server:
    """One data directory and the process that serves it. Ports stay the same over restarts."""

    def __init__(self, folder, config=None, env=None):
        self.folder = Path(folder)
        self.data = self.folder / "data"
        self.data.mkdir(parents=True, exist_ok=True)
        self.config = self.folder / "penstock.yaml"
        # JSON is YAML.
        self.config.write_text(json.dumps(config or {}))
        self.env = env or {}
        self.api = self.s3 = self.console = None
        self.ca_bundle = None
        self.process = None
        self.log_path = self.folder / "server.log"

    # Life

    def start(self):
        arguments = [
            binary(), "serve", "--port", str(self._port(self.api)), "--s3-port", str(self._port(self.s3)),
            "--data-dir", str(self.data), "--config", str(self.config),
        ]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                arguments, stdout=subprocess.PIPE, stderr=log, env=environment(self.env), text=True)
        self.api, self.s3, self.console = self._await_ready()
        parsed = configparser.ConfigParser(interpolation=None)
        parsed.read(self.data / "credentials")
        self.access_key = parsed["default"]["aws_access_key_id"]
        self.secret_key = parsed["default"]["aws_secret_access_key"]
        return self

    def start_or_die(self):
        """Starts a server that may be told to die on the way."""
        try:
            self.start()
        except StartFailure:
            if self.process.returncode != -signal.SIGKILL:
                raise

    def _await_ready(self):
        lines = queue.Queue()
        threading.Thread(target=self._read, args=(self.process.stdout, lines), daemon=True).start()
        try:
            line = lines.get(timeout=START_SECONDS)
        except queue.Empty:
            self.kill()
            raise StartFailure(f"no ready line within {START_SECONDS} s; log:\n{self.log()}") from None
        match = READY.match(line or "")
        if not match:
            code = self.process.wait(STOP_SECONDS) if line is None else None
            self.kill()
            raise StartFailure(f"first line {line!r}, exit {code}; log:\n{self.log()}")
        return match.groups()

    @staticmethod
    def _read(stream, lines):
        for line in stream:
            lines.put(line.rstrip("\n"))
        lines.put(None)

    @staticmethod
    def _port(url):
        return 0 if url is None else int(url.rsplit(":", 1)[1])

    def log(self):
        return self.log_path.read_text(errors="replace")[-8000:] if self.log_path.exists() else ""

    def proc(self, name):
        """A file or folder of the process in /proc."""
        return Path("/proc") / str(self.process.pid) / name

    def running(self):
        return self.process is not None and self.process.poll() is None

    def terminate(self):
        """SIGTERM; returns the exit status. Fails if draining takes too long."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still running {STOP_SECONDS} s after SIGTERM; log:\n{self.log()}") from None

    def kill(self):
        """SIGKILL, as a power cut would."""
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait(STOP_SECONDS)

    # Clients

    def client(self, service, access_key=None, secret_key=None, session_token=None, retries=0, **options):
        """A boto3 client, signed by the root credentials unless others are given."""
        session = boto3.session.Session()
        settings = {
            "retries": {"total_max_attempts": retries + 1, "mode": "standard"}, "connect_timeout": 10,
            "read_timeout": 60, "max_pool_connections": 20,
        }
        if service == "s3":
            settings["s3"] = {"addressing_style": "path"}
        config = Config(**settings).merge(options.pop("config", None) or Config())
        return session.client(
            service, endpoint_url=self.s3 if service == "s3" else self.api, region_name=options.pop("region", REGION),
            aws_access_key_id=access_key or self.access_key, aws_secret_access_key=secret_key or self.secret_key,
            aws_session_token=session_token, config=config, verify=self.ca_bundle, **options)

    def aws(self, *arguments, check=True, stdin=None, timeout=60, cwd=None, env=None):
        """Runs the AWS CLI against this server. Returns the completed process, output as text."""
        local = Path(sys.executable).parent / "aws"
        command = str(local) if local.exists() else shutil.which("aws")
        variables = {
            "AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL_CODEPIPELINE": self.api, "AWS_ENDPOINT_URL_S3": self.s3,
            "AWS_CONFIG_FILE": str(self.folder / "aws-config"), "AWS_PAGER": "", "AWS_MAX_ATTEMPTS": "1",
        }
        if self.ca_bundle:
            variables["AWS_CA_BUNDLE"] = self.ca_bundle
        (self.folder / "aws-config").write_text("[default]\ns3 =\n    addressing_style = path\n")
        result = subprocess.run(
            [command, *map(str, arguments)], capture_output=True, text=True, input=stdin, timeout=timeout,
            cwd=cwd, env=environment(variables | (env or {})))
        if check and result.returncode != 0:
            raise AssertionError(f"aws {' '.join(map(str, arguments))}: exit {result.returncode}: {result.stderr}")
        return result

    def connect(self, url=None, timeout=10):
        """A raw TCP connection to a port of the server."""
        host, port = (url or self.api).split("//", 1)[1].rsplit(":", 1)
        return socket.create_connection((host, int(port)), timeout=timeout)
