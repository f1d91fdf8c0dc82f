"""Large objects: each of their faults rings, rights decide what is read, and zeros are zeros."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from checks.content.large_objects import (
    compare_large_objects,
    observe_large_objects,
)
from checks.content.observation import LARGE_OBJECTS as ALL
from checks.content.observation import ContentObservation, LargeObject
from checks.database import snapshot
from checks.finding import Finding
from checks.judgement import Gap, Judgement
from fixtures.postgres.server import Server
from tests.checks.conftest import FAITHFUL, READER, Connect, Truth
from tests.sabotage.faults.content import LARGE_OBJECTS
from tests.sabotage.faults.fault import Fault

Objects = dict[int, LargeObject]

SHORT, LONG, CREATED, EMPTY = range(4000000001, 4000000005)


@pytest.fixture
def faithful(truth: Truth, connect: Connect) -> psycopg.Connection[Any]:
    """A superuser's connection to the faithful database: what is done there is rolled back."""
    return connect(FAITHFUL)


@pytest.fixture
def broken(faithful: psycopg.Connection[Any]) -> Iterator[psycopg.Connection[Any]]:
    """The same within a transaction, in which anything may be broken."""
    with faithful.transaction(force_rollback=True):
        yield faithful


@pytest.fixture(scope="module")
def expected(cluster: Server, truth: Truth) -> Objects:
    with cluster.connect(FAITHFUL) as conn:
        return read(conn)


def read(conn: psycopg.Connection[Any]) -> Objects:
    with snapshot(conn) as cursor:
        return observe_large_objects(cursor)


def read_now(conn: psycopg.Connection[Any]) -> Objects:
    """Within an open transaction, with what it changed."""
    return observe_large_objects(conn.cursor())


def observation(objects: Objects | None, why: str | None = None) -> ContentObservation:
    unreadable = {} if why is None else {ALL: why}
    return ContentObservation(
        mode="full", seed=0, tables={}, large_objects=objects, unreadable=unreadable
    )


def compare(expected: Objects | None, actual: Objects | None) -> Judgement:
    return compare_large_objects(observation(expected), observation(actual))


@pytest.mark.parametrize("fault", LARGE_OBJECTS, ids=lambda fault: fault.name)
def test_a_fault_of_a_large_object_rings(
    fault: Fault, expected: Objects, broken: psycopg.Connection[Any]
) -> None:
    """R36; rows of the facts' table that a database can show."""
    for statement in fault.sql:
        if statement not in {"begin", "commit"}:
            broken.execute(statement.encode())

    judged = compare(expected, read_now(broken))

    assert [(fault.check, fault.subject)] == [(one.check, one.subject) for one in judged.findings]
    assert () == judged.gaps


def test_a_faithful_copy_is_silent(expected: Objects, copy: psycopg.Connection[Any]) -> None:
    assert Judgement(facts={ALL: len(expected)}) == compare(expected, read(copy))
    sizes = {SHORT: 11, LONG: 16000, CREATED: 0, EMPTY: 0}
    assert sizes == {oid: expected[oid].bytes for oid in sizes}


def test_zeros_are_zeros_whether_stored_or_not(broken: psycopg.Connection[Any]) -> None:
    """An object with holes, as lo_put beyond the end leaves them, and its filled copy, as pg_dump
    makes it; one cut off within a page that is longer again.
    """
    broken.execute("select lo_create(1), lo_put(1, 9999, 'x'), lo_from_bytea(2, '')")
    broken.execute("select lo_put(2, 0, lo_get(1))")
    broken.execute("select lo_from_bytea(3, 'abc')")
    broken.execute("select lo_truncate(lo_open(3, 131072), 2)")
    broken.execute("select lo_put(3, 3000, 'x')")
    broken.execute("select lo_from_bytea(4, lo_get(3))")
    pages = broken.execute("select count(*) from pg_largeobject where loid = 1").fetchone()
    objects = read_now(broken)

    assert (1,) == pages
    assert objects[1] == objects[2]
    assert objects[3] == objects[4]
    assert objects[1] != objects[3]


def test_rights_written_out_are_those_by_default(broken: psycopg.Connection[Any]) -> None:
    """What GRANT and REVOKE leave behind gives nobody more than NULL does."""
    broken.execute(f"grant select on large object {SHORT} to public")
    broken.execute(f"revoke select on large object {SHORT} from public")

    assert read_now(broken)[SHORT].acl is None


