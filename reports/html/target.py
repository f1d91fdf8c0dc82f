"""The recovery target on a line: what came before it, where the copy ended, what came after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from reports.drill_record import DrillRecord
from reports.events import BackupIdentified
from reports.html.text import spoken

HARM = frozenset({"first bad marker", "disaster", "source lost"})


@dataclass(frozen=True, slots=True)
class Stop:
    """One moment on the line.

    kind   its look: asked, reached, good, bad, backup, window
    span   what the line is like from here to the next one: window, harm, plain
    later  how long after the one before, and whether on the same day
    """

    name: str
    at: datetime
    kind: str
    detail: str = ""
    later: str = ""
    span: str = "plain"
    same_day: bool = False


@dataclass(frozen=True, slots=True)
class TargetView:
    """The line, and the sentences that say the same."""

    stops: Sequence[Stop]
    sentences: Sequence[tuple[str, bool]]


_KINDS = {
    "target asked": "asked",
    "target reached": "reached",
    "last good marker": "good",
    "backup ended": "backup",
    "restorable from": "window",
    "restorable to": "window",
}


def of(record: DrillRecord) -> TargetView:
    """The moments in their order, and what follows from it."""
    ordered = sorted(_moments(record), key=lambda one: one[1])
    stops: list[Stop] = []
    inside = harmed = False
    for index, (name, at, detail) in enumerate(ordered):
        inside = (inside or name == "restorable from") and name != "restorable to"
        harmed = harmed or name in HARM
        before = ordered[index - 1][1] if index else at
        later = spoken((at - before).total_seconds()) if index else ""
        kind = "bad" if name in HARM else _KINDS.get(name, "window")
        span = "harm" if harmed else "window" if inside else "plain"
        same_day = index > 0 and before.date() == at.date()
        stops.append(Stop(name, at, kind, detail, later, span, same_day))
    return TargetView(stops, list(_sentences(record)))


def _moments(record: DrillRecord) -> Iterator[tuple[str, datetime, str]]:
    named = {moment.name for moment in record.moments}
    for moment in record.moments:
        yield moment.name, moment.moment, f"at {moment.position}" if moment.position else ""
    if "backup ended" not in named:
        for backup in record.backups:
            if backup.taken_at is not None and not _is_window_of(backup, record):
                yield "backup ended", backup.taken_at, f"{backup.kind} {backup.name}"
    if record.asked is not None and record.asked.moment is not None:
        yield "target asked", record.asked.moment, ""
    reached = record.reached
    if reached is not None and reached.moment is not None:
        where = [f"at {reached.position}"] if reached.position else []
        where += [f"timeline {reached.timeline}"] if reached.timeline is not None else []
        yield "target reached", reached.moment, ", ".join(where)


def _is_window_of(backup: BackupIdentified, record: DrillRecord) -> bool:
    """Whether it is a continuous one whose end is that of the window, which has a dot already."""
    ends = [one.moment for one in record.moments if one.name == "restorable to"]
    return backup.kind == "continuous" and backup.taken_at in ends


def _sentences(record: DrillRecord) -> Iterator[tuple[str, bool]]:
    """What the order of the moments says; True where it says that something is wrong."""
    asked = record.asked.moment if record.asked else None
    reached = record.reached.moment if record.reached else None
    if asked is not None and reached is not None:
        apart = (asked - reached).total_seconds()
        if apart > 0:
            yield (
                f"The newest commit that came back is {spoken(apart)} older than the target.",
                False,
            )
        elif apart == 0:
            yield "The newest commit that came back is of the very moment asked for.", False
        else:
            yield f"A commit came back that is {spoken(-apart)} newer than the target.", True
    end = reached or asked
    said = "Where the copy ended" if reached is not None else "The target"
    for moment in record.moments:
        if end is None or moment.name not in ("last good marker", "first bad marker"):
            continue
        good, behind = moment.name == "last good marker", end >= moment.moment
        where = "not before" if behind else "before"
        yield f"{said} lies {where} the {moment.name}.", good is not behind
    if record.asked is not None and record.reached is None:
        yield "Where the recovery ended was not told: no event says what was reached.", True
