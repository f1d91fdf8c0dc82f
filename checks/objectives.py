"""Times and data loss against objectives (DESIGN 12).

Three times are measured: *time to writable* (decision to restore → first successful write probe),
*time to proven* (→ last proof), *time to service* (→ ingest resumed). Data loss is the time asked
for minus the newest commit that came back. What was not measured is neither met nor missed: with
an objective it is *not proven*, without one it is a remark in the report.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from checks.finding import Finding

CHECK = "objectives"
DATA_LOSS = "data loss"
TIME_TO_WRITABLE = "time to writable"
TIME_TO_PROVEN = "time to proven"
TIME_TO_SERVICE = "time to service"


class Standing(StrEnum):
    """How a measurement stands to its objective."""

    MET = "met"
    MISSED = "missed"
    NOT_PROVEN = "not proven"
    """An objective is set, but nothing was measured."""
    NO_OBJECTIVE = "no objective"


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measured quantity, in seconds.

    name       as in DESIGN 12: "time to writable", "data loss", …
    seconds    None where it was not measured; `note` then says why
    objective  seconds at most, from ``[objectives]``; None where none is set
    note       what a reader must know beside the number: fsync setting, scale, engine
    """

    name: str
    seconds: float | None
    objective: float | None = None
    note: str | None = None

    @property
    def standing(self) -> Standing:
        if self.objective is None:
            return Standing.NO_OBJECTIVE
        if self.seconds is None:
            return Standing.NOT_PROVEN
        return Standing.MET if self.seconds <= self.objective else Standing.MISSED


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome of all objectives: findings are failures, `not_proven` names what nobody
    measured.
    """

    findings: tuple[Finding, ...]
    not_proven: tuple[str, ...]


def judge(measurements: Iterable[Measurement]) -> Judgement:
    """Hold measurements against their objectives.

    Data loss below zero is a finding whatever the objective: what was committed after the time
    asked for came back, so this is not the copy that was asked for.
    """
    findings: list[Finding] = []
    not_proven: list[str] = []
    for measured in measurements:
        match measured.standing:
            case Standing.MISSED:
                findings.append(
                    Finding(
                        CHECK,
                        measured.name,
                        f"at most {_seconds(measured.objective)}",
                        _overrun(measured),
                        _missed_remedy(measured),
                    )
                )
            case Standing.NOT_PROVEN:
                not_proven.append(
                    f"{measured.name}: the objective is {_seconds(measured.objective)}, "
                    f"not measured ({measured.note or 'no reason given'})"
                )
        if measured.seconds is not None and measured.seconds < 0:
            findings.append(
                Finding(
                    CHECK,
                    measured.name,
                    "nothing later than the time asked for",
                    f"a commit {_seconds(-measured.seconds)} later",
                    "Restore to an earlier point: the copy goes on after the time asked for.",
                )
            )
    return Judgement(tuple(findings), tuple(not_proven))


def measure_data_loss(
    asked: datetime | None,
    newest_commit: datetime | None,
    objective: float | None = None,
    note: str | None = None,
) -> Measurement:
    """Data loss: the time asked for minus the newest commit that came back, both aware.

    `asked` None: the recovery target was a position, a transaction or a name.

    `newest_commit` is the server's own time of a commit (`Markers.newest_commit`), never a
    restore's doing; None means that nothing tells it, and the loss is then not measured rather
    than zero.
    """
    if asked is None:
        return Measurement(DATA_LOSS, None, objective, "the recovery target names no time")
    if newest_commit is None:
        return Measurement(
            DATA_LOSS, None, objective, note or "the copy tells no commit time (R41's markers)"
        )
    if asked.tzinfo is None or newest_commit.tzinfo is None:
        raise ValueError("data loss needs times with a zone: a naive one has lost its offset (R22)")
    return Measurement(DATA_LOSS, (asked - newest_commit).total_seconds(), objective, note)


def _missed_remedy(measured: Measurement) -> str:
    if measured.name == DATA_LOSS:
        return "Archive more often, restore to a later point, or set an objective you can keep."
    return "Find the slow step in the journal, or set an objective that this cluster can keep."


def _overrun(measured: Measurement) -> str:
    over = (measured.seconds or 0) - (measured.objective or 0)
    return f"{_seconds(measured.seconds)}, {_seconds(over)} too long"


def _seconds(seconds: float | None) -> str:
    """A time as people say it: 0.84 s, 42 s, 5 min 3 s, 2 h 10 min."""
    if seconds is None:
        return "unknown"
    if 0 < seconds < 0.01:
        return "less than 0.01 s"
    if seconds < 10:
        return f"{seconds:.2f}".rstrip("0").rstrip(".") + " s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
