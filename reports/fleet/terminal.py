"""The fleet on a terminal: one table, then why what is red is red."""

from __future__ import annotations

from collections.abc import Iterable

from reports.fleet.standing import Fleet, Standing
from reports.history.terminal import Cell, table, time_of
from reports.history.trend import MEASURED
from reports.history.words import ago, duration, shown, when


def lines(fleet: Fleet) -> Iterable[str]:
    """The table, the reasons, what is not of the fleet, and the verdict last."""
    limit = duration(fleet.within.total_seconds())
    yield f"fleet at {when(fleet.now)}: a cluster has to be proven every {limit} (--within)"
    headings = ["cluster", "is", "last success", *MEASURED, "drills"]
    yield table(headings, [_row(one, fleet) for one in fleet.standings])
    for standing in fleet.standings:
        for why in standing.red:
            yield f"  red: {shown(f'{standing.cluster}: {why}')}"
        for told in standing.told:
            yield f"  note: {shown(f'{standing.cluster}: {told}')}"
    for name, told in fleet.unknown.items():
        yield f"  not expected: {shown(f'{name}: {told}')}"
    for why in fleet.lost:
        yield f"  red: cannot be read, and could be any cluster's: {shown(why)}"
    for why in fleet.unread:
        yield f"  not read: {shown(why)}"
    yield ("RED: " if fleet.is_red else "GREEN: ") + fleet.verdict


def _row(standing: Standing, fleet: Fleet) -> list[Cell]:
    success = standing.success
    last = "never" if success is None else f"{when(success)} ({ago(success, fleet.now)})"
    proven = standing.proven
    times = ["–" if proven is None else time_of(proven, name) for name in MEASURED]
    drills = ", ".join(f"{one.drill} {one.word}" for one in standing.newest) or "none"
    return [
        (standing.cluster, ""),
        ("RED", "bold red") if standing.is_red else ("green", "green"),
        (last, ""),
        *((time, "") for time in times),
        (drills, ""),
    ]
