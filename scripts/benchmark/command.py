"""The command line of scripts/bench."""

import argparse
import json
import os
import platform
import shutil
import subprocess
import tempfile
import time
import traceback
from datetime import datetime, timezone
from pathlib import Path

from .install import say
from .processes import BINARIES, ROOT, CannotMeasure
from .rows import failed, table
from .suite import GOALS, ROWS, Suite

# Sizes of file systems that keep nothing: a sync there costs nothing and measures nothing.
MEMORY_FILE_SYSTEMS = {"tmpfs", "ramfs", "overlayfs-tmpfs"}


def parse():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--only", help="rows, such as P1,P4", default="")
    parser.add_argument("--quick", action="store_true", help="short runs of small stores: whether it works, not how fast")
    parser.add_argument("--seconds", type=float, help="seconds of each turn", default=None)
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the rows there")
    parser.add_argument("--folder", type=Path, help="where data is written; it must be on a disk", default=None)
    parser.add_argument("--no-build", action="store_true", help="the release build is there")
    parser.add_argument("--micro", action="store_true", help="the hot pieces alone, against their recorded baselines")
    parser.add_argument("--record", action="store_true", help="with --micro: record new baselines")
    options = parser.parse_args()
    options.rows = [name.strip().upper() for name in options.only.split(",") if name.strip()] or list(ROWS)
    for name in options.rows:
        if name not in ROWS:
            parser.error(f"there is no row {name}; rows: {', '.join(ROWS)}")
    return options


def build():
    for product in ("penstock", "LoadGenerator"):
        say(f"building {product}")
        subprocess.run(["swift", "build", "-c", "release", "--product", product], cwd=ROOT, check=True)


def conditions():
    """What a reader needs to judge the figures by."""
    model = next(
        (line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
         if line.startswith("model name")), platform.machine())
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    return {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"), "cores": os.cpu_count(), "cpu": model,
        "kernel": platform.release(), "load": round(os.getloadavg()[0], 1), "commit": commit,
    }


def check_file_system(folder):
    kind = subprocess.run(
        ["stat", "-f", "-c", "%T", str(folder)], capture_output=True, text=True, check=True).stdout.strip()
    if kind in MEMORY_FILE_SYSTEMS:
        raise SystemExit(f"bench: {folder} is in memory ({kind}), where a sync costs nothing; give another --folder")


def measure(options, folder):
    suite = Suite(folder, quick=options.quick, seconds=options.seconds)
    rows = []
    try:
        for name in options.rows:
            say(f"{name} (load {os.getloadavg()[0]:.1f})")
            try:
                for row in ROWS[name](suite):
                    rows.append(row)
                    say(f"  {table([row]).splitlines()[2]}")
            except Exception as error:  # noqa: BLE001  a row that breaks is reported as such; the others go on
                if not isinstance(error, (CannotMeasure, subprocess.TimeoutExpired)):
                    traceback.print_exc()
                rows.append(failed(name, "", "", GOALS.get(name, ""), f"{type(error).__name__}: {error}"))
                say(f"  {name} could not be measured: {error}")
    finally:
        suite.close()
    return rows


def main():
    options = parse()
    if not options.no_build:
        build()
    if not (BINARIES / "LoadGenerator").exists():
        raise SystemExit("bench: LoadGenerator is not built; leave --no-build out")
    if options.micro:
        from .micro import run
        return run(options.record)
    base = options.folder or Path(tempfile.gettempdir())
    base.mkdir(parents=True, exist_ok=True)
    check_file_system(base)
    folder = Path(tempfile.mkdtemp(prefix="penstock-bench-", dir=base))
    # PostgreSQL runs as a user of its own.
    folder.chmod(0o755)
    began = time.monotonic()
    around = conditions()
    try:
        rows = measure(options, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    around["load_after"] = round(os.getloadavg()[0], 1)
    print()
    print(", ".join(f"{key} {value}" for key, value in around.items()))
    print()
    print(table(rows))
    print(f"\n{len(rows)} rows, {sum(row.met for row in rows)} met, in {(time.monotonic() - began) / 60:.1f} min")
    if options.json:
        options.json.write_text(json.dumps(
            [row.json() | {"conditions": around} for row in rows], indent=1, ensure_ascii=False) + "\n")
    if any(row.error for row in rows):
        return 2
    return 0 if all(row.met for row in rows) else 1
