"""``pytest drills/verify`` as an operator runs it, on a copy that somebody else restored."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.daily import daily
from tests.drills import journal
from tests.drills.fix_verify import READER, Shop

COUNTERS = "select tup_inserted, tup_updated, tup_deleted, temp_files from pg_stat_database"


def test_a_faithful_copy_is_proven_and_the_source_is_only_read(shop: Shop) -> None:
    """R34 to R40: every claim holds, and nothing was written on either side."""
    with shop.connect("postgres") as connection:
        query = f"{COUNTERS} where datname like 'shop%' order by datname".encode()
        before = connection.execute(query).fetchall()
        result = shop.verify()
        after = connection.execute(query).fetchall()

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN restored copy shop_restored at ")
    assert "not proven" not in result.claims().values()
    assert before == after
    assert not list(shop.drill.work.iterdir())
    journal.holds_what_is_asked(result, "verify")
    began = journal.only(result, "run_started")
    assert ("verification", "verify") == (began["mode"], began["cluster"])
    source, reached = (
        journal.only(result, "source_identified"),
        journal.only(result, "target_reached"),
    )
    assert ("database", ["shop"]) == (source["kind"], source["databases"])
    assert (source["identifier"], 1) == (reached["system_identifier"], reached["timeline"])
    told = journal.tables(result)
    with shop.connect("shop") as connection:
        counted = {
            name: connection.execute(f"select count(*) from {name}".encode()).fetchone()
            for name in told
        }
    assert {"public.customers", "public.orders"} <= set(told)
    assert counted == {name: (one["expected"],) for name, one in told.items()}
    assert counted == {name: (one["actual"],) for name, one in told.items()}
    assert {"equal"} == {one["content"] for one in told.values()}


# fault: (what breaks the copy, the proof that must be red, what a finding must name)
FAULTS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "schema": (
        "drop index orders_of_customer",
        "test_every_object_is_what_it_was",
        ("schema.indexes", "public.orders_of_customer"),
    ),
    "rights": (
        "grant select on customers to public",
        "test_every_object_is_what_it_was",
        ("schema.tables.acl", "public.customers"),
    ),
    "counts": (
        "delete from heartbeat",
        "test_every_table_kept_its_rows",
        ("counts", "public.heartbeat"),
    ),
    "content": (
        "update orders set note = note || ' ' where id = 4711",
        "test_every_row_is_what_it_was",
        ("content.changed_rows", "public.orders", "4711", "note"),
    ),
    "hidden key": (
        "update customers set since = '2024-01-02' where email = 'customer7@example.org'",
        "test_every_row_is_what_it_was",
        ("content.changed_rows", "public.customers", "since"),
    ),
    "integrity": (
        "set session_replication_role = replica; delete from customers where id = 500",
        "test_no_foreign_key_points_nowhere",
        ("integrity.orphans", "orders_customer_id_fkey"),
    ),
    "sequence": (
        "select setval('orders_id_seq', 10)",
        "test_sequences_are_ahead_of_their_columns",
        ("integrity.sequences", "public.orders_id_seq"),
    ),
    "isolation": (
        "create extension dblink; create function call_home() returns void language sql as "
        "$$ select dblink_exec('host=db.example password=hunter2', 'select 1') $$",
        "test_the_databases_of_the_copy_are_isolated",
        ("isolation", "public.call_home"),
    ),
}


@pytest.mark.parametrize("fault", daily(FAULTS, "rights", "content", "isolation"))
def test_any_one_fault_is_red_and_names_the_object(shop: Shop, fault: str) -> None:
    """The alarm rings for the check that should ring it (R34 to R39)."""
    statement, red, named = FAULTS[fault]
    shop.break_copy(*statement.split("; "))

    result = shop.verify()

    assert 1 == result.status, result.out
    assert red in result.failed()
    assert any(all(word in json.dumps(one) for word in named) for one in result.findings())
    everything = result.out + (result.folder / "journal.jsonl").read_text()
    for secret in ("hunter2", "customer7@example.org", "order 4711"):
        assert secret not in everything


def test_a_baseline_proves_a_copy_with_the_source_long_gone(shop: Shop, tmp_path: Path) -> None:
    """R51: recorded once, compared as often as one likes; and red when the copy is not it."""
    file = tmp_path / "shop.json"
    recorded = shop.run(f"--source-dsn={shop.dsn(shop.source)}", f"--record-baseline={file}")
    assert 0 == recorded.status, recorded.out
    assert "6 tables" in recorded.out
    assert "customer7@example.org" not in file.read_text()

    proven = shop.run(*shop.restored, f"--baseline={file}")
    shop.break_copy("update orders set total = total + 1 where id = 15000")
    broken = shop.run(*shop.restored, f"--baseline={file}")

    assert 0 == proven.status, proven.out
    assert proven.verdict.startswith("PROVEN ")
    assert 1 == broken.status, broken.out
    assert ["public.orders"] == [one["subject"] for one in broken.findings()]


def settings(tmp_path: Path, text: str) -> str:
    """The option that names a settings file of this text."""
    file = tmp_path / "drill.toml"
    file.write_text(text)
    return f"--drill-config={file}"


def test_two_truths_around_the_target_bound_what_moved(shop: Shop, tmp_path: Path) -> None:
    """DESIGN 4: what did not move is exact, what moved lies between, and is named."""
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    source = f"--source-dsn={shop.dsn(shop.copy)}"  # it plays the source at three moments
    shop.run(source, f"--record-baseline={before}")
    shop.break_copy("insert into orders (customer_id, placed_at, total) values (1, now(), 1)")
    with shop.connect("postgres") as connection:
        connection.execute("create database shop_at_t template shop_restored")
    shop.break_copy("insert into orders (customer_id, placed_at, total) values (1, now(), 1)")
    shop.run(source, f"--record-baseline={after}", f"--baseline={before}")
    both = (f"--baseline={before}", f"--baseline={after}")
    shop.copy = "shop_at_t"
    bounded = settings(tmp_path, '[content]\nproof = "bounded"\n')
    try:
        proven = shop.run(*shop.restored, *both, bounded)
        exact = shop.run(*shop.restored, *both)
        shop.break_copy("delete from heartbeat")
        broken = shop.run(*shop.restored, *both, bounded)
    finally:
        with shop.connect("postgres") as connection:
            connection.execute("drop database shop_at_t with (force)")
        shop.copy = "shop_restored"

    assert 0 == proven.status, proven.out
    assert "(2 bounded, " in proven.verdict
    assert "bounded" == proven.claims()["test_every_table_kept_its_rows"]
    assert "public.orders" in proven.out
    assert 1 == exact.status, exact.out
    assert exact.verdict.startswith("PROVEN (")
    assert "NOT PROVEN (" in exact.verdict
    assert 1 == broken.status, broken.out
    assert {"test_every_table_kept_its_rows", "test_every_row_is_what_it_was"} <= set(
        broken.failed()
    )
    assert any("public.heartbeat" in one["subject"] for one in broken.findings())


DEMANDS = '''
[proof]
must_have_tables = ["orders", "customers"]

[migrations]
table = "knex_migrations"
lock = "knex_migrations_lock"
newest = "20260101_second"

[restore]
target = "2026-01-10T12:01:00Z"

[content.heartbeat]
table = "heartbeat"
column = "beat_at"

[[content.frozen]]
table = "orders"
where = "placed_at < :t - interval '1 day'"

[[expect]]
name = "no order without a customer"
sql = """
select count(*) from orders o left join customers c on c.id = o.customer_id where c.id is null
"""
equals = 0
'''


def test_what_the_operator_demands_is_proven_and_red_when_it_does_not_hold(
    shop: Shop, tmp_path: Path
) -> None:
    """R5, R40, R41, R68: inventory, migrations, heartbeat, frozen rows, expectations."""
    demands = settings(tmp_path, DEMANDS)
    proven = shop.verify(demands)
    shop.break_copy(
        "update knex_migrations_lock set is_locked = 1",
        "update heartbeat set beat_at = '2026-01-10 12:02+00'",
        "update orders set total = 1 where id = 77",
        "alter table orders drop constraint orders_customer_id_fkey",
        "delete from customers where id = 3",
    )
    broken = shop.verify(demands)

    assert 0 == proven.status, proven.out
    assert "not applicable" in proven.claims().values()  # there is no [[waiver]]
    assert {
        "test_migrations_are_as_the_code_expects",
        "test_the_last_heartbeat_before_the_target_is_there",
        "test_what_no_longer_changes_came_back_equal",
        "test_the_operators_expectations_hold",
    } <= set(broken.failed()), broken.out


def test_a_waiver_accepts_one_difference_until_its_day(shop: Shop, tmp_path: Path) -> None:
    """DESIGN 8: waived and counted; expired or unneeded, it fails."""
    shop.break_copy("alter table parts set (fillfactor = 70)")
    waiver = (
        '[[waiver]]\ncheck = "schema.tables"\nobject = "public.parts"\nproperty = "options"\n'
        'reason = "the copy is denser"\nby = "dba@example.org"\nexpires = {}\n'
    )
    tomorrow, yesterday = (datetime.now(UTC).date() + timedelta(days=days) for days in (1, -1))

    waived = shop.verify(settings(tmp_path, waiver.format(tomorrow)))
    expired = shop.verify(settings(tmp_path, waiver.format(yesterday)))
    shop.break_copy("alter table parts reset (fillfactor)")
    unneeded = shop.verify(settings(tmp_path, waiver.format(tomorrow)))

    assert 0 == waived.status, waived.out
    assert "1 waived" in waived.verdict
    assert ["test_every_object_is_what_it_was"] == expired.failed()
    assert ["test_every_waiver_was_needed"] == unneeded.failed()


def test_a_login_without_superuser_proves_what_its_rights_allow(shop: Shop) -> None:
    """What a right hides is not proven, by name; the rest is."""
    shop.user = READER

    result = shop.verify("--unproven=warn")

    assert 0 == result.status, result.out
    assert "NOT PROVEN (" in result.verdict
    assert "passed" == result.claims()["test_every_row_is_what_it_was"]
    assert "not proven" == result.claims()["test_every_index_is_sound"]
    assert "amcheck" in result.out


def test_a_lock_on_one_table_leaves_the_others_judged(shop: Shop, tmp_path: Path) -> None:
    """One clear line, no endless wait, and no green."""
    with shop.connect(shop.copy) as holder, holder.transaction():
        holder.execute("lock table parts in access exclusive mode")
        result = shop.verify("-k", "content")

    assert result.status in (0, 1)
    assert "not proven" == result.claims()["test_every_row_is_what_it_was"]
    assert "public.parts" in result.out
    assert "55P03" in result.out


def test_it_runs_on_one_worker_under_xdist(shop: Shop) -> None:
    result = shop.verify("-n2")

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN ")


BAD: dict[str, tuple[tuple[str, ...], str]] = {
    "neither side": ((), "--restored-dsn"),
    "no truth": (("{restored}",), "--source-dsn"),
    "no copy": (("{source}",), "--restored-dsn"),
    "itself": (("{source}", "--restored-dsn={source_dsn}"), "compared with itself"),
    "no such database": (("{source}", "--restored-dsn={source_dsn}_no"), "--restored-dsn"),
    "no server": (("{source}", "--restored-dsn=host=127.0.0.1 port=1"), "--restored-dsn"),
    "no login": (("{source}", "--restored-dsn=hunter2"), "--restored-dsn"),
    "unset variable": (("{source}", "--restored-dsn=env:NOT_SET"), "NOT_SET"),
    "a missing baseline": (("{restored}", "--baseline=gone.json"), "gone.json"),
    "no baseline": (("{restored}", "--baseline=pyproject.toml"), "pyproject.toml"),
    "three baselines": (("{restored}", *["--baseline=a"] * 3), "--baseline"),
    "recording without a source": (("--record-baseline=x.json",), "--source-dsn"),
    "recording over a file": (("{source}", "--record-baseline=pyproject.toml"), "pyproject.toml"),
}


@pytest.mark.parametrize(
    "case", daily(BAD, "no truth", "itself", "no server", "a missing baseline")
)
def test_bad_input_is_one_clear_line_and_4(shop: Shop, case: str) -> None:
    """It names the option and what to do, and shows no secret."""
    options, named = BAD[case]
    known: dict[str, Any] = {
        "source": f"--source-dsn={shop.dsn(shop.source)}",
        "source_dsn": shop.dsn(shop.source),
        "restored": shop.restored[0],
    }

    result = shop.run(*(option.format(**known) for option in options))

    assert 4 == result.status, result.out
    assert named in result.out
    assert "Traceback" not in result.out
    assert "hunter2" not in result.out
