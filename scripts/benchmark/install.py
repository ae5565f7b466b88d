"""Installs what a run needs and what is missing: Debian packages, and a Python environment for each peer from PyPI."""

import contextlib
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from .processes import ROOT, CannotMeasure

ENVIRONMENTS = ROOT / ".build/bench"
# Debian forbids an installation to start its service where this file says so.
POLICY = Path("/usr/sbin/policy-rc.d")

DEBIAN = {
    "nginx": "nginx-light", "redis-server": "redis-server", "beanstalkd": "beanstalkd", "pgbench": "postgresql",
    "valgrind": "valgrind", "strip": "binutils",
}
PYPI = {
    "moto": ["moto[server]==5.2.5"],
    "procrastinate": ["procrastinate==3.10.0", "psycopg[binary]==3.3.9", "psycopg-pool==3.3.3"],
    "dbos": ["dbos==3.4.0", "psycopg[binary]==3.3.9"],
    "buildbot": ["buildbot==4.3.0", "buildbot-worker==4.3.0", "buildbot-www==4.3.0"],
}


def say(text):
    print(f"bench: {text}", flush=True)


def run(command, what, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, **options)
    if done.returncode != 0:
        raise CannotMeasure(f"{what}: {(done.stderr or done.stdout).strip()[-500:]}")
    return done.stdout


def as_root(*command):
    if os.geteuid() == 0:
        return list(command)
    if shutil.which("sudo"):
        return ["sudo", "--", *command]
    raise CannotMeasure(f"needs root: {' '.join(command)}")


@contextlib.contextmanager
def no_services():
    """While a package is installed, nothing starts its service."""
    if POLICY.exists():
        # A policy of the machine's own stays; one that allows services would start ours beside what is measured.
        if subprocess.run([str(POLICY)], check=False).returncode != 101:
            raise CannotMeasure(f"{POLICY} allows services to start; install {', '.join(DEBIAN.values())} yourself")
        yield
        return
    run(as_root("sh", "-c", f"printf '#!/bin/sh\\nexit 101\\n' > {POLICY} && chmod 755 {POLICY}"), str(POLICY))
    try:
        yield
    finally:
        run(as_root("rm", "-f", str(POLICY)), str(POLICY))


def postgres_binary(name):
    """A program of PostgreSQL's server, which Debian keeps out of PATH; the newest."""
    found = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4].split(".")[0]))
    return found[-1] if found else None


def debian(program):
    """The path of a program, after its package was installed if it is missing."""
    def look():
        if program == "pgbench" and not postgres_binary("initdb"):
            return None
        return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")

    if not look():
        package = DEBIAN[program]
        say(f"installing {package}")
        options = {"env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}}
        with no_services():
            run(as_root("apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120", "update"), "apt-get update", **options)
            run(
                as_root(
                    "apt-get", "-qq", "-y", "-o", "DPkg::Lock::Timeout=120", "--no-install-recommends", "install",
                    package), f"apt-get install {package}", **options)
    if not look():
        raise CannotMeasure(f"{program} is not there although {DEBIAN[program]} was installed")
    return look()


def python(peer):
    """The folder of programs of a peer's own environment, made if it is missing."""
    folder = ENVIRONMENTS / peer
    stamp = folder / "packages.sha256"
    wanted = hashlib.sha256("\n".join(PYPI[peer]).encode()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        say(f"installing {peer} from PyPI")
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        run(["/usr/bin/python3", "-m", "venv", str(folder)], "python3 -m venv (Debian: python3-venv)")
        run(
            [str(folder / "bin/pip"), "-q", "--disable-pip-version-check", "--no-input", "install", *PYPI[peer]],
            f"pip install {peer}")
        stamp.write_text(wanted)
    return folder / "bin"
