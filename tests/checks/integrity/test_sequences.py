"""Sequences are judged by what they will do next, never by where they stand."""

from __future__ import annotations

import pytest

from checks.integrity._sequences import Column, SequenceState
from checks.integrity.sequences import Headroom, check_sequences
from checks.judgement import Judgement
from tests.checks.conftest import READER, Connection
from tests.checks.integrity.conftest import Shared


def judge(shared: Shared, headroom: Headroom | None = None) -> Judgement:
    with shared() as opened:
        return check_sequences(opened, headroom)


def test_a_sequence_that_ran_ahead_is_silent(copy: Connection, shared: Shared) -> None:
    """R39, row 15: a physical restore runs up to 32 values ahead."""
    copy.execute("select setval('core.providers_id_seq', 42)")
    copy.execute("select setval('integrity.downward', -60)")
    assert () == judge(shared).findings


def test_the_finding_names_column_value_and_next_value(copy: Connection, shared: Shared) -> None:
    """R39."""
    copy.execute("select setval('core.providers_id_seq', 3)")
    (finding,) = judge(shared).findings
    assert (
        "integrity.sequences.position: core.providers_id_seq: expected next value above 10, which"
        " is in core.providers.id, found next value 4. Set it with setval() beyond the column: the"
        " next inserts would take keys that are there already."
    ) == str(finding)


def test_a_value_that_the_sequence_never_comes_to_is_no_matter(
    copy: Connection, shared: Shared
) -> None:
    copy.execute("insert into integrity.limits values (500000)")  # maxvalue is 10000
    copy.execute("insert into integrity.below values (7)")  # maxvalue is -1
    assert () == judge(shared).findings


def test_a_sequence_that_cycles_may_stand_anywhere(copy: Connection, shared: Shared) -> None:
    copy.execute("alter table integrity.limits drop constraint limits_pkey")
    copy.execute("alter sequence integrity.limited cycle")
    copy.execute("select setval('integrity.limited', 1)")
    assert () == judge(shared).findings


def test_a_sequence_that_feeds_nothing_is_a_fact(copy: Connection, shared: Shared) -> None:
    facts = judge(shared).facts
    assert (
        'core.tickets, integrity."unfed ""one"""' == facts["integrity.sequences.feeding no column"]
    )


def test_the_threshold_can_be_set_in_calls(copy: Connection, shared: Shared) -> None:
    assert () == judge(shared, Headroom(share=0, calls=9_000)).findings
    (finding,) = judge(shared, Headroom(share=0, calls=9_990)).findings
    assert "integrity.limited" == finding.subject
    assert "9,980 left up to 10,000" == finding.actual


def test_an_unreadable_sequence_is_a_gap_by_name(copy: Connection, shared: Shared) -> None:
    """R39: needs SELECT."""
    copy.execute(f"grant usage on schema core to {READER}")
    copy.execute(f"grant select on all tables in schema core to {READER}")
    with shared(READER) as opened:
        judgement = check_sequences(opened)
    assert () == judgement.findings
    told = {gap.subject: gap.reason for gap in judgement.gaps}
    assert "GRANT SELECT on it" in told["core.providers_id_seq"]
    assert "GRANT SELECT on it" in told["core.tickets"]


def test_what_cannot_be_compared_is_a_gap(copy: Connection, shared: Shared) -> None:
    """Each by name: another type, a larger default, a name that is looked up at run time."""
    copy.execute("create table integrity.odd ("
                 " a text default 'A' || nextval('integrity.shared'),"
                 " b int default nextval('integrity.shared') * 10,"
                 " c int default nextval(('integrity.sha' || 'red')::regclass),"
                 " d int default nextval('integrity.shared'::text::regclass))")  # fmt: skip
    judgement = judge(shared)
    assert () == judgement.findings
    assert [
        ("integrity.shared", "feeds integrity.odd.a, which is of type text"),
        ("integrity.shared", "stands in a larger default of integrity.odd.b"),
        ("integrity.odd.c", "its default looks a sequence up by a text when it runs"),
        ("integrity.odd.d", "its default looks a sequence up by a text when it runs"),
    ] == [(gap.subject, gap.reason.split(":")[0].split(", so")[0]) for gap in judgement.gaps]


def test_casts_around_nextval_are_seen_through(copy: Connection, shared: Shared) -> None:
    """R39: to a narrower type, to a wider one, to a domain, in words or not."""
    copy.execute("create domain integrity.counter as bigint check (value > 0)")
    copy.execute("create domain integrity.narrow as integrity.even")
    columns = {
        "a": "smallint default nextval('integrity.shared')",
        "b": "int default nextval('integrity.shared')::int",
        "c": "numeric default nextval('integrity.shared')",
        "d": "integrity.counter default nextval('integrity.shared')",
        "e": "integrity.narrow default nextval('integrity.shared')",
    }
    for name, column in columns.items():
        copy.execute(f"create table integrity.odd_{name} (id {column})".encode())
        copy.execute(f"insert into integrity.odd_{name} values (1000)".encode())
    judgement = judge(shared)
    assert () == judgement.gaps
    assert [f"next value above 1000, which is in integrity.odd_{name}.id" for name in columns] == [
        finding.expected for finding in judgement.findings if finding.check.endswith("position")
    ]


def column(type_: str, digits: int | None = None) -> Column:
    return Column("t.c", "s", "t", "c", True, type_, digits, False, "comparable")


@pytest.mark.parametrize(
    ("increment", "columns", "limit"),
    [
        (1, [], 10**12),
        (1, [column("integer")], 2**31 - 1),
        (1, [column("bigint"), column("smallint")], 2**15 - 1),
        (1, [column("numeric", 4)], 9999),
        (1, [column("numeric")], 10**12),
        (-1, [column("integer")], -(2**31)),
        (-1, [column("smallint")], -(2**15)),
        (-1, [column("numeric", 3)], -999),
    ],
)
def test_the_narrowest_of_sequence_and_columns_is_the_limit(
    increment: int, columns: list[Column], limit: int
) -> None:
    """R39: headroom in the type."""
    state = SequenceState(
        "s", "s", "s", "bigint", 1, increment, -(10**12), 10**12, False, True, columns
    )
    assert limit == state.limit
