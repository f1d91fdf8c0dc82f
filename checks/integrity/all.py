"""Everything that can be said of one copy by itself, in one call or by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from checks.integrity.checksums import check_checksums
from checks.integrity.collations import check_collations
from checks.integrity.constraints import check_constraints
from checks.integrity.duplicates import check_duplicates
from checks.integrity.extensions import check_extensions, check_libraries
from checks.integrity.heaps import check_heaps
from checks.integrity.indexes import check_indexes
from checks.integrity.large_objects import check_large_objects
from checks.integrity.orphans import check_orphans
from checks.integrity.preflight import check_preflight
from checks.integrity.reach import check_reach
from checks.integrity.relations import check_relations
from checks.integrity.rows import check_rows
from checks.integrity.sequences import check_sequences
from checks.integrity.statistics import check_statistics
from checks.integrity.structure import check_index_structure, checks_uniqueness
from checks.integrity.transactions import check_transactions
from checks.judgement import Judgement
from checks.shared_snapshot import SharedSnapshot


def check_duplicates_where_needed(shared: SharedSnapshot) -> Judgement:
    """`check_duplicates`, unless the installed amcheck looks for them in passing."""
    if checks_uniqueness(shared):
        return Judgement(facts={"integrity.duplicates": "left to amcheck"})
    return check_duplicates(shared)


CHECKS: Mapping[str, Callable[[SharedSnapshot], Judgement]] = {
    "preflight": check_preflight,
    "indexes": check_indexes,
    "constraints": check_constraints,
    "relations": check_relations,
    "collations": check_collations,
    "transactions": check_transactions,
    "extensions": lambda shared: check_extensions(shared) + check_libraries(shared),
    "statistics": check_statistics,
    "sequences": check_sequences,
    "orphans": check_orphans,
    "rows": check_rows,
    "large_objects": check_large_objects,
    "structure": check_index_structure,
    "reach": check_reach,
    "duplicates": check_duplicates_where_needed,
    "heaps": check_heaps,
    "checksums": check_checksums,  # last: it tells what all the others met
}
"""Each check by the name that settings and tests use, in the order in which they are made: what
costs nothing first."""


def judge_integrity(shared: SharedSnapshot, *, left_out: Collection[str] = ("heaps",)) -> Judgement:
    """All of `CHECKS` but those `left_out`, on one snapshot (R34, R37 to R39).

    ``heaps`` reads every table once more than the content's scan did, for what that cannot see; it
    is left out unless asked for.
    """
    return Judgement.all(check(shared) for name, check in CHECKS.items() if name not in left_out)
