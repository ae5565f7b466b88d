"""Memory of a server while it is attacked."""

import contextlib
import re


def kibibytes(server, field="VmRSS"):
    """A figure of the process: VmRSS is what it holds now, VmHWM the most it ever held."""
    with open(f"/proc/{server.process.pid}/status") as status:
        return int(re.search(rf"{field}:\s+(\d+) kB", status.read()).group(1))


@contextlib.contextmanager
def flat(server, mebibytes):
    """Asserts that the server never holds this much more than before while the block runs, and that it lives.

    The peak is the kernel's own record, set back before the block: nothing is sampled.
    """
    before = kibibytes(server)
    with open(f"/proc/{server.process.pid}/clear_refs", "w") as reset:
        reset.write("5")
    yield
    assert server.running(), server.log()
    grown = kibibytes(server, "VmHWM") - before
    assert grown < mebibytes << 10, f"{grown >> 10} MiB more than the {before >> 10} MiB before"
