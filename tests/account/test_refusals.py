"""What keeps a drill from an account is told in one line, exit 4, before anything is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.aws.description import read_instances
from tests.account.fix_account import CLUSTER, Somebody
from tests.drills.fix_drill import Drill

# What is wrong: (settings, environment, what the one line says).
WRONG: dict[str, tuple[dict[str, str], dict[str, str | None], str]] = {
    "another account": ({"account": "999999999999", "role": ""}, {}, "999999999999"),
    "a role of another account": (
        {"role": "arn:aws:iam::999999999999:role/restore-drill"},
        {},
        "[source] role",
    ),
    "no credentials": ({}, {"AWS_ACCESS_KEY_ID": None}, "AWS_ACCESS_KEY_ID"),
    "no such cluster": ({"cluster": "core-gone"}, {}, "core-gone"),
    "a wrong password": (
        {},
        {"CORE_PROD_LOGIN": "user=drill_reader password=wrong"},
        "[source] login",
    ),
    "a login that is not set": ({}, {"CORE_PROD_LOGIN": None}, "CORE_PROD_LOGIN is not set"),
    "an endpoint elsewhere": (
        {},
        {"DRILL_TEST_AWS_ENDPOINT": "https://rds.example.com"},
        "DRILL_TEST_AWS_ENDPOINT",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_an_account_that_cannot_be_used_is_refused(
    wrong: str, drill: Drill, account: Somebody, tmp_path: Path
) -> None:
    settings, environ, why = WRONG[wrong]
    given = {**account.environ, **environ}
    drill.environ.update({name: value for name, value in given.items() if value is not None})

    result = drill.run("--cloud=aws", f"--drill-config={account.settings(tmp_path, **settings)}")

    assert 4 == result.status, result.out
    told = ("pitr: BAD INPUT", "ERROR: ")
    (line,) = [one for one in result.out.splitlines() if one.startswith(told)]
    assert why in line
    assert account.reader.password not in result.out
    assert [CLUSTER] == [
        one["DBClusterIdentifier"] for one in account.rds.describe_db_clusters()["DBClusters"]
    ]
    assert 2 == len(read_instances(account.rds, CLUSTER))
    assert not list(drill.work.iterdir())


def test_a_resource_id_of_a_source_that_is_there_is_refused(
    drill: Drill, account: Somebody, tmp_path: Path
) -> None:
    """The copy is called after the source, in the session policy too (R25)."""
    drill.environ.update(account.environ)
    (cluster,) = account.rds.describe_db_clusters()["DBClusters"]
    settings = account.settings(tmp_path, cluster=cluster["DbClusterResourceId"])

    result = drill.run("--cloud=aws", f"--drill-config={settings}")

    assert 4 == result.status, result.out
    assert f"and called {CLUSTER}: write that" in result.out


@pytest.mark.parametrize(
    ("named", "why"),
    [
        ("drills/physical", "restores a [backup]"),
        ("drills/logical", "restores a [dump]"),
    ],
)
def test_a_drill_that_a_source_cannot_have_is_refused(
    named: str, why: str, drill: Drill, tmp_path: Path
) -> None:
    """Nothing is asked of AWS by then: there are no credentials."""
    settings = tmp_path / "core-prod.toml"
    settings.write_text(
        '[source]\ncluster = "core"\naccount = "123456789012"\nregion = "us-east-1"\n'
    )

    result = drill.run(named, f"--drill-config={settings}")

    assert 4 == result.status, result.out
    assert why in result.out
    assert not list(drill.work.iterdir())


def test_a_baseline_that_is_not_there_is_refused_before_anything_is_made(
    drill: Drill, account: Somebody, settings: Path, tmp_path: Path
) -> None:
    """It is compared with when the copy is there: an hour late, or behind a fence."""
    drill.environ.update(account.environ)

    result = drill.run(
        "--cloud=aws", f"--drill-config={settings}", f"--baseline={tmp_path / 'none.json'}"
    )

    assert 4 == result.status, result.out
    assert "BAD INPUT: [proof] baseline:" in result.out
    assert "Set up the quarantine" not in result.out
    assert [CLUSTER] == [
        one["DBClusterIdentifier"] for one in account.rds.describe_db_clusters()["DBClusters"]
    ]
