"""Journals of evidence folders, and what of each drill the history keeps.

A journal that cannot be read ends nothing: it is told, with as much of it as says whose it is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import JsonValue

from reports.drill_record import DrillRecord, in_full
from reports.events import RunStarted, Sabotaged, Verdict
from reports.history.past import PastDrill
from reports.journal import NAME, JournalError, NameJournal, read
from reports.run_record import RunRecord
from reports.verdicts import NO_COPY, is_good, word_of

NO_NAME = "(no name)"
"""The cluster of a run whose journal is older than clusters' names."""
ROWS = "tables_compared"
NOT_KEPT = frozenset(
    {"differences_allowed", "facts", "kept", "moment", "plan_read", "removed", "step_note"}
    | {"target_asked", "target_reached"}
)
"""Events of which the history keeps nothing."""
_LOOKED_AT_NO_COPY = {"plan", "runbook"}
"""Families of proofs that a drill without any restored copy makes, too."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A file or folder that was not taken in, and why; `cluster` and `began` where it tells.

    matters  whether it could say how a cluster stands: not a copy of what was taken in, and not a
             rehearsal
    """

    path: Path
    why: str
    cluster: str | None = None
    began: datetime | None = None
    matters: bool = True


@dataclass(frozen=True)
class Evidence:
    """What was found below some folders: drills oldest first, and what could not be read."""

    drills: Sequence[PastDrill] = ()
    unread: Sequence[Unread] = ()
    journals: int = 0
    paths: Mapping[str, Path] = field(default_factory=dict)
    """The journal of each run."""


@dataclass(frozen=True, slots=True)
class _Read:
    path: Path
    events: int
    drills: Sequence[PastDrill]


def past_of(run: RunRecord) -> Sequence[PastDrill]:
    """Each drill of a run. Empty for a journal that holds no beginning of a run."""
    started = run.started
    if started is None:
        return []
    return [_past(started, record, run) for record in run.drills]


def read_folders(places: Sequence[Path]) -> Evidence:
    """The journals of folders, at any depth, and of files that are named themselves.

    A run that is found twice (an artifact was fetched twice) is taken once, where more of it is;
    one that stopped and was gone on with (`--resume`) once, as its last part ended.
    Without rows: thousands of tables times hundreds of runs are no trend; see `with_rows`.
    Raises NameJournal for a place that is not there.
    """
    found: dict[str, _Read] = {}
    unread: list[Unread] = []
    journals = 0
    for path in _journals(places, unread):
        journals += 1
        try:
            events = read(path, {*NOT_KEPT, ROWS})
        except JournalError as error:
            unread.append(_unread(path, error))
            continue
        drills = past_of(RunRecord(events))
        if not drills:
            unread.append(Unread(path, f"{path}: holds no beginning of a run"))
            continue
        one = _Read(path, len(events), drills)
        other = found.setdefault(drills[0].run, one)
        if other.drills != one.drills or other.events != one.events:
            # Of the parts of a run that was gone on with the last counts, of copies the longest.
            less, more = sorted((one, other), key=lambda each: (each.drills[0].began, each.events))
            found[drills[0].run] = more
            parts = less.drills[0].began < more.drills[0].began
            what = "goes on with that run" if parts else "has more of that run"
            why = f"{less.path}: {more.path} {what}"
            unread.append(Unread(less.path, why, matters=False))
    pasts = [drill for one in found.values() for drill in one.drills]
    return Evidence(
        oldest_first(pasts), unread, journals, {name: one.path for name, one in found.items()}
    )


def with_rows(past: PastDrill, path: Path) -> PastDrill:
    """The same with the rows of its tables, from its journal. Raises as `reports.journal.read`."""
    events = read(path, NOT_KEPT)
    alike = (one for one in past_of(RunRecord(events)) if one.drill == past.drill)
    return next(alike, past)


def oldest_first(drills: Iterable[PastDrill]) -> Sequence[PastDrill]:
    return sorted(drills, key=lambda one: (one.began, one.run))


