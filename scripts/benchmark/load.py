"""Runs of the load generator, and the comparison of two sides that take turns."""

import json
import statistics
import subprocess

from .processes import BINARIES, LOAD_SECONDS, CannotMeasure, environment


def generate(workload, *arguments, seconds=None, warm_up=None):
    """One run of the load generator; its last line of JSON. Any wrong reply is an error."""
    command = [BINARIES / "LoadGenerator", workload, *arguments]
    if seconds is not None:
        command += ["--seconds", seconds]
    if warm_up is not None:
        command += ["--warm-up", warm_up]
    done = subprocess.run(
        [str(a) for a in command], capture_output=True, text=True, timeout=LOAD_SECONDS, env=environment())
    if done.returncode != 0:
        raise CannotMeasure(f"{workload}: {done.stderr.strip()[-600:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


class Comparison:
    """Pairs of ours and the reference, which ran before and after it."""

    # The two references of a pair may differ by so much; beyond it the machine was not the same for both sides.
    TOLERANCE = 1.5
    # Further pairs that are tried in place of dropped ones.
    REPEATS = 4

    def __init__(self, reference, ours, key="rate", pairs=3, note=lambda text: None):
        self.key = key
        self.kept, self.dropped = [], 0
        before = reference()
        while len(self.kept) < pairs and self.dropped <= self.REPEATS:
            middle = ours()
            after = reference()
            low, high = sorted([before[key], after[key]])
            if low > 0 and high / low <= self.TOLERANCE:
                self.kept.append((before, middle, after))
            else:
                self.dropped += 1
                note(f"pair dropped: the references gave {low:.3g} and {high:.3g}")
            before = after
        if not self.kept:
            raise CannotMeasure(
                f"the reference never stood still: {self.dropped} pairs dropped, each with references more than "
                f"{self.TOLERANCE} times apart; the machine is too busy")

    def ours(self, key=None):
        return statistics.median(pair[1][key or self.key] for pair in self.kept)

    def theirs(self, key=None):
        key = key or self.key
        return statistics.median((pair[0][key] + pair[2][key]) / 2 for pair in self.kept)

    def ratios(self, key=None, their_key=None):
        key = key or self.key
        their_key = their_key or key
        return [
            pair[1][key] / ((pair[0][their_key] + pair[2][their_key]) / 2) for pair in self.kept
            if pair[0][their_key] + pair[2][their_key] > 0]
