"""How scripts/bench compares: turns, pairs, what is dropped, and what a row says that could not be measured."""

import json
import sys

import pytest

from penstock_server import PACKAGE_ROOT

sys.path.insert(0, str(PACKAGE_ROOT / "scripts"))

from benchmark import command, rows, suite  # noqa: E402
from benchmark.load import Comparison, generate  # noqa: E402
from benchmark.processes import CannotMeasure  # noqa: E402


def turns(*rates):
    """Sides that give these rates one after the other, and note whose turn it was."""
    calls = []

    def side(name, values):
        values = iter(values)

        def take():
            calls.append(name)
            return {"rate": next(values)}

        return take

    return calls, side("A", rates[0]), side("B", rates[1])


def test_sides_take_turns():
    """Reference and ours run in the order A B A B A B A, and a ratio is B over the mean of its two A."""
    calls, reference, ours = turns([100, 120, 100, 100], [55, 55, 50])
    comparison = Comparison(reference, ours)
    assert "".join(calls) == "ABABABA"
    assert comparison.ratios() == [0.5, 0.5, 0.5]
    assert (comparison.ours(), comparison.dropped) == (55, 0)


def test_a_pair_between_unlike_references_is_dropped_and_repeated():
    """References more than 1.5 times apart drop their pair, and a further one takes its place."""
    calls, reference, ours = turns([100, 160, 150, 150, 150], [1, 30, 30, 30])
    comparison = Comparison(reference, ours)
    assert comparison.dropped == 1 and len(comparison.kept) == 3
    assert 1 not in [pair[1]["rate"] for pair in comparison.kept]
    assert "".join(calls) == "ABABABABA"


def test_repeats_have_an_end():
    """A machine that never stands still is reported, not measured for ever."""
    calls, reference, ours = turns([1, 2] * 10, [1] * 20)
    with pytest.raises(CannotMeasure, match="too busy"):
        Comparison(reference, ours)
    assert len(calls) == 1 + 2 * (1 + Comparison.REPEATS)


def test_goals_are_judged_by_the_median():
    """A rate must reach its share, a time must not exceed it; the worst pair is reported beside."""
    _, reference, ours = turns([100] * 4, [30, 50, 70])
    comparison = Comparison(reference, ours)
    row = rows.at_least("P0", "work", comparison, "peer", 0.5, "/s")
    assert (row.met, row.ratio, row.worst) == (True, 0.5, 0.3)
    assert rows.at_least("P0", "work", comparison, "peer", 0.51, "/s").met is False
    row = rows.at_most("P0", "work", comparison, "peer", 0.5, key="rate")
    assert (row.met, row.worst) == (True, 0.7)
    assert rows.at_most("P0", "work", comparison, "peer", 0.49, key="rate").met is False


def test_a_peer_that_is_missing_is_a_failed_row():
    """What can't be measured stands in the table, names its reason, and doesn't stop the rows behind it."""
    def broken():
        raise CannotMeasure("the peer is not installed")

    def works():
        return rows.absolute("P0", "work", 1, "s", 2)

    found = list(suite.each("P0", "work", [("missing", "≥ 1 ×", broken), ("there", "≤ 2 s", works)]))
    assert [row.met for row in found] == [False, True]
    text = rows.table(found)
    assert "not measured" in text and "- P0, missing: the peer is not installed" in text
    assert set(found[0].json()) >= {"id", "work", "ours", "unit", "peer", "theirs", "ratio", "goal", "met"}
    assert json.loads(json.dumps(found[0].json()))["ours"] is None


def test_a_run_that_fails_is_no_figure():
    """A run of the generator that ends badly gives its message instead of a rate."""
    if not (command.BINARIES / "LoadGenerator").exists():
        pytest.fail(f"{command.BINARIES}/LoadGenerator is missing: swift build -c release --product LoadGenerator")
    with pytest.raises(CannotMeasure, match="connect to 127.0.0.1:1"):
        generate("get", "--url", "http://127.0.0.1:1", seconds=0.1)


def test_every_row_of_the_command_line_is_there():
    """The rows are those of the table of goals, and each has a function."""
    assert list(suite.ROWS) == [f"P{n}" for n in range(1, 20) if n != 15]
    assert all(callable(row) for row in suite.ROWS.values())
