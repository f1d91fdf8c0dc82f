"""A superuser's verification runs nobody else's code; a reader's does, and finds what it finds."""

from __future__ import annotations

from checks.integrity.duplicates import check_duplicates
from checks.integrity.reach import check_reach
from checks.integrity.rows import check_rows
from checks.integrity.structure import check_index_structure
from checks.judgement import Judgement
from tests.checks.conftest import READER, Connection
from tests.checks.integrity.conftest import READS_ALL, Shared

FUNCTIONS = {
    "fine(int) returns bool": "true",
    "same(int) returns int": "$1",
    "boxed(box) returns box": "$1",
}


def judge(shared: Shared, user: str | None = None) -> Judgement:
    with shared() if user is None else shared(user) as opened:
        return (
            check_rows(opened)
            + check_duplicates(opened)
            + check_reach(opened)
            + check_index_structure(opened)
        )


def test_a_superuser_runs_no_code_of_others(copy: Connection, shared: Shared) -> None:
    """In a read-only transaction a superuser's function can still run a program."""
    copy.execute("create schema theirs")
    copy.execute(f"grant create, usage on schema theirs to {READER}")
    copy.execute(f"grant usage on schema theirs to {READS_ALL}")
    for function, body in FUNCTIONS.items():
        copy.execute(
            f"create function theirs.{function} immutable language plpgsql"
            f" as $$ begin return {body}; end $$".encode()
        )
    copy.execute(
        "create table theirs.rows (id int constraint rows_fine check (theirs.fine(id)), area box)"
    )
    copy.execute("create domain theirs.number as int constraint number_fine check"
                 " (theirs.fine(value))")  # fmt: skip
    copy.execute("create table theirs.numbers (n theirs.number)")
    copy.execute("create unique index rows_same on theirs.rows (theirs.same(id))")
    copy.execute("create index rows_area on theirs.rows using gist (theirs.boxed(area))")
    copy.execute("create table theirs.parted (id int) partition by list (theirs.same(id))")
    copy.execute("create table theirs.parted_1 partition of theirs.parted for values in (1)")
    copy.execute("insert into theirs.rows values (1, null)")
    copy.execute("insert into theirs.numbers values (1)")
    copy.execute("insert into theirs.parted values (1)")

    assert () == judge(shared).findings
    assert [] == [gap for gap in judge(shared).gaps if "rights of a superuser" in gap.reason]

    # From now on they belong to somebody who could have written anything into them.
    for function in FUNCTIONS:
        signature, _, type_ = function.partition(" returns ")
        copy.execute(
            f"create or replace function theirs.{signature} returns {type_} immutable"
            " language plpgsql as $$ begin raise 'it ran as %', current_user; end $$".encode()
        )
        copy.execute(f"alter function theirs.{signature} owner to {READER}".encode())

    judgement = judge(shared)
    assert {"theirs.rows.rows_fine", "theirs.numbers.n", "theirs.rows_same", "theirs.rows_area",
            "theirs.parted_1"} == {
        gap.subject for gap in judgement.gaps if "rights of a superuser" in gap.reason
    }  # fmt: skip
    said = [str(finding) for finding in judgement.findings] + [str(g) for g in judgement.gaps]
    assert [] == [line for line in said if "P0001" in line]

    # With the rights of a reader there is nothing to fear, and each failure is told.
    if copy.info.server_version >= 140000:
        told = {gap.subject for gap in judge(shared, READS_ALL).gaps if "P0001" in gap.reason}
        assert {"theirs.rows", "theirs.numbers", "theirs.rows_same", "theirs.rows_area"} <= told
