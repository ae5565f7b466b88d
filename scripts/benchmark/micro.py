"""Instructions that the hot pieces of the server take, counted by callgrind, beside recorded baselines.

Instructions don't depend on what else the machine does, so a drift of some percent shows, which no clock would tell.
A new compiler or library may change them without our doing: then `scripts/bench --micro --record` records new ones,
and the commit says why.
"""

import json
import re
import subprocess
import tempfile
from pathlib import Path

from .install import debian
from .processes import BINARIES, CannotMeasure, environment

BASELINES = Path(__file__).resolve().parent / "baselines.json"
# A piece may take so much more than its baseline, as a share.
TOLERANCE = 0.10
# What is counted is the difference of two runs, so that the start of the process is not in it.
ITERATIONS = {"reference": 2000, "signature": 300, "declaration": 60, "engine": 40, "store": 20, "create": 200, "update": 400}


def instructions(generator, piece, iterations, profile="/dev/null"):
    """All instructions of one process."""
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}", str(generator), "micro", "--piece", piece,
         "--iterations", str(iterations)],
        capture_output=True, text=True, timeout=600, env=environment(SWIFT_DETERMINISTIC_HASHING=1))
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not found:
        raise CannotMeasure(f"{piece}: exit {done.returncode}: {done.stderr[-600:]}")
    return int(found[1])


def run(record):
    """Prints a table; exit status 1 where a piece takes more than its baseline allows, 2 where one can't be measured."""
    try:
        for tool in ("valgrind", "strip"):
            debian(tool)
    except CannotMeasure as error:
        print(f"bench: {error}")
        return 2
    with tempfile.TemporaryDirectory(prefix="penstock-micro-") as folder:
        # Debian's valgrind ends at debug information that is as new as Swift's.
        generator = Path(folder) / "LoadGenerator"
        subprocess.run(["strip", "-g", "-o", generator, BINARIES / "LoadGenerator"], check=True)
        return compare(generator, record)


def compare(generator, record):
    baselines = json.loads(BASELINES.read_text()) if BASELINES.exists() else {}
    measured, status = {}, 0
    print("| piece | instructions | baseline | change |\n|---|---|---|---|")
    for piece, iterations in ITERATIONS.items():
        try:
            once, twice = (instructions(generator, piece, count) for count in (iterations, 2 * iterations))
        except CannotMeasure as error:
            print(f"| {piece} | not measured: {error} | | |")
            status = 2
            continue
        each = (twice - once) / iterations
        measured[piece] = round(each)
        known = baselines.get(piece)
        change = "new" if known is None else f"{each / known - 1:+.1%}"
        if known is None and not record:
            status = max(status, 2)
        if known is not None and each > known * (1 + TOLERANCE) and not record:
            change += f", more than the {TOLERANCE:.0%} that are allowed"
            status = max(status, 1)
        print(f"| {piece} | {each:,.0f} | {'–' if known is None else f'{known:,}'} | {change} |", flush=True)
    if record and status == 0:
        BASELINES.write_text(json.dumps(measured, indent=1) + "\n")
    return status
