"""A sound copy is silent, and each fault rings: every check has been seen to do both."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from _pytest.mark import ParameterSet

from checks.integrity.all import CHECKS, judge_integrity
from checks.integrity.duplicates import check_duplicates
from checks.judgement import Judgement
from checks.shared_snapshot import SharedSnapshot
from fixtures.postgres.server import Server
from tests.checks.conftest import Connection
from tests.checks.integrity.conftest import READS_ALL, Shared, statements
from tests.sabotage.faults.fault import Fault
from tests.sabotage.faults.integrity import INTEGRITY, SINCE_15, SINCE_18

UNKNOWN = {"shapes_gist", "shapes_spgist", "shapes_brin", "shapes_hash"}
"""Indexes of the sample that no amcheck can read."""


def judge(check: str, shared: SharedSnapshot) -> Judgement:
    """What the function that makes `check` says."""
    _, name, *rest = check.split(".")
    if rest and rest[0] in CHECKS:  # structure and reach, of indexes
        (name,) = rest
    return check_duplicates(shared) if name == "duplicates" else CHECKS[name](shared)


def every_day(faults: Iterable[Fault]) -> list[ParameterSet]:
    """The first fault of each check in the fast tests, the others in the nightly ones."""
    seen: set[str] = set()
    parameters = []
    for fault in faults:
        marks = pytest.mark.slow if fault.check in seen else ()
        seen.add(fault.check)
        parameters.append(pytest.param(fault, marks=marks, id=fault.name))
    return parameters


def test_a_sound_copy_is_silent(shared: Shared) -> None:
    """R37 to R39: no finding, and no gap but for the kinds of index that amcheck cannot read."""
    with shared() as opened:
        judgement = judge_integrity(opened, left_out=())
        version = opened.server_version
    unknown = UNKNOWN | ({"shapes_gin"} if version < 180000 else set())
    assert () == judgement.findings
    assert {
        *(("integrity.indexes.structure", f"integrity.{name}") for name in unknown),
        ("integrity.rows.domain", 'integrity."Ünruly % rows".pairs'),
    } == {(gap.check, gap.subject) for gap in judgement.gaps}


def test_one_session_says_the_same_as_many(shared: Shared) -> None:
    with shared() as two, shared(sessions=1) as one:
        assert 1 == one.sessions
        many, alone = judge_integrity(two, left_out=()), judge_integrity(one, left_out=())
    assert many == alone


def test_a_login_that_reads_everything_says_what_it_may_not(
    shared: Shared, copy: Connection
) -> None:
    """R37 to R39: no alarm is false, and each right that is missing is told with its remedy."""
    if copy.info.server_version < 140000:
        pytest.skip("pg_read_all_data came with PostgreSQL 14")
    with shared(READS_ALL) as opened:
        judgement = judge_integrity(opened, left_out=())
    assert () == judgement.findings
    rights = {(gap.check, gap.subject) for gap in judgement.gaps if "GRANT" in gap.reason}
    expected = {("integrity.indexes.structure", "btree indexes"), ("integrity.heaps", "tables")}
    if copy.info.server_version >= 180000:
        expected.add(("integrity.indexes.structure", "gin indexes"))
    assert expected == rights


def test_a_login_that_reads_nothing_finds_nothing_and_says_so(
    shared: Shared, copy: Connection
) -> None:
    """A check that could not run is never a pass."""
    copy.execute("create role nobody_at_all login")
    try:
        with shared("nobody_at_all") as opened:
            judgement = judge_integrity(opened, left_out=())
    finally:
        copy.execute("drop role nobody_at_all")
    assert () == judgement.findings
    silent = {
        "integrity.orphans": 8,
        "integrity.sequences.position": 13,
        "integrity.statistics": 1,
        "integrity.duplicates": 1,
        "integrity.rows": 20,
    }
    told = {check: sum(gap.check == check for gap in judgement.gaps) for check in silent}
    assert [] == [check for check, least in silent.items() if told[check] < least]


@pytest.mark.parametrize("fault", every_day(INTEGRITY))
def test_every_fault_is_reported(
    fault: Fault, copy: Connection, cluster: Server, shared: Shared
) -> None:
    """R37 to R39."""
    inject(fault.sql, cluster)
    with shared() as opened:
        assert_reported(fault, judge(fault.check, opened))


@pytest.mark.parametrize("fault", every_day([*SINCE_15, *SINCE_18]))
def test_every_fault_of_newer_servers_is_reported(
    fault: Fault, copy: Connection, cluster: Server, shared: Shared
) -> None:
    """R37, R38."""
    since = 150000 if fault in SINCE_15 else 180000
    if copy.info.server_version < since:
        pytest.skip(f"came with PostgreSQL {since // 10000}")
    inject(fault.sql, cluster)
    with shared() as opened:
        assert_reported(fault, judge(fault.check, opened))


def test_every_check_has_a_fault() -> None:
    """A check that nobody breaks has not been seen to fail. Damage has a module of its own."""
    broken = {fault.check.split(".")[1] for fault in INTEGRITY} | {"structure", "reach", "heaps"}
    assert set(CHECKS) == broken


def inject(sql: Iterable[str], cluster: Server) -> None:
    with statements(cluster) as conn:
        for statement in sql:
            conn.execute(statement.encode())


def assert_reported(fault: Fault, judgement: Judgement) -> None:
    reported = {(finding.check, finding.subject) for finding in judgement.findings}
    assert (fault.check, fault.subject) in reported, judgement
