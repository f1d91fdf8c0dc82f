"""Two baselines around T: what a copy of a source that never stops writing can be proven to be.

```
B1 recorded ─────── T ─────── B2 recorded, or the source read now
```
"""

from __future__ import annotations

from datetime import datetime

from checks.baseline.between_objects import judge_objects_between
from checks.baseline.between_rows import judge_rows_between
from checks.baseline.model import DatabaseBaseline
from checks.baseline.sequences import judge_sequences
from checks.baseline.sides import Proof, finding, gap
from checks.judgement import Judgement
from checks.schema.sides import RecordedSchema, SchemaSide

ORDER = "baseline.order"
CLUSTER = "baseline.cluster"


def judge_between(
    before: DatabaseBaseline,
    after: DatabaseBaseline,
    copy: DatabaseBaseline,
    *,
    schema: SchemaSide | None = None,
    proof: Proof = "bounded",
) -> Judgement:
    """Hold one database of a copy made at T against what it was before and after T.

    after   recorded with ``like=before``, so that both divide their rows alike
    copy    recorded with ``like=before`` too
    schema  the copy's, where it can still be asked; else what `copy` recorded of it
    proof   ``exact`` turns each bound into a gap (DESIGN 4)
    """
    return Judgement.all(
        (
            judge_objects_between(
                before.catalog, after.catalog, schema or RecordedSchema(copy.catalog), proof=proof
            ),
            judge_rows_between(before.content, after.content, copy.content, proof=proof),
            judge_sequences(before.sequences, copy.sequences, after.sequences),
        )
    )


def judge_order(
    database: str, before: DatabaseBaseline, after: DatabaseBaseline | None, t: datetime | None
) -> Judgement:
    """Whether the baselines are of one cluster and stand around T; else they prove nothing of it.

    after  None: there is only the one before T
    """
    if after is not None:
        one, other = before.identity.system_identifier, after.identity.system_identifier
        if None not in (one, other) and one != other:
            remedy = "Name the baselines of one cluster: these two are of different ones."
            return finding(CLUSTER, database, one, other, remedy)
    if t is None:
        why = "whether they are from before and after T cannot be told: T is not known"
        return gap(ORDER, database, why)
    first = before.moment.taken_at
    if first > t:
        why = (
            f"the baseline is of {_said(first)}, after T ({_said(t)}): use an older one, or restore"
            " to a later point"
        )
        return gap(ORDER, database, why)
    if after is not None and after.moment.taken_at < t:
        why = (
            f"the second baseline is of {_said(after.moment.taken_at)}, before T ({_said(t)}): "
            "record another one now"
        )
        return gap(ORDER, database, why)
    return Judgement()


def _said(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
