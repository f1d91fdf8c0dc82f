"""What is appended after a baseline falls into a range of its own."""

from __future__ import annotations

from checks.baseline.closing import observe_closed
from checks.content.observation import ContentObservation, KeyRanges
from checks.content.plan import Reading
from tests.checks.baseline.databases import Databases

SCRIPT = """
create table small (id int primary key);
insert into small select generate_series(1, 40);
create table empty (id bigint primary key);
create table full_up (id smallint primary key);
insert into full_up values (32767), (3);
create table "odd %" ("k %" bigint, part text, primary key ("k %", part));
insert into "odd %" values (-5, 'a'), (-5, 'b');
create domain number as int;
create table of_domain (id number primary key);
insert into of_domain values (7);
create table by_uuid (id uuid primary key);
insert into by_uuid values ('00000000-0000-0000-0000-000000000001');
create table by_text (id text primary key);
create table keyless (id int);
create table many (id int primary key, filling text);
insert into many select n, repeat('x', 100) from generate_series(1, 60000) n;
analyze many;
"""


def bounds(observed: ContentObservation, name: str) -> tuple[str, ...] | None:
    division = observed.tables[f"public.{name}"].division
    return division.bounds if isinstance(division, KeyRanges) else None


def test_ranges_of_integer_keys_are_closed_behind_the_highest(databases: Databases) -> None:
    databases.make("closing", SCRIPT)
    with databases.snapshot("closing") as shared:
        observed = observe_closed(shared, Reading())
        some = observe_closed(shared, Reading(mode="ranges:10%"))
    assert ("41",) == bounds(observed, "small")
    assert ("-4",) == bounds(observed, '"odd %"')
    assert ("8",) == bounds(observed, "of_domain")
    assert [40, 0] == [one.rows for one in observed.tables["public.small"].ranges if one]
    # Nothing to close, or nothing comes behind it.
    assert () == bounds(observed, "empty")
    assert () == bounds(observed, "full_up")
    assert () == bounds(observed, "by_uuid")
    assert bounds(observed, "by_text") is None
    assert bounds(observed, "keyless") is None
    # In a large table behind the ranges it has anyway.
    many = bounds(observed, "many")
    assert many is not None
    assert "60001" == many[-1]
    assert len(many) > 2
    assert 60000 == observed.tables["public.many"].rows
    # And where only a share of the ranges is read, the last one is.
    last = some.tables["public.many"].ranges[-1]
    assert last is not None
    assert 0 == last.rows


def test_a_table_that_may_not_be_read_is_told_once(databases: Databases) -> None:
    """By the reading of its rows; the others are closed."""
    databases.make(
        "closing",
        "create table open (id int primary key); insert into open values (1);"
        "create table shut (id int primary key);"
        "grant select on open to reader",
    )
    with databases.snapshot("closing", "reader") as shared:
        observed = observe_closed(shared, Reading())
    assert {"public.shut"} == set(observed.unreadable)
    assert ("2",) == bounds(observed, "open")
