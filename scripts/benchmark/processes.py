"""Children of a run: started on loopback, ended by their ids, whatever happens."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Another build than this tree's can be measured.
BINARIES = Path(os.environ.get("PENSTOCK_BINARIES") or ROOT / ".build/release")
START_SECONDS = 90
STOP_SECONDS = 30
# One run of the load generator may not take longer.
LOAD_SECONDS = 600


class CannotMeasure(Exception):
    """Why a row has no figures; the text is its report."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def tail(path, size=1500):
    path = Path(path)
    return path.read_text(errors="replace")[-size:] if path.exists() else ""


def environment(**extra):
    """The caller's, without settings of AWS and Penstock."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PENSTOCK_", "PG"))}
    return kept | {k: str(v) for k, v in extra.items()}


class Child:
    """A process with a log. `with Child(...)` ends it and its children."""

    def __init__(self, name, arguments, log, **options):
        self.name, self.arguments, self.log, self.options = name, [str(a) for a in arguments], Path(log), options
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        if shutil.which(self.arguments[0]) is None:
            raise CannotMeasure(f"{self.name}: {self.arguments[0]} is not installed")
        options = {"env": environment()} | self.options
        with open(self.log, "ab") as log:
            # A group of its own, so that what it starts ends with it. No session of its own: the kernel shares cores by
            # session (autogroups), and a server of two threads would get what one of one thread gets.
            self.process = subprocess.Popen(
                self.arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0, **options)
        return self

    @property
    def pid(self):
        return self.process.pid

    def stop(self, sign=signal.SIGTERM):
        if self.process is None or self.process.poll() is not None:
            return
        self._signal(sign)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self.process.wait(STOP_SECONDS)

    def _signal(self, sign):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, sign)

    def wait_for_port(self, port, seconds=START_SECONDS):
        """Until it listens there."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise CannotMeasure(f"{self.name} ended with {self.process.returncode}: {tail(self.log)}")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return self
            time.sleep(0.05)
        raise CannotMeasure(f"{self.name} does not listen after {seconds} s: {tail(self.log)}")


class Penstock(Child):
    """A server over a data directory. Its ports stay the same when it is started again."""

    READY = re.compile(r"^ready api=(\S+) s3=(\S+) ")

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data = self.folder / "data"
        self.ports = [free_port(), free_port()]
        super().__init__("penstock", [
            BINARIES / "penstock", "serve", "--port", self.ports[0], "--s3-port", self.ports[1],
            "--data-dir", self.data], self.folder / "penstock.log")
        self.api = f"http://127.0.0.1:{self.ports[0]}"
        self.s3 = f"http://127.0.0.1:{self.ports[1]}"
        self.credentials = self.data / "credentials"

    def start(self, waits=True):
        if not (BINARIES / "penstock").exists():
            raise CannotMeasure("penstock is not built")
        lines = []
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True,
                process_group=0, env=environment())
        reader = threading.Thread(target=self._read, args=(self.process.stdout, lines), daemon=True)
        reader.start()
        deadline = time.monotonic() + START_SECONDS
        while waits and not (lines and self.READY.match(lines[0])):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise CannotMeasure(f"penstock is not ready: {lines} {tail(self.log)}")
            time.sleep(0.01)
        return self

    @staticmethod
    def _read(stream, lines):
        for line in stream:
            lines.append(line)

    def target(self, port="api"):
        """What the load generator needs to reach it."""
        return ["--url", self.api if port == "api" else self.s3, "--credentials", self.credentials]

    def resident_mib(self):
        return resident_mib(self.pid)


def resident_mib(pid):
    """Resident memory of a process and its children."""
    total = 0
    for process in [pid, *descendants(pid)]:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            match = re.search(r"^VmRSS:\s+(\d+)", Path(f"/proc/{process}/status").read_text(), re.M)
            total += int(match[1]) if match else 0
    return total / 1024


def descendants(pid):
    found = []
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *descendants(int(child))]
    return found


def cpu_seconds(pid):
    """Processor time that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def hogs(count, folder):
    """Processes that keep cores busy beside."""
    with contextlib.ExitStack() as stack:
        children = [
            stack.enter_context(Child("hog", [BINARIES / "LoadGenerator", "hog"], Path(folder) / f"hog{number}.log"))
            for number in range(count)]
        time.sleep(0.3)
        yield
        if not all(child.process.poll() is None and cpu_seconds(child.pid) > 0.1 for child in children):
            raise CannotMeasure("a process that should keep a core busy did not")
