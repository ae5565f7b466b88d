"""The peers, each started for the rows that need it, in a folder of its own."""

import contextlib
import http.client
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import urlencode

from . import install
from .processes import Child, CannotMeasure, environment, free_port, tail

HERE = Path(__file__).resolve().parent
# The account that moto has, whoever asks.
MOTO_ROLE = "arn:aws:iam::123456789012:role/penstock"


@contextlib.contextmanager
def nginx(folder, reply_bytes=2000, files=None):
    """nginx with one worker: replies of one size to every POST, and files below `files`. Gives its URL and the child."""
    program = install.debian("nginx")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    temporary = "".join(
        f"{name}_temp_path {folder}/temporary; " for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    content = (
        f"root {files}; sendfile on;" if files
        else f"default_type application/x-amz-json-1.1; return 200 '{'x' * reply_bytes}';")
    (folder / "nginx.conf").write_text(
        f"worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"{'user root; ' if os.geteuid() == 0 else ''}events {{ worker_connections 2048; }}\n"
        f"http {{ access_log off; keepalive_requests 1000000000; {temporary}\n"
        f"server {{ listen 127.0.0.1:{port}; location / {{ {content} }} }} }}\n")
    with Child("nginx", [program, "-c", folder / "nginx.conf"], folder / "output.log") as child:
        child.wait_for_port(port)
        yield f"http://127.0.0.1:{port}", child


@contextlib.contextmanager
def moto(folder):
    """moto's server with the role that its pipelines need. Gives its URL and the child."""
    programs = install.python("moto")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    with Child(
            "moto", [programs / "moto_server", "-H", "127.0.0.1", "-p", port], folder / "moto.log") as child:
        child.wait_for_port(port)
        trust = json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("POST", "/", urlencode({
            "Action": "CreateRole", "Version": "2010-05-08", "RoleName": "penstock",
            "AssumeRolePolicyDocument": trust}), {
                "Content-Type": "application/x-www-form-urlencoded", "Host": "iam.amazonaws.com",
                "Authorization": "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/iam/"
                                 "aws4_request, SignedHeaders=host, Signature=0"})
        reply = connection.getresponse()
        if reply.status != 200:
            raise CannotMeasure(f"moto: CreateRole: {reply.status} {reply.read()[:300]}")
        connection.close()
        yield f"http://127.0.0.1:{port}", child


@contextlib.contextmanager
def redis(folder):
    """Redis that syncs every write. Gives its URL."""
    program = install.debian("redis-server")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    with Child("redis", [
            program, "--bind", "127.0.0.1", "--port", port, "--dir", folder, "--appendonly", "yes", "--appendfsync",
            "always", "--save", "", "--daemonize", "no"], folder / "redis.log") as child:
        child.wait_for_port(port)
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def beanstalkd(folder):
    """beanstalkd that syncs every write. Gives its URL."""
    program = install.debian("beanstalkd")
    folder = Path(folder)
    (folder / "binlog").mkdir(parents=True, exist_ok=True)
    port = free_port()
    with Child("beanstalkd", [
            program, "-l", "127.0.0.1", "-p", port, "-b", folder / "binlog", "-f", "0"],
            folder / "beanstalkd.log") as child:
        child.wait_for_port(port)
        yield f"http://127.0.0.1:{port}"


class PostgreSQL:
    """A private cluster with synchronous commits."""

    def __init__(self, folder):
        install.debian("pgbench")
        self.folder = Path(folder)
        self.port = free_port()

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        # PostgreSQL refuses to run as root.
        self.user = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            self.user = {"user": "postgres", "group": "postgres", "extra_groups": []}
        cluster = self.folder / "cluster"
        install.run(
            [str(install.postgres_binary("initdb")), "-D", str(cluster), "-A", "trust", "-U", "bench", "-E", "UTF8"],
            "initdb", cwd=self.folder, env=environment(), **self.user)
        with open(cluster / "postgresql.conf", "a") as settings:
            settings.write(
                f"port={self.port}\nlisten_addresses='127.0.0.1'\nunix_socket_directories='{self.folder}'\n"
                "shared_buffers=256MB\nmax_wal_size=4GB\nsynchronous_commit=on\nfsync=on\nmax_connections=200\n")
        self.child = Child(
            "postgresql", [install.postgres_binary("postgres"), "-D", cluster], self.folder / "postgresql.log",
            cwd=self.folder, **self.user)
        (self.folder / "postgresql.log").touch()
        self.child.start()
        self.child.wait_for_port(self.port)
        deadline = time.monotonic() + 30
        while True:
            try:
                self.sql("select 1")
                return self
            except CannotMeasure:
                if time.monotonic() > deadline:
                    self.__exit__()
                    raise
                time.sleep(0.1)

    def __exit__(self, *_):
        # A fast shutdown: SIGTERM would wait for clients.
        self.child.stop(signal.SIGINT)

    @property
    def arguments(self):
        return ["-h", "127.0.0.1", "-p", str(self.port), "-U", "bench"]

    def url(self, database):
        return f"postgresql://bench@127.0.0.1:{self.port}/{database}"

    def sql(self, *statements, database="postgres"):
        command = [shutil.which("psql"), *self.arguments, "-qAt", "-v", "ON_ERROR_STOP=1", "-d", database]
        for statement in statements:
            command += ["-c", statement]
        return install.run(command, "psql", env=environment())

    def job_cycles(self, clients, seconds):
        """Jobs put, claimed and finished, a transaction each, claims with SKIP LOCKED."""
        script = self.folder / "cycle.sql"
        script.write_text(
            "insert into jobs (pipeline, body) values ('pipeline', repeat('j', 200));\n"
            "update jobs set state = 1, nonce = nonce + 1 where id = (select id from jobs where state = 0 order by id "
            "for update skip locked limit 1) returning id as claimed \\gset\n"
            "update jobs set state = 2 where id = :claimed;\n")
        self.sql(
            "drop table if exists jobs",
            "create table jobs (id bigserial primary key, pipeline text, state int default 0, nonce int default 0, "
            "body text)", "create index on jobs (id) where state = 0",
            f"insert into jobs (pipeline, body) select 'pipeline', repeat('j', 200) from generate_series(1, {clients * 2})",
            "vacuum analyze jobs", "checkpoint")
        output = install.run(
            ["pgbench", *self.arguments, "-n", "-M", "prepared", "-f", str(script), "-c", str(clients), "-j", "2", "-T",
             str(max(1, round(seconds))), "postgres"], "pgbench", env=environment())
        return {"rate": float(re.search(r"tps = ([\d.]+)", output)[1])}


def script(peer, name, *arguments):
    """Runs a load of ours in a peer's environment; its last line is JSON."""
    done = subprocess.run(
        [str(install.python(peer) / "python"), str(HERE / name), *map(str, arguments)], capture_output=True, text=True,
        timeout=300, env=environment())
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        raise CannotMeasure(f"{peer}: exit {done.returncode}: {(done.stderr or done.stdout).strip()[-500:]}")
    return json.loads(lines[-1])


@contextlib.contextmanager
def buildbot(folder):
    """A master and a worker with one builder of three steps. Gives the port of its web interface."""
    programs = install.python("buildbot")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    web, worker = free_port(), free_port()
    install.run([str(programs / "buildbot"), "create-master", "-r", str(folder / "master")], "create-master")
    (folder / "master/master.cfg").write_text(
        (HERE / "buildbot_master.py").read_text().replace("WEB_PORT", str(web)).replace("WORKER_PORT", str(worker)))
    install.run(
        [str(programs / "buildbot-worker"), "create-worker", str(folder / "worker"), f"127.0.0.1:{worker}", "worker",
         "secret"], "create-worker")
    with contextlib.ExitStack() as stack:
        for name, port in (("master", web), ("worker", None)):
            child = stack.enter_context(Child(f"buildbot {name}", [
                programs / "twistd", "--nodaemon", "--no_save", "--logfile=twistd.log", "--python=buildbot.tac"],
                folder / f"{name}.log", cwd=folder / name, env=environment(PATH=f"{programs}:{os.environ['PATH']}")))
            if port:
                child.wait_for_port(port)
        deadline = time.monotonic() + 30
        while "Connected to" not in tail(folder / "worker/twistd.log", 20_000):
            if time.monotonic() > deadline:
                raise CannotMeasure(f"buildbot's worker does not connect: {tail(folder / 'worker/twistd.log')}")
            time.sleep(0.2)
        yield web
