"""What is the same sentence in several reports: source, backup, target, who, a measurement."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from reports.drill_record import DrillRecord
from reports.events import (
    BackupIdentified,
    Measured,
    RunStarted,
    Sabotaged,
    SourceIdentified,
    TargetAsked,
    TargetReached,
)
from reports.parts import Scalar


def side(value: Scalar) -> str:
    """One side of a finding."""
    return "nothing" if value is None else str(value)


def at(moment: datetime) -> str:
    """A time as people write it, in UTC, without what it does not say."""
    return moment.isoformat(" ", "seconds" if not moment.microsecond else "milliseconds")


def source(told: SourceIdentified) -> str:
    """`core (cluster-ABC), cluster, aurora-postgresql 15.14, databases core`."""
    identifier = f" ({told.identifier})" if told.identifier else ""
    parts = [f"{told.name}{identifier}", told.kind]
    if told.version:
        parts.append(told.version)
    if told.databases is not None:
        parts.append(f"databases {', '.join(told.databases) or 'none'}")
    return ", ".join(parts)


def backup(told: BackupIdentified) -> str:
    """`core, continuous, complete at …, 52 s old, 0/2000028 to 0/2000100, timeline 1 …`."""
    parts = [told.name, told.kind]
    if told.place:
        parts.append(f"in {told.place}")
    if told.taken_at is not None:
        parts.append(f"complete at {at(told.taken_at)}")
    if told.age_seconds is not None:
        parts.append(f"{told.age_seconds:.0f} s old")
    if told.began or told.ended:
        parts.append(f"{told.began or '?'} to {told.ended or '?'}")
    if told.timeline is not None:
        parts.append(f"timeline {told.timeline}")
    if told.system_identifier:
        parts.append(f"system {told.system_identifier}")
    if told.bytes is not None:
        parts.append(f"{told.bytes} bytes")
    return ", ".join(parts)


def asked(told: TargetAsked) -> str:
    """`before-disaster (2026-06-01 11:59:21+00:00)`: a target, and the time that it stands for."""
    if told.moment is None or _is_that_time(told.target, told.moment):
        return told.target
    return f"{told.target} ({at(told.moment)})"


def _is_that_time(target: str, moment: datetime) -> bool:
    try:
        return datetime.fromisoformat(target) == moment
    except ValueError:
        return False


def done(told: Sabotaged) -> str:
    """What was made wrong on purpose, of what: `deleted one row (public.granules)`."""
    of = "" if told.subject in told.did else f" ({told.subject})"
    return f"{told.did}{of}"


def reached(told: TargetReached) -> str:
    """`2026-06-01 11:59:20+00:00, 0/3000060, timeline 2, system 73…`."""
    parts = [at(told.moment)] if told.moment is not None else []
    if told.position:
        parts.append(told.position)
    if told.timeline is not None:
        parts.append(f"timeline {told.timeline}")
    if told.system_identifier:
        parts.append(f"system {told.system_identifier}")
    if told.note:
        parts.append(told.note)
    return ", ".join(parts) or "not known"


def measured(told: Measured) -> str:
    """`8.500 s, objective 7200 s (fsync on)`, without the name."""
    seconds = "not measured" if told.seconds is None else f"{told.seconds:.3f} s"
    objective = told.objective_seconds
    against = "" if objective is None else f", objective {objective:.0f} s"
    note = f" ({told.note})" if told.note else ""
    return f"{seconds}{against}{note}"


def started(told: RunStarted) -> Iterator[tuple[str, str]]:
    """What was run by whom, where, and with what, as name and value; without what is unknown."""
    engine = told.engine
    facts = (
        ("run", told.run),
        ("cluster", told.cluster),
        ("settings file", told.config),
        ("mode", told.mode),
        ("cloud", told.cloud),
        (
            "engine",
            " ".join(
                filter(None, [engine.name, engine.version, engine.origin and f"({engine.origin})"])
            )
            or None,
        ),
        ("by", told.by),
        ("platform", told.platform),
        ("commit", told.commit),
        ("job", told.job),
        ("evidence", told.folders.evidence),
    )
    yield from ((name, value) for name, value in facts if value)
    if told.negative_control is not None:
        yield "negative control", f"seed {told.negative_control}"


def subject(record: DrillRecord) -> Iterator[tuple[str, str]]:
    """What a drill is about, as name and value: source, backups, target, sabotage."""
    if record.source is not None:
        yield "source", source(record.source)
    for number, one in enumerate(record.backups, 1):
        yield "backup" if len(record.backups) == 1 else f"backup {number}", backup(one)
    if record.asked is not None:
        yield "recovery target asked", asked(record.asked)
    if record.reached is not None:
        yield "recovery target reached", reached(record.reached)
    if record.sabotaged is not None:
        wrong = record.sabotaged
        noticed = ", ".join(wrong.noticed_by)
        yield (
            "sabotaged on purpose",
            f"{wrong.name}: {done(wrong)}, seed {wrong.seed}; to be noticed by {noticed}",
        )
