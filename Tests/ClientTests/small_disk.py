"""Small disks of a test's own, to be filled."""

import contextlib
import subprocess

import pytest

# A test that was not run is no test that passed: who can't mount has not run the suite.
NO_MOUNT = (
    "no disk of its own can be mounted here: {}. Mounting needs root and the capability CAP_SYS_ADMIN: run the tests "
    "as root, and a container with --cap-add SYS_ADMIN. Where that is not to be had, such as in a container that may "
    "not mount, the tests of full disks can't be run, and the suite can't pass.")


@contextlib.contextmanager
def small_disk(folder, size):
    """A disk of this size, as mount takes it, over a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.fail(NO_MOUNT.format(done.stderr.strip()), pytrace=False)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
