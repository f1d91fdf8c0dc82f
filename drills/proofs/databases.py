"""Every database came back."""

from __future__ import annotations

from checks.database import compare_databases, connectable_databases
from checks.judgement import Judgement
from fixtures.claims import NotApplicable
from fixtures.judging import Judge
from fixtures.source import Copy, Origin


def test_every_database_came_back(writable_copy: Copy, source: Origin, judge: Judge) -> None:
    """Every database of the source is in the copy, and no other (R59)."""
    if source.databases is None:
        raise NotApplicable("neither the settings nor a baseline name the databases")
    with writable_copy.connect(source.maintenance) as connection:
        restored = connectable_databases(connection, left_out=("rdsadmin", source.maintenance))

    # Where nobody could tell the others, they are `tenants`' matter: no difference, and not proven.
    others = restored if source.tenants is None else [one.name for one in source.tenants]
    expected = [*source.databases, *others]

    findings = judge(Judgement(tuple(compare_databases(expected, restored))))

    assert findings == []
