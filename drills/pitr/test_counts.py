"""Every table has the rows it had at T."""

from __future__ import annotations

from checks.census import compare_census, must_have_tables, take_census
from checks.database import compare_databases, connectable_databases
from fixtures.claims import NotApplicable
from fixtures.source import Copy, Source


def test_every_database_came_back(writable_copy: Copy, source: Source) -> None:
    """Every database of the source is in the copy, and no other (R59)."""
    with writable_copy.connect(source.maintenance) as connection:
        restored = connectable_databases(connection, left_out=("rdsadmin", source.maintenance))

    findings = compare_databases(source.databases, restored)

    assert findings == []


def test_every_table_kept_its_rows(writable_copy: Copy, source: Source) -> None:
    """Row counts of every table as of T (R35)."""
    findings = []
    for database, baseline in source.truth.baselines.items():
        with writable_copy.connect(database) as connection:
            findings += compare_census(baseline.census, take_census(connection))

    assert findings == []


def test_the_metadata_inventory_is_there(writable_copy: Copy, source: Source) -> None:
    """The tables that must exist do (R5)."""
    if not source.must_have_tables:
        raise NotApplicable("[proof] must_have_tables names none")
    findings = []
    for database in source.databases:
        with writable_copy.connect(database) as connection:
            findings += must_have_tables(take_census(connection), source.must_have_tables)

    assert findings == []