def test_one_role_reads_what_it_may_and_the_rest_is_a_gap_by_name(
    expected: Objects, truth: Truth, connect: Connect
) -> None:
    """Without a right but PUBLIC's; owners and rights stand in a catalog that all may read."""
    objects = read(connect(FAITHFUL, READER))
    judged = compare(expected, objects)

    assert expected[LONG] == objects[LONG]
    assert expected[SHORT].owner == objects[SHORT].owner
    assert objects[SHORT].digest is None
    assert () == judged.findings
    assert {f"large object {oid}" for oid in expected if oid != LONG} == {
        gap.subject for gap in judged.gaps
    }
    assert all("pg_read_all_data" in gap.reason for gap in judged.gaps)


def test_another_owner_is_seen_without_the_right_to_read(
    faithful: psycopg.Connection[Any], truth: Truth, connect: Connect
) -> None:
    objects = read(connect(FAITHFUL, READER))
    other = {
        oid: one.model_copy(update={"owner": "somebody", "acl": "=r/somebody"})
        for oid, one in objects.items()
    }

    assert {"content.large_objects.owner", "content.large_objects.acl"} == {
        finding.check for finding in compare(objects, other).findings
    }


def test_both_ways_of_reading_give_the_same(
    expected: Objects, broken: psycopg.Connection[Any]
) -> None:
    """The catalog's pages, for whoever may read them, and lo_get, for owners and grantees."""
    broken.execute(f"select lo_put({SHORT}, 5000, 'after a hole')")
    by_catalog = read_now(broken)
    for oid in by_catalog:
        broken.execute(f"alter large object {oid} owner to {READER}")
    broken.execute(f"set local role {READER}")
    by_function = read_now(broken)

    assert {oid: (one.bytes, one.digest) for oid, one in by_catalog.items()} == {
        oid: (one.bytes, one.digest) for oid, one in by_function.items()
    }


def test_pg_read_all_data_reads_them_all(
    expected: Objects, broken: psycopg.Connection[Any]
) -> None:
    """It does not open a large object, but reads the catalog of their pages (14 to 18)."""
    broken.execute("create role lo_auditor in role pg_read_all_data")
    broken.execute("set local role lo_auditor")

    assert expected == read_now(broken)
    with pytest.raises(psycopg.errors.InsufficientPrivilege), broken.transaction():
        broken.execute(f"select lo_get({SHORT})")


def test_thousands_that_differ_are_counted_and_the_first_named() -> None:
    one = LargeObject(owner="o", acl=None, bytes=1, digest="d")
    judged = compare(dict.fromkeys(range(5000), one), {})

    assert 21 == len(judged.findings)
    assert "large object 0" == judged.findings[0].subject
    assert (ALL, "5,000 differ, of which the first 20 are named") == (
        judged.findings[-1].subject,
        judged.findings[-1].actual,
    )


def test_thousands_that_may_not_be_read_are_counted_and_the_first_named() -> None:
    objects = {oid: LargeObject(owner="o", acl=None, bytes=None, digest=None) for oid in range(50)}
    judged = compare(objects, objects)

    assert 21 == len(judged.gaps)
    assert judged.gaps[-1].reason.startswith("50 were not compared")


def test_what_was_not_read_is_a_gap_or_damage() -> None:
    read = observation({})
    left_out = observation(None)
    refused = observation(None, "42501: permission denied for function lo_open")
    damaged = observation(None, "XX001: invalid page in block 0 of relation base/1/2613")

    assert [
        Gap("content.large_objects", ALL, f"not read on {side}: {why}")
        for side, why in (
            ("the source or baseline", "42501: permission denied for function lo_open"),
            ("the restored copy", "they were left out of that observation"),
        )
    ] == list(compare_large_objects(refused, left_out).gaps)
    assert [
        Finding(
            "content.large_objects",
            ALL,
            "readable",
            "XX001: invalid page in block 0 of relation base/1/2613",
            "Mend the restored copy, or restore again: the server cannot read its own data there.",
        )
    ] == list(compare_large_objects(read, damaged).findings)


def test_no_finding_holds_bytes_or_their_digest(expected: Objects) -> None:
    """The digest of a short object without a key tells its bytes to whoever tries them all."""
    other = {oid: one.model_copy(update={"digest": "f" * 32}) for oid, one in expected.items()}
    text = str(compare(expected, other).findings)

    assert "4 differ" not in text
    assert not any(
        one.digest in text for one in (*expected.values(), *other.values()) if one.digest
    )
