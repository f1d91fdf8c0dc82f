"""The way to the rows that differ is barred: what was found stands, and it is said what was not."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest

from checks.content.locate_findings import NOT_LOCATED, not_located
from checks.content.locate_side import Side
from checks.database import Limits
from fixtures.postgres.server import Server
from tests.checks.pair import Pair, checks

FILLED = (
    "create table t (id int primary key, name text, twice int)",
    "insert into t select i, 'n' || i, 2 * i from generate_series(1, 3000) as i",
)


def test_a_locked_table_is_not_located_and_not_passed(cluster: Server, pair: Pair) -> None:
    pair.both(*FILLED)
    pair.break_copy("delete from t where id = 1")
    with (
        pair.compared(limits=Limits(lock=timedelta(milliseconds=50))) as compared,
        cluster.connect(pair.names[1]) as locking,
        locking.transaction(),
    ):
        locking.execute("lock table t in access exclusive mode")
        (finding,) = compared.findings()

    assert NOT_LOCATED == finding.check
    assert "the restored copy could not be read again: 55P03" in str(finding.actual)


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("drop table t", "42P01"),
        ("truncate t", "holds other rows now"),
        ("alter table t drop column twice", "42703"),
        ("alter table t alter twice type text", "holds other rows now"),
    ],
)
def test_a_table_that_changed_meanwhile_is_not_located(
    statement: str, why: str, pair: Pair
) -> None:
    """What was found stands: the ranges differ."""
    pair.both(*FILLED)
    pair.break_copy("delete from t where id = 1")
    with pair.compared() as compared:
        pair.break_copy(statement)
        (finding,) = compared.findings()

    assert NOT_LOCATED == finding.check
    assert why in str(finding.actual)


def test_a_table_that_was_rewritten_after_the_search_is_told_without_columns(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rows are at other ctids then: what is read there is not what was found."""
    pair.both(*FILLED)
    pair.break_copy(
        "delete from t where id < 1000", "vacuum t", "update t set name = 'x' where id = 3000"
    )
    details = Side.details

    def after_a_rewrite(side: Side, *args: object) -> object:
        pair.break_copy("vacuum full t")
        return details(side, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Side, "details", after_a_rewrite)
    told = {finding.check: finding for finding in pair.findings()}

    assert (
        "1 row: id 3000 (columns not told: the table was rewritten)"
        == told["content.changed_rows"].actual
    )


def test_a_lost_connection_takes_nothing_back(pair: Pair) -> None:
    """Sessions are opened again as long as the moment is held, and it is said when it is not."""
    pair.both(*FILLED)
    pair.break_copy("delete from t where id = 1")
    with pair.compared() as compared:
        _terminate(pair.copy, "idle")
        assert ["content.missing_rows"] == checks(compared.findings())
    with pair.compared() as compared:
        _terminate(pair.copy, "idle", "idle in transaction")
        (finding,) = compared.findings()

    assert NOT_LOCATED == finding.check
    assert "the connection that held the snapshot was lost" in str(finding.actual)


def test_damage_is_told_as_such() -> None:
    finding = not_located("t", "the restored copy could not be read again: XX001: …", damage=True)

    assert (
        "Restore again, or mend the source: that server cannot read its own data." == finding.remedy
    )


def _terminate(conn: psycopg.Connection[tuple[object, ...]], *states: str) -> None:
    conn.execute(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid() and state = any (%s)",
        [list(states)],
    )
