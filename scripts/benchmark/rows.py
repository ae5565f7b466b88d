"""Rows of the report."""

import statistics
from dataclasses import asdict, dataclass


@dataclass
class Row:
    """One comparison, or one absolute figure, with its goal."""

    id: str
    work: str
    ours: float | None
    unit: str
    peer: str
    theirs: float | None
    ratio: float | None
    goal: str
    met: bool
    worst: float | None = None
    pairs: int = 0
    dropped: int = 0
    error: str | None = None

    def json(self):
        return {k: (round(v, 4) if isinstance(v, float) else v) for k, v in asdict(self).items()}


def at_least(identifier, work, comparison, peer, limit, unit, key=None):
    """Ours over theirs, a rate: the median must reach the limit."""
    ratios = comparison.ratios(key)
    median = statistics.median(ratios)
    return Row(
        identifier, work, comparison.ours(key), unit, peer, comparison.theirs(key), median, f"≥ {limit:g} ×",
        median >= limit, min(ratios), len(ratios), comparison.dropped)


def at_most(identifier, work, comparison, peer, limit, unit="µs", key="p50_us", their_key=None, goal=None):
    """Ours over theirs, a time: the median must not exceed the limit."""
    ratios = comparison.ratios(key, their_key)
    median = statistics.median(ratios)
    return Row(
        identifier, work, comparison.ours(key), unit, peer, comparison.theirs(their_key or key), median,
        goal or f"≤ {limit:g} ×", median <= limit, max(ratios), len(ratios), comparison.dropped)


def absolute(identifier, work, value, unit, limit):
    """A figure of ours alone that must not exceed the limit."""
    return Row(identifier, work, value, unit, "–", None, None, f"≤ {limit:g} {unit}", value <= limit)


def failed(identifier, work, peer, goal, error):
    """What could not be measured, and why."""
    return Row(identifier, work, None, "", peer, None, None, goal, False, error=" ".join(str(error).split())[:600])


def number(value):
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3g}"


def table(rows):
    """All rows as a Markdown table; errors stand below it."""
    lines = [
        "| id | work | ours | beside | theirs | ratio (worst) | goal | met |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        ratio = "–" if row.ratio is None else f"{row.ratio:.3g} ({row.worst:.3g})"
        met = "not measured" if row.error else "yes" if row.met else "**no**"
        lines.append(
            f"| {row.id} | {row.work} | {number(row.ours)} {row.unit} | {row.peer} | {number(row.theirs)} | {ratio} | "
            f"{row.goal} | {met} |")
    errors = [f"- {row.id}, {row.peer}: {row.error}" for row in rows if row.error]
    return "\n".join(lines + ([""] + errors if errors else []))
