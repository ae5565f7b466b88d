"""Watching and spoiling the system calls of a running server."""

import subprocess

from eventually import eventually


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

    def syncs(self):
        """How many syncs have come back well."""
        return sum(("fdatasync(" in line or "fsync(" in line or "fdatasync resumed" in line or "fsync resumed" in line)
                   and line.rstrip().endswith("= 0") for line in self.lines())
