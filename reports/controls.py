"""What a run can say to an auditor: each control, what it asks, and how far this run speaks to it.

A control is *supported* only where every fact that it needs is in the journal and held. What a
control asks beyond one run (a schedule, a policy, a review) is said and never claimed. A rehearsal
restores a backup that it made itself: it supports the procedure, and no backup of production.

Sources: NIST SP 800-53 Rev. 5 (CP-4, CP-9, CP-10); ISO/IEC 27001:2022 Annex A 8.13; AICPA Trust
Services Criteria A1.3 with its points of focus; Regulation (EU) 2022/2554 (DORA), article 12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from reports.control_needs import STATES, Need, Told, needs, restoring
from reports.drill_record import DrillRecord
from reports.history.read import cluster_of
from reports.run_record import RunRecord
from reports.verdicts import word_of

Speaks = Literal["supported", "procedure only", "partial", "not proven", "failed"]
"""supported        everything that the control needs of a run was shown
procedure only   the same, in a rehearsal: nothing was shown of production's backups
partial          some of it was shown; the evidence says what was not. Also all that a drill can
                 support that failed in something else
not proven       nothing of it was shown, or nothing that was shown is about what the control asks
failed           what the control needs was tried and did not hold"""


@dataclass(frozen=True, slots=True)
class Control:
    """One control: `claim` says what it asks, `evidence` why the outcome is what it is."""

    id: str
    title: str
    claim: str
    outcome: Speaks
    evidence: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Asks:
    """A control as it stands.

    backups  whether it is about the backups themselves, so that a rehearsal says nothing of it
    beyond   what it asks that no run can show
    """

    id: str
    title: str
    claim: str
    needs: tuple[Need, ...]
    backups: bool
    beyond: str


_CONTROLS = (
    _Asks(
        "NIST SP 800-53 CP-4",
        "Contingency plan testing",
        "Test the contingency plan, to know whether it works and whether it can be carried out; "
        "review the results and correct what they show.",
        ("verdict", "procedure", "restore", "content"),
        backups=False,
        beyond="the schedule of tests, the review of the results and the corrections",
    ),
    _Asks(
        "NIST SP 800-53 CP-9(1)",
        "Testing of backups for reliability and integrity",
        "Test backups at set intervals: that they can be read, and that the information in them "
        "is intact.",
        ("backup", "restore", "content", "integrity"),
        backups=True,
        beyond="the interval, and any backup but the one that was restored",
    ),
    _Asks(
        "NIST SP 800-53 CP-9(2)",
        "Test restoration using sampling",
        "Restore chosen functions from a sample of the backups, as a part of testing the "
        "contingency plan.",
        ("backup", "restore", "content", "use"),
        backups=True,
        beyond="how the sample of backups and functions was chosen",
    ),
    _Asks(
        "NIST SP 800-53 CP-10",
        "Recovery and reconstitution",
        "Be able to recover the system to a known state, within the time and with the loss of "
        "data that were set as objectives.",
        ("restore", "procedure", "target", "content", "use", "times", "loss"),
        backups=False,
        beyond="recovery of anything but this database",
    ),
    _Asks(
        "ISO/IEC 27001:2022 A.8.13",
        "Information backup",
        "Keep backups of information, software and systems, and test them regularly, as a policy "
        "of the organisation says.",
        ("backup", "restore", "content", "integrity"),
        backups=True,
        beyond="the policy, regularity, and backups of anything but this database",
    ),
    _Asks(
        "SOC 2 A1.3",
        "Recovery plan testing",
        "Test the procedures of the recovery plan, so that the system recovers as its objectives "
        "say; test backups for being intact and complete.",
        ("verdict", "procedure", "restore", "content", "integrity", "times", "loss"),
        backups=False,
        beyond="how often it is tested, other scenarios, and the lack of key people",
    ),
    _Asks(
        "DORA article 12",
        "Backup, restoration and recovery",
        "Have documented procedures of backup and restoration, test them periodically, restore "
        "onto systems apart from the source, and check after a recovery that data are intact.",
        ("procedure", "restore", "isolation", "content", "integrity", "times", "loss"),
        backups=False,
        beyond="the policy, the period, and that the systems are physically apart",
    ),
)


def controls(run: RunRecord) -> Sequence[Control]:
    """Every control, with what this run says to it; always all of them, in the same order."""
    drills = restoring(run.drills)
    return [_control(asked, run, drills) for asked in _CONTROLS]


def _control(asked: _Asks, run: RunRecord, drills: Sequence[DrillRecord]) -> Control:
    told: list[Told] = []
    for record in drills:
        prefix = f"{record.drill}: " if len(drills) > 1 else ""
        for one in needs(asked.needs, record, run):
            told.append(Told(one.state, f"{prefix}{one.sentence}"))
    outcome, because = _outcome(asked, run, drills, told)
    lines = [f"{STATES[one.state]}: {one.sentence}" for one in told]
    return Control(
        asked.id,
        asked.title,
        asked.claim,
        outcome,
        (*because, *lines, *_earlier(run), f"no run can show: {asked.beyond}"),
    )


def _outcome(
    asked: _Asks, run: RunRecord, drills: Sequence[DrillRecord], told: Sequence[Told]
) -> tuple[Speaks, Sequence[str]]:
    """How far the run speaks to a control, and what limits all of it."""
    if _is_negative_control(run, drills):
        return "not proven", [
            "a negative control: the copy was made wrong on purpose, which tests the alarm only"
        ]
    states = {one.state for one in told}
    ground = () if run.started is None else (run.started.mode, run.started.cloud)
    rehearsal = (
        ["a rehearsal: its source and backup were made by the run; none of production's was read"]
        if "rehearsal" in ground
        else []
    )
    if "failed" in states:
        return "failed", rehearsal
    if "held" not in states or (rehearsal and asked.backups):
        return "not proven", rehearsal
    whole = all(_is_whole(record) for record in drills)
    because = rehearsal if whole else [*rehearsal, "the run did not judge everything it declares"]
    failed = [f"in spite of it: {line}" for line in _failures(drills)]
    because = [*because, *failed]
    if states != {"held"} or not whole or failed:
        return "partial", because
    return ("procedure only" if rehearsal else "supported"), because


def _is_negative_control(run: RunRecord, drills: Sequence[DrillRecord]) -> bool:
    started = run.started
    if started is not None and started.negative_control is not None:
        return True
    return any(record.sabotaged is not None for record in drills)


def _is_whole(record: DrillRecord) -> bool:
    """Whether the drill ran to its verdict, with nothing deselected."""
    partial = record.verdict.partial if record.verdict is not None else None
    if partial is not None and partial.ran < partial.of:
        return False
    return record.verdict is not None and word_of(record.verdict) not in (
        *("PARTIAL", "INTERRUPTED", "WAITING"),
    )


def _failures(drills: Sequence[DrillRecord]) -> Sequence[str]:
    """Verdicts of drills that failed in what this control does not ask for: a copy that is of the
    wrong cluster, or unfit in another way, is support for nothing.
    """
    verdicts = [one.verdict for one in drills if one.verdict is not None]
    return [one.verdict for one in verdicts if word_of(one) == "FAILED"]


def _earlier(run: RunRecord) -> Sequence[str]:
    """What came before, for controls that ask for regularity."""
    cluster = cluster_of(run.started) if run.started is not None else None
    good = {one.run: one for one in run.earlier if one.counts and one.cluster == cluster}
    if not good:
        return ["earlier: no success of this cluster in the same evidence folder"]
    last = max(one.began for one in good.values()).date().isoformat()
    plural = "success" if len(good) == 1 else "successes"
    return [f"earlier: {len(good)} {plural} of {cluster}, the last one on {last}"]
