"""The key figures: times against their objectives, data loss, rows, tables, findings, proofs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports.drill_record import DrillRecord
from reports.events import Measured
from reports.html.tables import TablesView
from reports.html.text import count, duration, plural, spoken
from reports.html.tones import Tone, of_outcome

TIMES = ("time to writable", "time to proven", "time to service", "data loss")
_IDLE = Tone("idle", "○")


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with what it is held against. `share` is of the objective, 0 to 1."""

    label: str
    value: Markup
    against: str = ""
    note: str = ""
    tone: Tone = _IDLE
    share: float | None = None


def of(record: DrillRecord, tables: TablesView) -> Sequence[Figure]:
    """Always the same eight, whatever is missing, then what else was measured."""
    return [*_times(record), *_counts(record, tables)]


def _times(record: DrillRecord) -> Iterator[Figure]:
    taken = {one.name: one for one in record.measured}
    for label in dict.fromkeys([*TIMES, *taken]):
        if label in taken:
            yield _time(taken[label])
        else:
            why = "the drill ended before it" if record.verdict is None else "no event tells it"
            yield Figure(label, duration(None), note=why)


def _time(one: Measured) -> Figure:
    note, objective = one.note or "", one.objective_seconds
    if objective is None:
        unset = "" if one.seconds is None else "no objective is set"
        return Figure(one.name, duration(one.seconds), unset, note)
    if one.seconds is None:
        said = f"objective {spoken(objective)}, not held against it"
        return Figure(one.name, duration(None), said, note, of_outcome("not proven"))
    kept = one.seconds <= objective
    return Figure(
        label=one.name,
        value=duration(one.seconds),
        against=f"{'within' if kept else 'over'} the objective of {spoken(objective)}",
        note=note,
        tone=of_outcome("passed" if kept else "failed"),
        share=min(1.0, one.seconds / objective) if objective else 1.0,
    )


def _tone(tables: TablesView) -> Tone:
    """Green only where the content of every table was held against the truth."""
    if tables.differing:
        return of_outcome("failed")
    if tables.number("not read"):
        return of_outcome("not proven")
    return _IDLE if tables.number("counted") else of_outcome("passed")


def _against(tables: TablesView) -> str:
    said = [plural(tables.differing, "differs", "differ") if tables.differing else "none differs"]
    for content, short in (("not read", "not read"), ("counted", "counted only")):
        if tables.number(content):
            said.append(f"{tables.number(content):,} {short}")
    return ", ".join(said)


def _counts(record: DrillRecord, tables: TablesView) -> Iterator[Figure]:
    none = Markup('<span class="nothing">none told</span>')
    if tables.rows:
        yield Figure("rows of the copy", count(tables.actual), tables.rows_said)
        yield Figure(
            "tables compared", count(tables.looked_at), _against(tables), tone=_tone(tables)
        )
    else:
        yield Figure("rows of the copy", none, "no table was compared")
        yield Figure("tables compared", none, "no table was compared")
    found = sum(len(proof.findings) for proof in record.proofs)
    tested = "of what was tested" if record.proofs else "no proof was made"
    yield Figure(
        "findings",
        count(found) if record.proofs else none,
        "each with its remedy below" if found else tested,
        tone=of_outcome("failed") if found else _IDLE,
    )
    passed = sum(proof.outcome == "passed" for proof in record.proofs)
    yield Figure(
        "proofs passed",
        Markup("{} <small>of {}</small>").format(count(passed), count(len(record.proofs))),
        "of those that left an event",
    )
