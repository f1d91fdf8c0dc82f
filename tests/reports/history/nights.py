"""Nights of drills as journals: a run a night, each as a test wants it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from reports.history.past import PastDrill
from reports.history.read import past_of
from reports.journal import NAME, Events
from reports.run_record import RunRecord
from tests.reports import sample

FIRST = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
TIMES = {"time to writable": 100.0, "time to proven": 200.0, "time to service": None}
STATUS = {"FAILED": 1, "NOT PROVEN": 1, "ALARM SILENT": 1, "INTERRUPTED": 2, "BAD INPUT": 4}


def at(night: float) -> datetime:
    return FIRST + timedelta(days=night)


def night(
    number: float,
    word: str = "PROVEN",
    *,
    run: str | None = None,
    drill: str = "pitr",
    outcomes: Mapping[str, str] | None = None,
    rows: Mapping[str, int] | None = None,
    measured: Mapping[str, float | None] | None = None,
    backup_age: float | None = 3600.0,
    verdict: Mapping[str, Any] | None = None,
    family: str | None = "content",
    **started: Any,
) -> list[dict[str, Any]]:
    """The events of a drill in production that began on that night; `started` changes its first."""
    tables = [
        {"table": name, "expected": count, "actual": count, "bytes": None, "content": "equal"}
        for name, count in ({"public.granules": 50_000} if rows is None else rows).items()
    ]
    events = [
        sample.run_started(
            **{"mode": "drill", "cloud": "none", "drills": [f"drills/{drill}"], **started}
        ),
        {**sample.procedure(), "drill": drill},
        *({**one, "drill": drill} for one in sample.step(1)),
        sample.event(
            "backup_identified", 2, drill=drill, name="b", kind="full", age_seconds=backup_age
        ),
        sample.event("tables_compared", 20, drill=drill, database="core", tables=tables),
        *(
            sample.proof(title, outcome, drill=drill, family=family)
            for title, outcome in (outcomes or {"every table kept its rows": "passed"}).items()
        ),
        *(
            sample.event("measured", 21, drill=drill, name=name, seconds=seconds)
            for name, seconds in (TIMES if measured is None else measured).items()
        ),
        {
            **sample.verdict(f"{word} core", STATUS.get(word, 0), drill=drill, word=word),
            **(verdict or {}),
        },
        sample.run_finished(STATUS.get(word, 0)),
    ]
    return moved(events, at(number), run or f"night-{number:g}")


def moved(events: Iterable[Mapping[str, Any]], began: datetime, run: str) -> list[dict[str, Any]]:
    """The same events of another run, the first of them at that time."""
    told = [dict(one) for one in events]
    by = began - datetime.fromisoformat(told[0]["at"])
    for one in told:
        one["at"] = (datetime.fromisoformat(one["at"]) + by).isoformat()
        one["run"] = run
    return told


def record(events: Iterable[Mapping[str, Any]], earlier: Iterable[PastDrill] = ()) -> RunRecord:
    return RunRecord(Events(sample.typed_all(events), truncated=False), tuple(earlier))


def past(events: Iterable[Mapping[str, Any]]) -> PastDrill:
    (one,) = past_of(record(events))
    return one


def kept(folder: Path, events: list[dict[str, Any]]) -> Path:
    """As a run leaves it: a folder named after the run. Not forced to the disk: there are many."""
    path = folder / events[0]["run"] / NAME
    path.parent.mkdir(parents=True)
    path.write_text("".join(f"{one.model_dump_json()}\n" for one in sample.typed_all(events)))
    return path
