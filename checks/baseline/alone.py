"""One baseline, and no source any more: what a copy can be proven to be by it.

Recorded at T (a quiet moment, a fence, the snapshot of the base backup itself) it proves equality.
Recorded before T it tells what the copy must have grown from: what was lost and what was written
since look alike, so neither is called a finding, and nothing is called equal (DESIGN 4).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from checks.baseline.model import DatabaseBaseline
from checks.baseline.sequences import judge_sequences
from checks.baseline.sides import Proof, demanding
from checks.content.compare import compare_content
from checks.finding import Finding
from checks.judgement import Bound, Gap, Judgement
from checks.schema.compare import judge_schema
from checks.schema.sides import RecordedSchema, SchemaSide

CHECK = "baseline"
LOST = ("schema.tables", "schema.schemas", "counts")
"""Checks whose finding that something *is not there* stands, whenever the baseline was recorded."""


def judge_alone(
    baseline: DatabaseBaseline,
    copy: DatabaseBaseline,
    *,
    exact: bool,
    schema: SchemaSide | None = None,
    proof: Proof = "bounded",
) -> Judgement:
    """Hold one database of a copy against a single baseline.

    exact   whether the baseline is of T itself: nothing was written between its snapshot and T
    copy    recorded with ``like=baseline``
    schema  the copy's, where it can still be asked; else what `copy` recorded of it
    """
    judged = Judgement.all(
        (
            judge_schema(RecordedSchema(baseline.catalog), schema or RecordedSchema(copy.catalog)),
            compare_content(baseline.content, copy.content),
        )
    )
    if not exact:
        judged = since(baseline, judged, proof)
    return judged + judge_sequences(baseline.sequences, copy.sequences)


def since(baseline: DatabaseBaseline, judged: Judgement, proof: Proof) -> Judgement:
    """What a comparison of a database with the past, `judged`, leaves to be said of T."""
    database = baseline.identity.database
    return since_moment(baseline.moment.taken_at, f"database {database}", judged, proof)


def since_moment(taken_at: datetime, whose: str, judged: Judgement, proof: Proof) -> Judgement:
    """The same of whatever was recorded at a moment; `whose` is the subject of the bound."""
    moment = taken_at.isoformat(timespec="seconds")
    standing = tuple(one for one in judged.findings if _stands(one))
    changed = _gaps((one for one in judged.findings if not _stands(one)), moment)
    words = (
        f"what does not differ from the baseline of {moment} is shown as it was then; what was "
        "written between it and T, no truth tells"
    )
    bound = Bound(CHECK, whose, words)
    wrong = {one.subject for one in standing}
    left = replace(
        judged,
        findings=standing,
        gaps=judged.gaps + tuple(changed),
        bounds=(),
        tables=tuple(
            replace(one, content="bounded")
            if one.content == "differs" and one.table not in wrong
            else one
            for one in judged.tables
        ),
    )
    return left + demanding(Judgement(bounds=(bound,)), proof)


def _stands(found: Finding) -> bool:
    """Damage does, and a table that is gone: either is wrong whatever was written since."""
    return found.expected == "readable" or (found.actual is None and found.check in LOST)


def _gaps(findings: Iterable[Finding], moment: str) -> Iterable[Gap]:
    for one in findings:
        yield Gap(
            one.check,
            one.subject,
            f"{_side(one.expected)} in the baseline of {moment}, {_side(one.actual)} in the copy: "
            "written since or lost, no truth tells which; supply a baseline from after T, a frozen "
            "range or an expectation",
        )


def _side(side: object) -> str:
    return "nothing" if side is None else f"{side:,}" if isinstance(side, int) else str(side)
