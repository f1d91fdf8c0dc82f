"""The copy is sound in itself, whatever it is a copy of."""

from __future__ import annotations

import pytest

from checks.integrity.all import check_duplicates_where_needed
from checks.integrity.checksums import check_checksums
from checks.integrity.collations import check_collations
from checks.integrity.constraints import check_constraints
from checks.integrity.extensions import check_extensions, check_libraries
from checks.integrity.heaps import check_heaps
from checks.integrity.indexes import check_indexes
from checks.integrity.large_objects import check_large_objects
from checks.integrity.migrations import check_migrations
from checks.integrity.orphans import check_orphans
from checks.integrity.preflight import check_preflight
from checks.integrity.reach import check_reach
from checks.integrity.relations import check_relations
from checks.integrity.rows import check_rows
from checks.integrity.sequences import check_sequences
from checks.integrity.statistics import check_statistics
from checks.integrity.structure import check_index_structure
from checks.integrity.transactions import check_transactions
from checks.judgement import Judgement
from checks.shared_snapshot import SharedSnapshot
from fixtures.claims import NotApplicable
from fixtures.comparison import Copies
from fixtures.cumulus.within import where_meant
from fixtures.judging import Judge
from fixtures.run import Run

FAMILY = "integrity"


def test_the_server_fits_its_binaries(copies: Copies, judge: Judge) -> None:
    """The server fits its binaries, is out of recovery, takes writes (R65)."""
    findings = judge(copies.each(FAMILY, check_preflight))

    assert findings == []


def test_every_heap_is_sound(copies: Copies, judge: Judge) -> None:
    """amcheck finds every table and its TOAST in order (R38)."""
    # Early: it survives rows that crash the server when anything else reads them.
    findings = judge(copies.each(FAMILY, check_heaps))

    assert findings == []


def test_every_index_is_valid(copies: Copies, judge: Judge) -> None:
    """Every index is valid, ready and live (R38)."""
    findings = judge(copies.each(FAMILY, check_indexes))

    assert findings == []


def test_every_index_is_sound(copies: Copies, judge: Judge) -> None:
    """amcheck finds every index in order, and every row in it (R38)."""
    findings = judge(copies.each(FAMILY, check_index_structure))

    assert findings == []


def test_every_row_is_reached_by_its_indexes(copies: Copies, judge: Judge) -> None:
    """GiST and SP-GiST indexes reach as many rows as there are (R38)."""
    findings = judge(copies.each(FAMILY, check_reach))

    assert findings == []


def test_no_unique_key_is_there_twice(copies: Copies, judge: Judge) -> None:
    """No unique key is there twice, by the rows themselves (R38)."""
    findings = judge(copies.each(FAMILY, check_duplicates_where_needed))

    assert findings == []


def test_collations_sort_as_they_did(copies: Copies, judge: Judge) -> None:
    """Collations are of the version that indexes were built with (R38)."""
    findings = judge(copies.each(FAMILY, check_collations))

    assert findings == []


def test_every_constraint_holds_for_every_row(copies: Copies, judge: Judge) -> None:
    """Constraints are validated, enforced and enabled (R37)."""
    findings = judge(copies.each(FAMILY, check_constraints))

    assert findings == []


def test_no_foreign_key_points_nowhere(copies: Copies, judge: Judge) -> None:
    """No row refers to one that is not there (R37)."""
    findings = judge(copies.each(FAMILY, check_orphans))

    assert findings == []


def test_every_row_keeps_the_rules(copies: Copies, judge: Judge) -> None:
    """CHECK, NOT NULL and domains hold for the rows that are there (R37)."""
    findings = judge(copies.each(FAMILY, check_rows))

    assert findings == []


def test_sequences_are_ahead_of_their_columns(copies: Copies, judge: Judge) -> None:
    """Sequences are ahead of their columns, with room in the type (R39)."""
    findings = judge(copies.each(FAMILY, check_sequences))

    assert findings == []


def test_nothing_is_left_empty_by_its_kind(copies: Copies, judge: Judge) -> None:
    """No table is unlogged, no materialised view unpopulated (R34)."""
    findings = judge(copies.each(FAMILY, check_relations))

    assert findings == []


def test_no_transaction_is_left_over(copies: Copies, judge: Judge) -> None:
    """No prepared transaction is left, no age nears the wraparound (R65)."""
    findings = judge(copies.each(FAMILY, check_transactions))

    assert findings == []


def test_extensions_are_up_to_date(copies: Copies, judge: Judge) -> None:
    """Extensions are up to date, and every library is there (R34)."""

    def check(shared: SharedSnapshot) -> Judgement:
        return check_extensions(shared) + check_libraries(shared)

    findings = judge(copies.each(FAMILY, check))

    assert findings == []


def test_the_planner_has_statistics(copies: Copies, judge: Judge) -> None:
    """Every table of some size has been analysed (R34)."""
    findings = judge(copies.each(FAMILY, check_statistics))

    assert findings == []


def test_no_large_object_is_forgotten(copies: Copies, judge: Judge) -> None:
    """Some row refers to every large object (R34)."""
    findings = judge(copies.each(FAMILY, check_large_objects))

    assert findings == []


def test_migrations_are_as_the_code_expects(copies: Copies, run: Run, judge: Judge) -> None:
    """The newest migration is the expected one, its lock is free (R40)."""
    wanted = run.settings.migrations
    if wanted is None:
        raise NotApplicable("there is no [migrations]")

    def check(shared: SharedSnapshot) -> Judgement:
        with shared.attempt() as cursor:
            return check_migrations(
                cursor,
                wanted.table,
                wanted.name_column,
                wanted.lock,
                wanted.lock_column,
                wanted.newest,
            )

    findings = judge(where_meant(copies, run.settings, ("migrations", "table"), FAMILY, check))

    assert findings == []


@pytest.mark.last_of_step
def test_no_page_failed_its_checksum(copies: Copies, judge: Judge) -> None:
    """Page checksums are on, and none failed while all was read (R38)."""
    findings = judge(copies.each(FAMILY, check_checksums))

    assert findings == []
