"""Every index is one that the planner uses and that writes maintain (R38).

An index left over from a failed CREATE INDEX CONCURRENTLY is carried over by a physical restore and
quietly left out by a logical one (row 10 of docs/restores-that-lie.md). What stands in an index
is `checks.integrity.structure`'s.
"""

from __future__ import annotations

from checks.database import RowCursor
from checks.finding import Finding
from checks.integrity._judging import judged
from checks.integrity._relations import RELATIONS
from checks.judgement import Judgement
from checks.shared_snapshot import SharedSnapshot

CHECK = "integrity.indexes"

REMEDIES = {
    "valid": "Rebuild it with REINDEX INDEX (a partitioned one: attach or rebuild the index that a"
    " partition lacks): no query uses an invalid index, and an invalid unique one holds nothing.",
    "ready": "Rebuild it with REINDEX INDEX: writes no longer reach it.",
    "live": "Drop it, and create it again: it was left half dropped.",
}


def check_indexes(shared: SharedSnapshot) -> Judgement:
    """Indexes that are not valid, ready or live: ``integrity.indexes.valid`` and so on (R38)."""
    return judged(shared, CHECK, "indexes", _judge)


def _judge(cursor: RowCursor) -> Judgement:
    cursor.execute(
        f"""
        with {RELATIONS}
        select r.name, p.property
        from pg_index i
        join named r on r.oid = i.indexrelid
        cross join lateral (values
            ('valid', i.indisvalid), ('ready', i.indisready), ('live', i.indislive)
        ) as p(property, holds)
        where not p.holds
        order by r.name, p.property
        """  # noqa: S608 # a constant of ours
    )
    return Judgement(
        tuple(
            Finding(f"{CHECK}.{name}", index, True, False, REMEDIES[name]) for index, name in cursor
        )
    )
