"""Tables for a terminal, and the same as plain lines where there is none: nothing is cut there."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.history.past import PastDrill
from reports.history.trend import MEASURED, History, Trend
from reports.history.words import count, duration, shown, when
from reports.verdicts import NO_COPY

NEWEST = 10
"""Runs of a trend that are listed."""
PLAIN_WIDTH = 10_000
_BARS = "▁▂▃▄▅▆▇█"

Cell = tuple[str, str]
"""Text and rich's style for it."""


def table(headings: Sequence[str], rows: Iterable[Sequence[Cell]], indent: int = 2) -> str:
    """Aligned columns; colours and folded lines on a terminal only."""
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in headings:
        drawn.add_column(heading, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(shown(text), style=style) for text, style in row))
    live = sys.stdout.isatty()
    known = Console(file=sys.stdout)
    width = known.width - indent if live else PLAIN_WIDTH
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=live,
        color_system=known.color_system if live else None,  # type: ignore[arg-type]
        highlight=False,
    )
    with console.capture() as drawing:
        console.print(drawn)
    lines = (" " * indent + line for line in drawing.get().splitlines())
    return "\n".join(line if live else line.rstrip() for line in lines)


def colour(past: PastDrill) -> str:
    """Green for what held, red for what did not, yellow for what says neither."""
    if past.is_green:
        return "green"
    return "yellow" if past.word in ("PARTIAL", "WAITING", "NOTHING TO PROVE") else "bold red"


def lines(history: History) -> Iterable[str]:
    """Trend by trend; then what could not be read."""
    for trend in history.trends:
        yield from _trend(trend)
        yield ""
    for one in history.unread:
        yield f"not read: {shown(one.why)}"


def _trend(trend: Trend) -> Iterable[str]:
    newest = trend.newest
    yield f"{title(newest)}: {count(len(trend.runs), 'run')}, {success(trend)}"
    if trend.future:
        yield f"  {count(trend.future, 'run')} dated in the future, of no weight here"
    rows = [_row(one) for one in trend.runs[-NEWEST:]]
    yield table(["began", *MEASURED, "verdict"], rows)
    if len(trend.runs) > NEWEST:
        yield f"  … and {len(trend.runs) - NEWEST:,} earlier, in --html and --json"
    for name in MEASURED:
        values = [one.measured.get(name) for one in trend.runs]
        drawn = bars([value for value in values if value is not None][-60:])
        if drawn:
            yield f"  {name:<17}{drawn}"
    yield f"  {since(trend)}"
    yield from (f"    {shown(change.in_words)}" for change in trend.changes)


def title(past: PastDrill) -> str:
    """`core-prod, pitr, rehearsal`."""
    kind = "" if past.mode in ("drill", past.cluster) else f", {past.mode}"
    return shown(f"{past.cluster}, {past.drill}{kind}")


def success(trend: Trend) -> str:
    """When it was last a success; why it never is, where it cannot be."""
    if trend.newest.mode == "rehearsal":
        return "a rehearsal is never a success of its cluster"
    if trend.newest.drill in NO_COPY:
        return f"{trend.newest.drill} restores nothing, and is never a success of its cluster"
    return f"last success {when(trend.success)}"


def since(trend: Trend) -> str:
    """The line above the changes."""
    if trend.green is None:
        return "no earlier green run to compare the newest with"
    green = f"the last green run before it ({when(trend.green.began)}, {trend.green.run})"
    told = f"the newest ({when(trend.newest.began)}) beside {shown(green)}"
    return f"{told}:" if trend.changes else f"{told}: nothing that matters changed"


def bars(values: Sequence[float]) -> str:
    """`▁▂█`: each value beside the largest. Empty for fewer than two: that is no trend."""
    if len(values) < 2:
        return ""
    top = max(*values, 0) or 1.0
    steps = (round(max(value, 0) / top * (len(_BARS) - 1)) for value in values)
    low, high = duration(min(values)), duration(max(values))
    return f"{''.join(_BARS[step] for step in steps)}  {low} to {high}"


def _row(past: PastDrill) -> list[Cell]:
    times = [(time_of(past, name), "") for name in MEASURED]
    return [(when(past.began), ""), *times, (past.verdict_in_full, colour(past))]


def time_of(past: PastDrill, name: str) -> str:
    """A measured time; a dash where it was not."""
    seconds = past.measured.get(name)
    return "–" if seconds is None else duration(seconds)
