"""What no schema declares, in a database of each generation: it holds, or is found broken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from checks.cumulus.generations import GENERATIONS, Generation, generation_of
from checks.cumulus.guards import check_guards
from checks.cumulus.history import check_history
from checks.cumulus.partitions import check_partitions
from checks.cumulus.sequences import check_execution_sequence
from checks.cumulus.shape import check_shape
from checks.cumulus.statuses import check_statuses
from checks.integrity.migrations import check_migrations
from checks.judgement import Judgement
from checks.shared_snapshot import SharedSnapshot
from tests.cumulus.conftest import MakeCopy
from tests.cumulus.schemas import FILES

pytestmark = pytest.mark.xdist_group("cumulus")

Check = Callable[[SharedSnapshot, Generation], Judgement]
LOCK = "knex_migrations_lock"


def halted(shared: SharedSnapshot, generation: Generation) -> Judgement:
    return check_statuses(shared, generation, halted=True)


def sequence(shared: SharedSnapshot, generation: Generation) -> Judgement:
    del generation
    return check_execution_sequence(shared)


def lock(shared: SharedSnapshot, generation: Generation) -> Judgement:
    """What the profile fills in as [migrations]."""
    del generation
    with shared.attempt() as cursor:
        return check_migrations(cursor, "knex_migrations", "name", LOCK)


CHECKS: dict[str, Check] = {
    "guards": check_guards,
    "partitions": check_partitions,
    "statuses": halted,
    "sequence": sequence,
    "shape": check_shape,
    "history": check_history,
    "lock": lock,
}


@pytest.mark.parametrize("version", FILES)
def test_a_sound_database_of_each_generation_is_silent(
    version: str, copy: MakeCopy, shared: SharedSnapshot
) -> None:
    """R40: as each version made it, with rows in every table."""
    copy(version)
    with shared:
        said = {name: check(shared, generation_of(version)) for name, check in CHECKS.items()}
    assert {} == {name: one.findings for name, one in said.items() if one.findings}
    assert {} == {name: one.gaps for name, one in said.items() if one.gaps}


OF_EVERY = ("11", "16", "21", "22")
NO_TRIGGER = "set session_replication_role = replica;"
BROKEN = {
    # what was done: (versions, by SQL, the check that sees it, what it says)
    "an execution that runs": (
        OF_EVERY,
        "update executions set status = 'running' where cumulus_id = 7",
        "statuses",
        {"cumulus.statuses": "public.executions"},
    ),
    "a queued granule": (
        OF_EVERY,
        "update granules set status = 'queued' where cumulus_id = 7",
        "statuses",
        {"cumulus.statuses": "public.granules"},
    ),
    "a PDR that runs": (
        OF_EVERY,
        "update pdrs set status = 'running' where cumulus_id = 1",
        "statuses",
        {"cumulus.statuses": "public.pdrs"},
    ),
    "an asynchronous operation that runs": (
        OF_EVERY,
        "update async_operations set status = 'RUNNING'",
        "statuses",
        {"cumulus.statuses": "public.async_operations"},
    ),
    "a lock that the backup captured": (
        OF_EVERY,
        f"update {LOCK} set is_locked = 1",
        "lock",
        {"integrity.migrations.lock": LOCK},
    ),
    "no granules": (
        OF_EVERY,
        "drop table granules cascade",
        "shape",
        {"cumulus.shape": "granules"},
    ),
    "a migration that was forgotten": (
        ("11", "16", "21"),
        "delete from knex_migrations where name like '%create_granules%'",
        "history",
        {"cumulus.migrations": "public.knex_migrations"},
    ),
    "another line of migrations": (
        ("11", "16", "21"),
        "insert into knex_migrations (name) values ('070_granules.js')",
        "history",
        {"cumulus.migrations": "public.knex_migrations"},
    ),
    "the migrations of the old line": (
        ("22",),
        "insert into knex_migrations (name) values ('20201014105058_create_granules_table.js')",
        "history",
        {"cumulus.migrations": "public.knex_migrations"},
    ),
    "a sequence at its end": (
        ("11", "16", "21"),
        "select setval('executions_cumulus_id_seq', 2140000000)",
        "sequence",
        {"cumulus.sequence.headroom": "public.executions_cumulus_id_seq"},
    ),
    "no sequence": (
        OF_EVERY,
        "drop sequence executions_cumulus_id_seq cascade",
        "sequence",
        {"cumulus.sequence": "public.executions.cumulus_id"},
    ),
    "a narrow key": (
        ("21",),
        "alter table files alter granule_cumulus_id type integer",
        "shape",
        {"cumulus.shape.type": "public.files.granule_cumulus_id"},
    ),
    "a guard without one of its keys": (
        ("22",),
        "delete from granules_global_unique where granule_id = 'granule-7'",
        "guards",
        {
            "cumulus.guards.count": "public.granules_global_unique",
            "cumulus.guards.unguarded": "public.granules_global_unique",
        },
    ),
    "a guard with a key too many": (
        ("22",),
        "insert into files_global_unique values ('protected', 'nobody/has/it')",
        "guards",
        {
            "cumulus.guards.count": "public.files_global_unique",
            "cumulus.guards.stale": "public.files_global_unique",
        },
    ),
    "as many keys, and others": (
        ("22",),
        "update executions_global_unique set arn = arn || '-other' where arn like '%:7'",
        "guards",
        {
            "cumulus.guards.unguarded": "public.executions_global_unique",
            "cumulus.guards.stale": "public.executions_global_unique",
        },
    ),
    "the same key in two partitions": (
        ("22",),
        f"{NO_TRIGGER} insert into granules (granule_id, producer_granule_id, status,"
        " collection_cumulus_id) values ('granule-7', 'x', 'completed', 1)",
        "guards",
        {"cumulus.guards.count": "public.granules_global_unique"},
    ),
    "another address than the execution's": (
        ("22",),
        "update executions_global_unique set url = url || '?old' where arn like '%:7'",
        "guards",
        {"cumulus.guards.carried": "public.executions_global_unique"},
    ),
    "triggers that were left off": (
        ("22",),
        "alter table granules_p3 disable trigger all",
        "guards",
        {"cumulus.guards.triggers": "public.granules"},
    ),
    "no guard table": (
        ("22",),
        "drop table files_global_unique",
        "guards",
        {"cumulus.guards": "files_global_unique"},
    ),
    "a missing remainder": (
        ("22",),
        "alter table files detach partition files_p5",
        "partitions",
        {"cumulus.partitions.hash": "public.files"},
    ),
}


@pytest.mark.parametrize(
    ("version", "name"),
    [
        pytest.param(
            version,
            name,
            # By day in the first and the last shape; in those between at night.
            marks=[pytest.mark.slow] if version not in (versions[0], versions[-1]) else [],
        )
        for name, (versions, *_) in BROKEN.items()
        for version in versions
    ],
)
def test_what_is_broken_is_found(
    version: str, name: str, copy: MakeCopy, shared: SharedSnapshot
) -> None:
    """R40: by the check that it is for, on what was broken."""
    _, statement, check, expected = BROKEN[name]
    copy(version).execute(statement)
    with shared:
        judgement = CHECKS[check](shared, generation_of(version))
    wanted = set(expected.items())
    found = {(one.check, one.subject) for one in judgement.findings}
    # Where both events of a trigger are missing, each is a finding.
    assert wanted == found
    assert all(one.remedy for one in judgement.findings)


def in_quarters(number: int) -> datetime:
    """A moment of the quarter so many from now on."""
    today = datetime.now(UTC)
    start = datetime(today.year, 1 + 3 * ((today.month - 1) // 3), 1, tzinfo=UTC)
    return start + timedelta(days=91.4 * number + 20)


@pytest.mark.parametrize(
    ("quarters", "found"),
    [
        (0, set()),
        (3, set()),
        (4, {"cumulus.partitions.next"}),
        (5, {"cumulus.partitions.now"}),
        (40, {"cumulus.partitions.now"}),
    ],
)
def test_a_copy_of_long_ago_has_no_partition_for_today(
    quarters: int, found: set[str], copy: MakeCopy, shared: SharedSnapshot
) -> None:
    """R40: there is no default partition: rows past the last quarter are refused."""
    copy("22")
    with shared:
        judgement = check_partitions(shared, generation_of("22"), in_quarters(quarters))
    assert found == {one.check for one in judgement.findings}
    assert {"public.executions"} >= {one.subject for one in judgement.findings}


def test_a_gap_between_quarters_ends_what_is_covered(
    copy: MakeCopy, shared: SharedSnapshot
) -> None:
    conn = copy("22")
    upcoming = in_quarters(1)
    part = f"executions_{upcoming.year}_q{1 + (upcoming.month - 1) // 3}"
    conn.execute(f"alter table executions detach partition {part}")
    with shared:
        judgement = check_partitions(shared, generation_of("22"))
    assert ["cumulus.partitions.next"] == [one.check for one in judgement.findings]


def test_a_default_partition_takes_what_no_quarter_does(
    copy: MakeCopy, shared: SharedSnapshot
) -> None:
    copy("22").execute("create table executions_default partition of executions default")
    with shared:
        judgement = check_partitions(shared, generation_of("22"), in_quarters(40))
    assert () == judgement.findings
    assert any("default" in name for name in judgement.facts)


def test_what_was_at_work_when_nobody_had_halted_it_is_told(
    copy: MakeCopy, shared: SharedSnapshot
) -> None:
    """R11: a target before the halt brings back what ran then."""
    copy("16").execute("update granules set status = 'running' where cumulus_id < 4")
    with shared:
        judgement = check_statuses(shared, generation_of("16"), halted=False)
    assert () == judgement.findings
    told = judgement.facts["cumulus.statuses: public.granules"]
    assert "3 rows queued or running: as they were at the target, nobody is at work on them" == told


def test_in_a_recovery_somebody_answers_for_it(copy: MakeCopy, shared: SharedSnapshot) -> None:
    """R11: a bound is shown at the gate, where the operator accepts the copy."""
    copy("16").execute("update executions set status = 'running' where cumulus_id < 4")
    with shared:
        judgement = check_statuses(shared, generation_of("16"), halted=False, answered=True)
    assert ["public.executions"] == [one.subject for one in judgement.bounds]


def test_keys_that_are_not_compared_are_not_proven(copy: MakeCopy, shared: SharedSnapshot) -> None:
    copy("22").execute("delete from files_global_unique where key like '%/7/1'")
    with shared:
        judgement = check_guards(shared, generation_of("22"), keys=False)
    assert ["cumulus.guards.count"] == [one.check for one in judgement.findings]
    assert 3 == len(judgement.gaps)


BY_DAY = (("22", "21"), ("11", "22"), ("21", "16"), ("11", "21"))


@pytest.mark.parametrize(
    ("deployed", "restored"),
    [
        pytest.param(a, b, marks=[] if (a, b) in BY_DAY else [pytest.mark.slow])
        for a in FILES
        for b in FILES
        if a != b
    ],
)
def test_an_application_of_another_generation_does_not_fit(
    deployed: str, restored: str, copy: MakeCopy, shared: SharedSnapshot
) -> None:
    """R40: v22 takes a partitioned database, v21 bigint keys; what is newer than needed fits."""
    copy(restored)
    with shared:
        shape = check_shape(shared, generation_of(deployed)).findings
        history = check_history(shared, generation_of(deployed)).findings
    newer_shape_of_the_same_line = int(deployed) < int(restored) < 22
    fits = newer_shape_of_the_same_line or {deployed, restored} == {"11", "16"}
    assert fits is not bool(shape)
    assert ("22" in (deployed, restored)) is bool(history)


def test_migrations_that_came_later_are_told(copy: MakeCopy, shared: SharedSnapshot) -> None:
    copy("21")
    with shared:
        facts = check_history(shared, generation_of("21")).facts
    assert "20240814185217_create_reconciliation_reports_table" in str(facts)


def test_an_integer_sequence_under_a_wide_column_is_told(
    copy: MakeCopy, shared: SharedSnapshot
) -> None:
    """R39: as v21 is deployed; a finding only where it nears its end."""
    copy("21")
    with shared:
        facts = check_execution_sequence(shared).facts
    assert "the column is bigint" in str(facts)


def test_every_version_is_of_one_generation() -> None:
    for version in range(11, 23):
        assert 1 == len([one for one in GENERATIONS if one.first <= version <= one.last])
        assert generation_of(str(version)) is generation_of(f"{version}.3.1")
    with pytest.raises(ValueError, match="11 to 22 are"):
        generation_of("10")
