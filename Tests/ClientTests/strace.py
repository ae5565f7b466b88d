"""Watching and spoiling the system calls of a running server."""

import os.path
import re
import subprocess
from dataclasses import dataclass

from eventually import eventually

WRITES = {"write", "writev", "pwrite64", "pwritev", "sendto", "sendmsg"}
RENAMES = {"rename", "renameat", "renameat2"}
SYNCS = {"fsync", "fdatasync"}
# What tells whether a reply waited for the disk: with the paths behind descriptors, and whole what is written.
DURABILITY = ("-y", "-s", "1000000", "-e", "trace=" + ",".join(sorted(WRITES | RENAMES | SYNCS)))

# `12 fsync(3</a>) = 0`, or in two lines where another thread comes between: `12 fsync(3</a> <unfinished ...>` and
# `12 <... fsync resumed>) = 0`.
BEGIN = re.compile(r"(?P<thread>\d+) +(?P<name>\w+)\((?P<rest>.*)")
RESUMED = re.compile(r"(?P<thread>\d+) +<\.\.\. \w+ resumed>(?P<rest>.*)")
UNFINISHED = " <unfinished ...>"
SUCCESS = re.compile(r"\) += \d+( \(DELAYED\))?$")


@dataclass
class Call:
    """A system call: the numbers of the lines where it began and came back well. `ended` is None if it never did."""

    name: str
    arguments: str
    began: int
    ended: int | None = None

    @property
    def path(self):
        """The file or socket that it is about; of a new name the folder, which is what must be synced."""
        if self.name in RENAMES:
            return os.path.dirname(re.findall(r'"([^"]*)"', self.arguments)[-1])
        named = re.match(r"\d+<(.*?)>", self.arguments)
        return named[1] if named else ""

    @property
    def is_reply(self):
        """Whether it hands a client the beginning of a success."""
        return self.name in WRITES and self.path.startswith("socket:") and "HTTP/1.1 200" in self.arguments

    @property
    def is_change(self):
        return self.name in WRITES | RENAMES

    def is_sync_of(self, change):
        """Whether it put on disk what that call has changed."""
        return (self.name in SYNCS and self.path == change.path and self.ended is not None
                and change.ended is not None and change.ended < self.began)


def parse(lines):
    """The calls of a trace, in the order in which they began."""
    calls, unfinished = [], {}
    for number, line in enumerate(lines):
        if begin := BEGIN.match(line):
            call = Call(begin["name"], begin["rest"].removesuffix(UNFINISHED), number)
            calls.append(call)
            if line.endswith(UNFINISHED):
                unfinished[begin["thread"]] = call
            elif SUCCESS.search(line):
                call.ended = number
        elif resumed := RESUMED.match(line):
            # Without its beginning where strace came in the middle of it.
            call = unfinished.pop(resumed["thread"], None)
            if call and SUCCESS.search(line):
                call.ended = number
    return calls


class Strace:
    """`with Strace(server, options…)`: strace attached to all threads of the server; the calls are in `lines()`."""

    def __init__(self, server, *options, path=None):
        self.server, self.output = server, server.folder / f"strace-{id(self)}.txt"
        self.complaints = server.folder / f"strace-{id(self)}.err"
        self.command = ["strace", "-f", "-qq", *(["-P", str(path)] if path else []), *options,
                        "-o", str(self.output), "-p", str(server.process.pid)]

    def __enter__(self):
        with open(self.complaints, "wb") as errors:
            self.process = subprocess.Popen(self.command, stderr=errors)
        eventually(self.is_attached, "strace is attached to every thread", 20)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)

    def is_attached(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"strace ended: {self.complaints.read_text()}")
        try:
            tracers = [line.split()[1] for task in self.server.proc("task").iterdir()
                       for line in (task / "status").read_text().splitlines() if line.startswith("TracerPid:")]
        except FileNotFoundError:
            return False
        return all(tracer == str(self.process.pid) for tracer in tracers)

    def lines(self):
        return self.output.read_text(errors="replace").splitlines() if self.output.exists() else []

    def calls(self):
        return parse(self.lines())
