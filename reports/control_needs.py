"""Facts that a control needs of a drill, each told as held, short, missing or failed.

A fact is *held* where the journal shows it, *short* where it shows a part (a waived finding, a
withheld step, a time without an objective), *missing* where it shows nothing, *failed* where it
shows the contrary.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from reports.drill_record import DrillRecord, in_full
from reports.events import Measured, ProofFinished
from reports.run_record import RunRecord
from reports.verdicts import is_good, word_of

Need = Literal[
    "verdict",
    "procedure",
    "backup",
    "restore",
    "target",
    "content",
    "integrity",
    "use",
    "isolation",
    "times",
    "loss",
]
State = Literal["held", "short", "missing", "failed"]
STATES: Mapping[State, str] = {
    "held": "shown",
    "short": "shown in part",
    "missing": "not shown",
    "failed": "failed",
}
# Families of proofs; the first must have been proven, the others where they apply.
_FAMILIES: Mapping[Need, tuple[str, ...]] = {
    "content": (
        *("content", "databases", "inventory", "markers", "expectations"),
        *("globals", "large objects"),
    ),
    "integrity": ("integrity", "schema"),
    "use": ("application",),
    "isolation": ("isolation",),
}
_PROVED = ("passed", "bounded", "waived")


@dataclass(frozen=True, slots=True)
class Told:
    """How far one fact was shown, in one sentence."""

    state: State
    sentence: str


def restoring(drills: Sequence[DrillRecord]) -> Sequence[DrillRecord]:
    """The drills that make a copy; all of them where none does, so that there is always one."""
    return [one for one in drills if any(s.touches == "copy" for s in one.steps)] or drills


def needs(asked: Sequence[Need], record: DrillRecord, run: RunRecord) -> Sequence[Told]:
    """Each fact of one drill, in the order asked."""
    return [_told(need, record, run) for need in asked]


def _told(need: Need, record: DrillRecord, run: RunRecord) -> Told:
    match need:
        case "verdict":
            return _verdict(record)
        case "procedure":
            return _procedure(record)
        case "restore":
            return _restore(record, run)
        case "backup":
            return _backup(record)
        case "target":
            return _target(record)
        case "times":
            return _against("time", record)
        case "loss":
            return _against("data loss", record)
        case _:
            return _proofs(need, record)


def _verdict(record: DrillRecord) -> Told:
    verdict = record.verdict
    if verdict is None:
        return Told("missing", f"verdict: {record.stopped}")
    word = word_of(verdict)
    state: State = "failed" if word == "FAILED" else "missing"
    if word == "PROVEN" and is_good(verdict):
        state = "short" if record.killed else "held"
    return Told(state, f"verdict: {in_full(verdict, record.run_finished)}")


def _procedure(record: DrillRecord) -> Told:
    """Whether each declared step was performed."""
    ended = [record.finished.get(step.number) for step in record.steps]
    outcomes = ["not reached" if one is None else one.outcome for one in ended]
    passed = sum(outcome in _PROVED for outcome in outcomes)
    count = f"procedure: {passed} of {len(outcomes)} declared steps passed"
    for step, outcome in zip(record.steps, outcomes, strict=True):
        if outcome == "failed":
            return Told("failed", f"{count}; step {step.number} ({step.title}) failed")
    if passed == 0:
        return Told("missing", count)
    others = [
        f"step {step.number} ({step.title}): {outcome}"
        for step, outcome in zip(record.steps, outcomes, strict=True)
        if outcome not in _PROVED
    ]
    if others:
        more = f" (and {len(others) - 1} more)" if others[1:] else ""
        return Told("short", f"{count}; {others[0]}{more}")
    return Told("held", count)


def _restore(record: DrillRecord, run: RunRecord) -> Told:
    """Whether this very run restored: a verification reads what others did."""
    if run.started is not None and run.started.mode == "verification":
        return Told("missing", "restore: this run made none; it looked at what others restored")
    making = [step for step in record.steps if step.touches == "copy"]
    ended = [record.finished.get(step.number) for step in making]
    failed = [one for one in ended if one is not None and one.outcome == "failed"]
    if failed:
        return Told("failed", f"restore: step {failed[0].number} ({failed[0].title}) failed")
    done = [one for one in ended if one is not None and one.outcome == "passed"]
    if not done:
        return Told("missing", "restore: no step that makes the copy was finished")
    through = f"restore: {len(done)} of {len(making)} steps that make the copy passed"
    return Told("held" if len(done) == len(making) else "short", through)


def _backup(record: DrillRecord) -> Told:
    """Which backup, of which source: without both, nobody can say what was tested."""
    if not record.backups:
        return Told("missing", "backup: the journal does not say which one was restored")
    first = record.backups[0]
    age = "" if first.age_seconds is None else f", {first.age_seconds:.0f} s old"
    more = f" (and {len(record.backups) - 1} more)" if record.backups[1:] else ""
    source = record.source
    if source is None or source.identifier is None:
        known = f"backup: {first.name}, {first.kind}{age}{more}; of which source is not recorded"
        return Told("short", known)
    of = f"{source.name} ({source.identifier})"
    return Told("held", f"backup: {first.name}, {first.kind}{age}{more}, of {of}")


def _target(record: DrillRecord) -> Told:
    failed = [one for one in record.proofs if one.family == "recovery" and one.outcome == "failed"]
    if failed:
        return Told("failed", f"recovery target: {_listed(record, failed)} failed")
    if record.reached is None:
        asked = "" if record.asked is None else f"; asked was {record.asked.target}"
        return Told("missing", f"recovery target: where the recovery ended is not recorded{asked}")
    at = record.reached.moment
    reached = at.isoformat() if at is not None else record.reached.position
    if record.asked is None or reached is None:
        note = record.reached.note or "neither time nor position is known"
        where = f"reached {reached}; none was asked for" if reached else f"reached, but {note}"
        return Told("short", f"recovery target: {where}")
    return Told("held", f"recovery target: asked {record.asked.target}, reached {reached}")


def _against(what: str, record: DrillRecord) -> Told:
    """Measurements whose name begins with `what`, against their objectives."""
    taken = [one for one in record.measured if one.name.startswith(what)]
    broken = [
        one
        for one in taken
        if one.seconds is not None
        and one.objective_seconds is not None
        and one.seconds > one.objective_seconds
    ]
    for one in broken:
        return Told("failed", f"{_measured(one)}, which is more")
    for proof in record.proofs:
        if proof.family == "objectives" and proof.outcome == "failed" and _is_about(proof, what):
            return Told("failed", f"{what}: {record.name_of(proof)}: failed")
    known = [one for one in taken if one.seconds is not None]
    if not known:
        return Told("missing", f"{what}: not measured")
    held = [one for one in known if one.objective_seconds is not None]
    if not held:
        return Told("short", f"{_measured(known[0])}; no objective is set to hold it against")
    unmeasured = [one for one in taken if one.seconds is None and one.objective_seconds is not None]
    if unmeasured:
        return Told("short", f"{_measured(held[0])}; {unmeasured[0].name} was not measured")
    return Told("held", _measured(held[0]))


def _is_about(proof: ProofFinished, what: str) -> bool:
    """Whether a failed proof of objectives has a finding on this measurement, or none at all."""
    return not proof.findings or any(what in finding.subject for finding in proof.findings)


def _measured(one: Measured) -> str:
    against = "" if one.objective_seconds is None else f" (objective {one.objective_seconds:.0f} s)"
    return f"{one.name}: {one.seconds:.1f} s{against}"


def _proofs(need: Need, record: DrillRecord) -> Told:
    families = _FAMILIES[need]
    proofs = [one for one in record.proofs if one.family in families]
    judged = [one for one in proofs if one.outcome != "not applicable"]
    main = [one for one in judged if one.family == families[0]]
    name = f"{need} ({', '.join(dict.fromkeys(str(one.family) for one in judged))})"
    failed = [one for one in judged if one.outcome == "failed"]
    if failed:
        return Told("failed", f"{name}: {_listed(record, failed)} failed")
    proved = [one for one in judged if one.outcome in _PROVED]
    if not main or not proved:
        return Told("missing", f"{need}: no proof of it was made" + _why(record, judged))
    count = f"{name}: {len(proved)} of {len(judged)} proofs hold"
    rest = [one for one in judged if one.outcome not in _PROVED]
    if rest:
        return Told("short", f"{count}; {_listed(record, rest)}: {rest[0].outcome}")
    waived = [one for one in proved if one.outcome == "waived" or one.waived]
    if waived:
        return Told("short", f"{count}; of them with waived findings: {_listed(record, waived)}")
    bounded = sum(one.outcome == "bounded" or bool(one.bounds) for one in proved)
    return Told("held", f"{count}{f', {bounded} of them between two truths' if bounded else ''}")


def _listed(record: DrillRecord, proofs: Sequence[ProofFinished]) -> str:
    more = f" (and {len(proofs) - 1} more)" if proofs[1:] else ""
    return f"{record.name_of(proofs[0])}{more}"


def _why(record: DrillRecord, judged: Sequence[ProofFinished]) -> str:
    if not judged:
        return ""
    first = judged[0]
    reason = f" ({first.reason})" if first.reason else ""
    return f"; {record.name_of(first)}: {first.outcome}{reason}"
