"""Indexes against tables: what is missing is told, what is there is used, nobody is locked out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from typing import TypeVar

from checks.database import Limits, RowCursor
from checks.integrity.amcheck import install_amcheck
from checks.integrity.heaps import check_heaps
from checks.integrity.reach import check_reach
from checks.integrity.structure import CHECK, check_index_structure
from checks.shared_snapshot import Read, SharedSnapshot, Unread
from fixtures.postgres.server import Server
from tests.checks.conftest import Connection
from tests.checks.integrity.conftest import READS_ALL, Shared

Item = TypeVar("Item")
Result = TypeVar("Result")


def test_without_amcheck_nothing_is_proven_and_the_remedy_is_told(
    shared: Shared, copy: Connection
) -> None:
    """R38."""
    copy.execute("drop extension amcheck")
    with shared() as opened:
        judgement = check_index_structure(opened) + check_heaps(opened)
    assert () == judgement.findings
    gaps = {(gap.check, gap.subject): gap.reason for gap in judgement.gaps}
    assert "CREATE EXTENSION amcheck in the copy" in gaps[CHECK, "extension amcheck"]
    assert "btree indexes was not compared" in gaps[CHECK, "extension amcheck"]
    assert "CREATE EXTENSION amcheck in the copy" in gaps["integrity.heaps", "tables"]
    assert (CHECK, "integrity.shapes_brin") in gaps


def test_it_is_installed_once_where_parity_does_not_look(copy: Connection) -> None:
    copy.execute("drop extension amcheck")
    assert install_amcheck(copy)
    assert not install_amcheck(copy)
    schema = copy.execute(
        "select nspname from pg_extension e join pg_namespace n on n.oid = extnamespace"
        " where extname = 'amcheck'"
    ).fetchone()
    assert ("restore_drill",) == schema


def test_a_login_that_was_granted_it_needs_no_superuser(shared: Shared, copy: Connection) -> None:
    """R38: EXECUTE is enough, as the gap says."""
    copy.execute(f"grant usage on schema restore_drill to {READS_ALL}")
    copy.execute(f"grant execute on all functions in schema restore_drill to {READS_ALL}")
    with shared(READS_ALL) as opened:
        judgement = check_index_structure(opened) + check_heaps(opened)
    assert () == judgement.findings
    assert [] == [gap for gap in judgement.gaps if "GRANT" in gap.reason]
    assert 0 < int(str(judgement.facts[CHECK]).split()[0])


def test_a_writer_is_neither_waited_for_nor_locked_out(
    copy: Connection, cluster: Server, shared: Shared
) -> None:
    """AccessShareLock only; it is bt_index_parent_check that would wait."""
    limits = Limits(lock=timedelta(milliseconds=50))
    connect = partial(cluster.connect, copy.info.dbname)
    with copy.transaction(), SharedSnapshot(connect, sessions=2, limits=limits) as opened:
        copy.execute("lock table core.granules in row exclusive mode")
        assert () == check_index_structure(opened).findings
        held = [gap.subject for gap in check_index_structure(opened).gaps if "lock" in gap.reason]
        assert [] == held
        parent = check_index_structure(opened, parent=True)
    waited = {gap.subject for gap in parent.gaps if "55P03" in gap.reason}
    assert {
        "core.granules_pkey",
        "core.granules_provider_idx",
        "core.granules_failed_idx",
    } == waited


def test_from_the_root_down_a_sound_copy_is_silent_too(shared: Shared) -> None:
    with shared() as opened:
        assert () == check_index_structure(opened, parent=True).findings


def test_an_expression_may_count_on_the_search_path_of_the_database(
    copy: Connection, shared: Shared
) -> None:
    """It works for the application, so it is no fault of the copy's. Since 16 amcheck runs under a
    path of its own: there the index cannot be checked, and that is told.
    """
    copy.execute("create function integrity.helper(int) returns int immutable language sql as"
                 " 'select 1000 / $1'")  # fmt: skip
    copy.execute(
        "create or replace function integrity.reciprocal(int) returns int immutable"
        " language plpgsql as $$ begin return helper($1); end $$"
    )
    copy.execute(f"alter database {copy.info.dbname} set search_path = integrity")
    with shared() as opened:
        judgement = check_index_structure(opened)
    assert () == judgement.findings
    told = [gap.subject for gap in judgement.gaps if "SET search_path" in gap.reason]
    restricted = copy.info.server_version >= 160000
    assert (["integrity.shapes_expression"] if restricted else []) == told


def test_an_index_that_was_dropped_meanwhile_is_a_gap(copy: Connection, cluster: Server) -> None:
    """Looked up by name: by OID the server would call it an internal error."""

    class DropsFirst(SharedSnapshot):
        def each(
            self, items: Iterable[Item], reading: Callable[[RowCursor, Item], Result]
        ) -> list[Read[Result] | Unread]:
            copy.execute("drop index if exists integrity.sorted_word")
            return super().each(items, reading)

    with DropsFirst(partial(cluster.connect, copy.info.dbname), sessions=2) as opened:
        judgement = check_index_structure(opened)
    assert () == judgement.findings
    (gap,) = [gap for gap in judgement.gaps if gap.subject == "integrity.sorted_word"]
    assert "dropped" in gap.reason


def test_an_index_that_the_planner_would_not_walk_is_a_gap(
    copy: Connection, shared: Shared
) -> None:
    """Of two over the same column only one answers, and the other is not judged by it."""
    copy.execute("create index twin on integrity.shapes using gist (area)")
    with shared() as opened:
        judgement = check_reach(opened)
    assert () == judgement.findings
    (gap,) = judgement.gaps
    assert gap.subject in {"integrity.twin", "integrity.shapes_gist"}


def test_the_partitions_of_an_index_are_told_once(copy: Connection, shared: Shared) -> None:
    copy.execute("create index days_brin on integrity.days using brin (day)")
    with shared() as opened:
        told = [gap.subject for gap in check_index_structure(opened).gaps]
    assert ["integrity.days_brin"] == [name for name in told if "days" in name]


def test_functions_are_found_by_what_is_there(copy: Connection, shared: Shared) -> None:
    """An extension that was never updated has fewer functions: what is there is used."""
    copy.execute("drop extension amcheck")
    copy.execute("create extension amcheck schema restore_drill version '1.2'")
    with shared() as opened:
        structure, heaps = check_index_structure(opened), check_heaps(opened)
    assert () == structure.findings
    assert "integrity.shapes_gin" in {gap.subject for gap in structure.gaps}
    (gap,) = heaps.gaps
    assert "ALTER EXTENSION amcheck UPDATE" in gap.reason
