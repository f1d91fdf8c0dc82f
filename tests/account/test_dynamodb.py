"""``pytest drills/pitr --cloud=aws`` with tables of DynamoDB beside the cluster (R24, R58)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from fixtures.rehearsal.sample import DATABASE
from fixtures.rehearsal.writer import Writer
from tests.account.fix_account import SETTINGS, Somebody
from tests.account.fix_tables import EXECUTIONS, GRANULES, TABLES, Twin
from tests.drills.fix_drill import Drill
from tests.dynamodb.archive import create_table


@pytest.fixture(scope="module")
def twin(account: Somebody) -> Iterator[Twin]:
    """The account's tables, which are written to as the cluster is from now on."""
    found = Twin(account.session.client("dynamodb"))
    ledger = account.writer.pause()
    create_table(found.client, GRANULES, ["granuleId"])
    create_table(found.client, EXECUTIONS, ["arn"])
    with account.connect() as connection:
        found.put(connection)
    connect = partial(account.address.connect, account.application, DATABASE)
    first = ledger.acknowledged + 1000
    with Writer(connect, found.work, per_second=20, first=first) as writer:
        writer.wait_for(5)
        yield found


def test_a_drill_restores_the_tables_too_and_holds_the_keys_against_them(
    drill: Drill, account: Somebody, twin: Twin, tmp_path: Path
) -> None:
    """R24, R58: both are written to all the while; the copies of the tables are gone again."""
    drill.environ.update(account.environ)

    result = drill.run(
        "--cloud=aws", f"--drill-config={account.settings(tmp_path, SETTINGS + TABLES)}"
    )

    assert 0 == result.status, result.out
    claims = result.claims()
    assert "passed" == claims["requested_tables"] == claims["restored_tables"]
    assert "passed" == claims["test_the_copy_is_of_no_later_time_than_its_tables"]
    assert "passed" == claims["test_the_tables_are_configured_as_their_sources"]
    # What was under way at the target is bounded, if anything was.
    keys = claims["test_every_row_has_its_item_and_other_items_are_newer"]
    assert keys in ("passed", "bounded")
    assert "withheld" == claims["test_semaphores_count_what_runs"]
    facts = {
        k: v
        for e in result.of("facts")
        if e["subject"] == "dynamodb"
        for k, v in e["facts"].items()
    }
    assert 5 <= facts[f"{GRANULES}: keys of Postgres"] == facts[f"{GRANULES}: in both"]
    assert {EXECUTIONS, GRANULES} == {*twin.tables()}
    assert "LIVE." not in (result.folder / "journal.jsonl").read_text().replace("'LIVE.%'", "")


@pytest.mark.slow
def test_a_row_without_an_item_fails_the_drill_and_what_it_keeps_is_reaped(
    drill: Drill, account: Somebody, twin: Twin, tmp_path: Path
) -> None:
    """R58: red, and the gate is not passed; the tables that are kept for a look go when they have
    expired, by their tags with their own ids.
    """
    drill.environ.update(account.environ)
    twin.client.delete_item(TableName=EXECUTIONS, Key={"arn": {"S": _one_of(account)}})
    text = f'{SETTINGS}\n[limits]\nexpire_after = "1s"\n{TABLES}'
    settings = account.settings(tmp_path, text)

    result = drill.run("--cloud=aws", f"--drill-config={settings}")

    assert 1 == result.status, result.out
    assert ["test_every_row_has_its_item_and_other_items_are_newer"] == [
        one for one in result.failed() if one.startswith("test_")
    ]
    assert {("keys.subset", EXECUTIONS)} == {
        (one["check"], one["subject"]) for one in result.findings()
    }
    kept = [one for one in twin.tables() if "-drill-" in one]
    assert 2 == len(kept)

    reaped = drill.run("--reap", f"--drill-config={settings}")

    assert 0 == reaped.status, reaped.out
    assert all(f"removed table {one}" in reaped.out for one in kept)
    assert not [one for one in twin.tables() if "-drill-" in one]
    assert {EXECUTIONS, GRANULES} <= {*twin.tables()}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "{name}: expected point-in-time recovery, with an earliest"),
        pytest.param(
            'restore_to_time = "2026-01-01T00:00:00Z"',
            "can be restored to",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_what_cannot_be_restored_is_refused_before_anything_is_made(
    drill: Drill, account: Somebody, twin: Twin, tmp_path: Path, text: str, said: str
) -> None:
    """R24: exit 4, in one line that names the table."""
    drill.environ.update(account.environ)
    name = GRANULES
    if not text:
        name = "core-WithoutRecoveryTable"
        if name not in twin.tables():
            create_table(twin.client, name, ["id"], recovery=False)
    settings = f'{SETTINGS}\n[dynamodb]\n{text}\n[[dynamodb.table]]\nname = "{name}"\n'

    result = drill.run("--cloud=aws", f"--drill-config={account.settings(tmp_path, settings)}")

    assert 4 == result.status, result.out
    assert said.format(name=name) in " ".join(result.out.split())
    assert "prepared_quarantine" not in result.claims()
    assert not [one for one in twin.tables() if "-drill-" in one]


def _one_of(account: Somebody) -> str:
    with account.connect() as connection:
        row = connection.execute("select arn from executions where arn like '%:Live:%'").fetchone()
    assert row is not None
    return str(row[0])