def _journals(places: Sequence[Path], unread: list[Unread]) -> Iterator[Path]:
    """Every journal once, links followed; folders that cannot be listed are added to `unread`."""
    seen: set[tuple[int, int]] = set()

    def is_new(path: Path) -> bool:
        state = path.stat()
        key = state.st_dev, state.st_ino
        new = key not in seen
        seen.add(key)
        return new

    def within(folder: Path) -> Iterator[Path]:
        try:
            if not is_new(folder):
                return
            names = sorted(os.scandir(folder), key=lambda one: one.name)
        except OSError as error:
            why = error.strerror or type(error).__name__
            unread.append(Unread(folder, f"{folder}: {why}"))
            return
        for entry in names:
            if entry.is_dir():
                yield from within(Path(entry))
            elif entry.name == NAME:
                yield from once(Path(entry))

    def once(path: Path) -> Iterator[Path]:
        try:
            new = is_new(path)
        except OSError:
            new = True  # reading it says what is the matter
        if new:
            yield path

    for place in places:
        if not place.exists():
            raise NameJournal(f"{place}: No such file or directory; name a folder of evidence")
        yield from within(place) if place.is_dir() else once(place)


def _unread(path: Path, error: JournalError) -> Unread:
    """With whose it is, if its first line tells that much."""
    try:
        with path.open("rb") as file:
            first = json.loads(file.readline())
        began = datetime.fromisoformat(first["at"])
        rehearses = first.get("mode") == "rehearsal"
        cluster = first.get("cluster") or ("rehearsal" if rehearses else None)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Unread(path, str(error))
    if began.tzinfo is None or not isinstance(cluster, str):
        return Unread(path, str(error))
    return Unread(path, str(error), cluster, began, matters=not rehearses)


def _past(started: RunStarted, record: DrillRecord, run: RunRecord) -> PastDrill:
    sabotaged = any(isinstance(event, Sabotaged) for event in run.events)
    control = sabotaged or started.negative_control is not None
    verdict = run.verdict_on(record)
    ages = [one.age_seconds for one in record.backups if one.age_seconds is not None]
    return PastDrill(
        run=started.run,
        drill=_drill(record),
        cluster=cluster_of(started),
        mode=started.mode,
        began=started.at,
        word=run.word_on(record),
        verdict=record.stopped if verdict is None else in_full(verdict, run.finished),
        counts=not control and run.finished is not None and _counts(started, record, verdict),
        measured={one.name: one.seconds for one in record.measured},
        outcomes=_outcomes(record),
        rows={
            f"{compared.database}: {table.table}": table.actual
            for compared in record.tables
            for table in compared.tables
            if table.actual is not None
        },
        versions=_versions(started, record),
        settings=dict(_flat(started.settings)),
        backup_age=max(ages, default=None),
        exit_status=None if verdict is None else verdict.exit_status,
        control=control,
        reached=record.began is not None,
        finished=run.finished is not None,
    )


def cluster_of(started: RunStarted) -> str:
    """Under which name a run is kept."""
    return started.cluster or ("rehearsal" if started.mode == "rehearsal" else NO_NAME)


def _drill(record: DrillRecord) -> str:
    """Its name; before it left anything, from what the run was asked for: `drills/pitr`."""
    return record.drill if record.began is not None else record.drill.rstrip("/").split("/")[-1]


def _counts(started: RunStarted, record: DrillRecord, verdict: Verdict | None) -> bool:
    """DESIGN 8: what may be called the last success of a cluster."""
    if verdict is None or word_of(verdict) != "PROVEN" or not is_good(verdict):
        return False
    if "rehearsal" in (started.mode, started.cloud):
        return False
    if verdict.partial is not None and verdict.partial.ran < verdict.partial.of:
        return False
    if record.drill in NO_COPY:
        return False
    # Drills of somebody's own: a plan that is safe says nothing of a backup.
    return any(proof.family not in _LOOKED_AT_NO_COPY for proof in record.proofs)


def _outcomes(record: DrillRecord) -> Mapping[str, str]:
    """By title, steps first; a step that did not end has none."""
    steps = {one.title: one.outcome for _, one in sorted(record.finished.items())}
    return {**steps, **{record.name_of(one): one.outcome for one in record.proofs}}


def _versions(started: RunStarted, record: DrillRecord) -> Mapping[str, str]:
    engine = " ".join(filter(None, (started.engine.version, started.engine.origin)))
    versions = {**started.versions, "the engine": engine, "the harness": started.commit or ""}
    versions["the platform"] = started.platform or ""
    if record.source is not None:
        versions["the source"] = record.source.version or ""
    return {name: version for name, version in versions.items() if version}


def _flat(value: JsonValue, place: str = "") -> Iterator[tuple[str, str]]:
    """`{"limits": {"expire_after": "8h"}}` as `limits.expire_after`, `8h`."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _flat(member, f"{place}.{key}" if place else key)
    elif isinstance(value, str):
        yield place, value
    elif value is not None:
        yield place, json.dumps(value)
