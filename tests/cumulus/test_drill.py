"""``pytest drills/verify`` with ``[cumulus]``: what no comparison sees, for both sides have it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from drills.proofs import cumulus as cumulus_proofs
from fixtures.postgres.server import Server
from tests.cumulus.conftest import COPY, MakeCopy
from tests.drills import journal
from tests.drills.fix_drill import Drill, Outcome
from tests.drills.fix_verify import Shop

pytestmark = pytest.mark.xdist_group("cumulus")

SOURCE = "deployment"
GUARD = "delete from files_global_unique where key like '%/7/1'"


@dataclass
class Deployment(Shop):
    """A source and its copy, and a settings file that names the deployment."""

    folder: Path = Path()

    def settings(self, text: str) -> str:
        file = self.folder / "deployment.toml"
        file.write_text(text)
        return f"--drill-config={file}"


@pytest.fixture
def deployment(
    cluster: Server, copy: MakeCopy, drill: Drill, tmp_path: Path
) -> Iterator[Deployment]:
    made = Deployment(cluster, drill, SOURCE, COPY, folder=tmp_path)
    copy("22")
    with cluster.connect() as conn:
        conn.execute(f"create database {SOURCE} template cumulus_22".encode())
    on_both_sides(made, "create extension amcheck")
    yield made
    with cluster.connect() as conn:
        conn.execute(f"drop database {SOURCE} with (force)".encode())


def cumulus(version: str = "22") -> str:
    return f'[cumulus]\nprefix = "core"\nversion = "{version}"\n'


def claims(result: Outcome) -> dict[str, str]:
    """The outcomes of the proofs of this family, by name."""
    return {name: one for name, one in result.claims().items() if name in vars(cumulus_proofs)}


def on_both_sides(deployment: Deployment, statement: str) -> None:
    for database in (deployment.source, deployment.copy):
        with deployment.connect(database) as conn:
            conn.execute(statement.encode())


def test_a_sound_deployment_is_proven(deployment: Deployment) -> None:
    """R5, R40: by what the version is known to have, with nothing else said."""
    result = deployment.verify(deployment.settings(cumulus()))
    assert 0 == result.status, result.out
    assert {"passed"} == set(claims(result).values())
    assert 6 == len(claims(result))
    assert "passed" == result.claims()["test_the_metadata_inventory_is_there"]
    assert "passed" == result.claims()["test_migrations_are_as_the_code_expects"]


@pytest.mark.slow
def test_what_both_sides_have_broken_is_found(deployment: Deployment) -> None:
    """A guard table without a key is no difference, and no constraint knows of it."""
    on_both_sides(deployment, GUARD)
    result = deployment.verify(deployment.settings(cumulus()))
    assert 1 == result.status
    assert ["test_every_guard_table_holds_every_key"] == result.failed()
    assert "public.files_global_unique" in result.out


@pytest.mark.slow
def test_it_is_waived_as_anything_else(deployment: Deployment) -> None:
    on_both_sides(deployment, GUARD)
    until = datetime.now(UTC).date() + timedelta(days=30)
    waivers = "".join(
        f'[[waiver]]\ncheck = "cumulus.guards.{what}"\nobject = "public.files_global_unique"\n'
        f'property = "{what}"\nreason = "filled again before use"\nexpires = {until}\n'
        'by = "dba@example.org"\n'
        for what in ("count", "unguarded")
    )
    result = deployment.verify(deployment.settings(cumulus() + waivers))
    assert 0 == result.status, result.out
    assert "waived" == claims(result)["test_every_guard_table_holds_every_key"]
    assert "1 waived" in result.verdict


@pytest.mark.slow
def test_another_version_than_is_deployed_is_found(deployment: Deployment) -> None:
    """R40: v18 cannot work with a database of v22."""
    result = deployment.verify(deployment.settings(cumulus("18")))
    assert 1 == result.status
    assert [
        "test_the_schema_is_of_the_version_that_is_deployed",
        "test_the_migrations_are_of_the_version_that_is_deployed",
    ] == result.failed()
    assert "not applicable" == claims(result)["test_every_guard_table_holds_every_key"]


@pytest.mark.slow
def test_a_database_that_is_not_there_is_found(deployment: Deployment) -> None:
    """R59: a deployment whose database nobody restored is not proven by the others."""
    named = cumulus() + 'database = "core_db"\n'
    result = deployment.verify(deployment.settings(named))
    assert 1 == result.status
    assert {"failed"} == set(claims(result).values())
    assert "cumulus.database: core_db" in result.out


@pytest.mark.slow
def test_without_it_nothing_of_it_is_claimed(deployment: Deployment) -> None:
    result = deployment.verify()
    assert 0 == result.status, result.out
    assert {"not applicable"} == set(claims(result).values())
    assert journal.only(result, "run_started")
