"""`evidence.json`: a run in short for other programs, and the sums of all files beside it.

What a register of controls or a ticket wants without reading the journal. It is written last, so
that the sums are those of what is there.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from reports.controls import Speaks, controls
from reports.drill_record import DrillRecord, in_full
from reports.events import (
    BackupIdentified,
    Kept,
    Moment,
    Removed,
    SourceIdentified,
    TargetAsked,
    TargetReached,
)
from reports.history.earlier import last_success
from reports.journal import JournalError
from reports.parts import Engine, Seconds, Strict, Time
from reports.run_record import RunRecord
from reports.sums import Sum, differences, digest, sums

NAME = "evidence.json"
FORMAT = 1


class NameEvidence(JournalError):
    """There is no evidence.json that can be read where one was named."""


class Why(Strict):
    """A step or proof that is not green, and why; `reason` is None where none was given."""

    what: str
    reason: str | None


class Waiver(Strict):
    """A finding that a waiver of the settings accepts until a day."""

    check: str
    subject: str
    reason: str
    expires: str
    by: str


class Span(Strict):
    """A time or data loss that was measured, in seconds, and what it was to be at most."""

    name: str
    seconds: float | None
    objective_seconds: Seconds | None
    note: str | None


class ControlTold(Strict):
    """How far the run speaks to one control; see `reports/controls.py`."""

    id: str
    title: str
    claim: str
    outcome: Speaks
    evidence: list[str]


class DrillEvidence(Strict):
    """One drill. `word` is INTERRUPTED, and `verdict` where, if nothing was judged; and so it is
    where a run was killed behind a good verdict, which `verdict` has, and before its cleanup.

    outcomes      outcome → how many steps and proofs
    findings      how many differences were found and not waived
    last_success  when the newest drill of this cluster began that counts as one (DESIGN 8)
    """

    drill: str
    word: str
    verdict: str
    exit_status: int | None
    outcomes: dict[str, int]
    findings: int
    failed: list[Why]
    not_proven: list[Why]
    withheld: list[Why]
    not_reached: list[Why]
    not_applicable: list[Why]
    waived: list[Waiver]
    measured: list[Span]
    source: SourceIdentified | None
    backups: list[BackupIdentified]
    target_asked: TargetAsked | None
    target_reached: TargetReached | None
    moments: list[Moment]
    sabotaged: bool
    last_success: Time | None


class Evidence(Strict):
    """One run. What a killed run could not tell is None; `complete` says whether it was told all.

    exit_status  of pytest; None where the journal ends before the run did
    files        of the folder in which this was written, all but this one
    """

    format: Literal[1] = 1
    complete: bool
    run: str | None
    began: Time | None
    seconds: Seconds | None
    exit_status: int | None
    mode: str | None
    cloud: str | None
    cluster: str | None
    config: str | None
    by: str | None
    platform: str | None
    commit: str | None
    job: str | None
    negative_control: int | None
    engine: Engine | None
    versions: dict[str, str]
    drills: list[DrillEvidence]
    left: list[Kept | Removed]
    controls: list[ControlTold]
    files: list[Sum] = Field(default=[])


def render(run: RunRecord, folder: Path | None = None) -> bytes:
    """Render a run, with the sums of what is in `folder`. Raises OSError."""
    files = [] if folder is None else sums(folder, NAME)
    return summary(run, files).model_dump_json(indent=2).encode() + b"\n"


def summary(run: RunRecord, files: Sequence[Sum]) -> Evidence:
    """The same, typed."""
    started, finished = run.started, run.finished
    facts: dict[str, Any] = {
        name: getattr(started, name, None)
        for name in (
            *("run", "mode", "cloud", "cluster", "config", "by", "platform", "commit", "job"),
            *("negative_control", "engine"),
        )
    }
    return Evidence(
        complete=finished is not None and not run.events.truncated,
        began=started.at if started is not None else None,
        seconds=finished.seconds if finished is not None else None,
        exit_status=finished.exit_status if finished is not None else None,
        versions=started.versions if started is not None else {},
        drills=[_drill(run, record) for record in run.drills],
        left=list(run.left),
        controls=[
            ControlTold(**{**dataclasses.asdict(one), "evidence": list(one.evidence)})
            for one in controls(run)
        ],
        files=list(files),
        **facts,
    )


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of `evidence.json`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Evidence.model_json_schema(mode="serialization"),
        "title": f"A restore-drills evidence.json, format {FORMAT}",
    }


def read(path: Path) -> Evidence:
    """An `evidence.json`. Raises NameEvidence with what to do."""
    try:
        told = json.loads(path.read_bytes())
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise NameEvidence(f"{path}: {why}; name a folder with an {NAME}") from error
    except (ValueError, RecursionError):
        raise NameEvidence(f"{path}: is not JSON; the file is damaged") from None
    written = told.get("format") if isinstance(told, dict) else None
    if isinstance(written, int) and written > FORMAT:
        raise NameEvidence(
            f"{path}: written in format {written}, this version reads up to {FORMAT}; "
            "use a newer restore-drills"
        )
    try:
        return Evidence.model_validate_json(json.dumps(told))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise NameEvidence(f"{path}: {place or 'it'}: {first['msg']}") from None


def verify(folder: Path) -> tuple[Sequence[str], str]:
    """What is not as `evidence.json` has it, and the sum of that file itself, to compare with one
    that was noted elsewhere. Raises NameEvidence.
    """
    recorded = {one.path: one for one in read(folder / NAME).files}
    try:
        found = {one.path: one for one in sums(folder, NAME)}
        return list(differences(recorded, found)), digest(folder / NAME)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise NameEvidence(f"{error.filename or folder}: {why}; make it readable") from error


def _drill(run: RunRecord, record: DrillRecord) -> DrillEvidence:
    verdict = run.verdict_on(record)
    ended = {number: one.outcome for number, one in record.finished.items()}
    outcomes: dict[str, int] = {}
    for outcome in [*ended.values(), *(one.outcome for one in record.proofs)]:
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    unreached = [step for step in record.steps if step.number not in ended]
    if unreached:
        outcomes["not reached"] = outcomes.get("not reached", 0) + len(unreached)
    reached = {outcome: _whys(record, outcome) for outcome in ("failed", "not proven", "withheld")}
    return DrillEvidence(
        drill=record.drill,
        word=run.word_on(record),
        verdict=record.stopped if verdict is None else in_full(verdict, run.finished),
        exit_status=verdict.exit_status if verdict is not None else None,
        outcomes=outcomes,
        findings=sum(len(one.findings) for one in record.proofs),
        failed=reached["failed"],
        not_proven=reached["not proven"],
        withheld=reached["withheld"],
        not_reached=[
            *(Why(what=one.title, reason=record.why_not(one.number)) for one in unreached),
            *_whys(record, "not reached"),
        ],
        not_applicable=_whys(record, "not applicable"),
        waived=[
            Waiver(
                check=one.check,
                subject=one.subject,
                reason=one.reason,
                expires=one.expires.isoformat(),
                by=one.by,
            )
            for proof in record.proofs
            for one in proof.waived
        ],
        measured=[
            Span(
                name=one.name,
                seconds=one.seconds,
                objective_seconds=one.objective_seconds,
                note=one.note,
            )
            for one in record.measured
        ],
        source=record.source,
        backups=record.backups,
        target_asked=record.asked,
        target_reached=record.reached,
        moments=record.moments,
        sabotaged=record.sabotaged is not None,
        last_success=last_success(run, record.drill),
    )


def _whys(record: DrillRecord, outcome: str) -> list[Why]:
    """Steps, then proofs, that came to an outcome."""
    steps = [one for one in record.finished.values() if one.outcome == outcome]
    proofs = [one for one in record.proofs if one.outcome == outcome]
    return [
        *(Why(what=one.title, reason=one.reason) for one in steps),
        *(Why(what=record.name_of(one), reason=one.reason) for one in proofs),
    ]
