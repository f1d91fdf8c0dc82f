"""What `[cumulus]` fills in: visible, of the version, and only where nobody says it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from checks.cumulus.generations import GENERATIONS, generation_of
from fixtures.cumulus.profile import fill
from fixtures.cumulus.twins import KEYS
from fixtures.settings import FixSettings
from fixtures.settings.__main__ import main
from fixtures.settings.scope import scope
from tests.settings.helpers import BACKUP, SOURCE, load

KNOWN = {
    "cumulus": ("prefix", "version", "database"),
    "proof": ("must_have_tables",),
    "migrations": ("table", "lock"),
    "terraform": ("cluster_address",),
    "clients": ("secrets", "redeploy", "references"),
    "dynamodb": ("table", "semaphores"),
}
VERSIONS = [str(version) for version in range(11, 23)]


def cumulus(version: str = "18", **more: str) -> str:
    said = "".join(f'{name} = "{value}"\n' for name, value in more.items())
    return f'[cumulus]\nprefix = "core-prod"\nversion = "{version}"\n{said}'


def filled(version: str, **tables: Any) -> dict[str, Any]:
    said = {
        "source": {"cluster": "core-prod"},
        "cumulus": {"prefix": "core-prod", "version": version},
        **tables,
    }
    return fill({name: one for name, one in said.items() if one is not None}, KNOWN).tables


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_says_what_it_has(version: str) -> None:
    """R5, R40, R55: tables, migrations, secrets, commands, tables of DynamoDB."""
    tables = filled(version, terraform={"dir": "rds-cluster-tf"})
    generation = generation_of(version)
    assert list(generation.tables) == tables["proof"]["must_have_tables"]
    assert {"table": "knex_migrations", "lock": "knex_migrations_lock"} == tables["migrations"]
    assert ["core-prod_db_login"] == tables["clients"]["secrets"]
    assert ["data-persistence", "cumulus"] == [one["name"] for one in tables["clients"]["redeploy"]]
    assert "core-prod-SemaphoresTable" == tables["dynamodb"]["semaphores"]
    assert "module.rds_cluster.aws_rds_cluster.cumulus" == tables["terraform"]["cluster_address"]
    names = [one["name"] for one in tables["dynamodb"].get("table", [])]
    assert [f"core-prod-{name}" for name in generation.twins] == names
    assert (int(version) < 16) is bool(names)
    assert ("executions_global_unique" in tables["proof"]["must_have_tables"]) is (version == "22")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("proof", {"must_have_tables": ["granules"]}),
        ("migrations", {"table": "mine.migrations"}),
        ("clients", {"secrets": [], "redeploy": []}),
        ("dynamodb", {"table": [], "semaphores": "another"}),
    ],
)
def test_what_is_said_wins(table: str, said: dict[str, Any]) -> None:
    """Also where it is said that there is none; and a table about one thing is left whole."""
    assert said == filled("13", **{table: said})[table]


def test_the_rest_of_a_table_is_filled_in() -> None:
    said = filled("13", dynamodb={"semaphores": "another"}, proof={"content": "counts"})
    assert 8 == len(said["dynamodb"]["table"])
    assert "counts" == said["proof"]["content"]
    assert "granules" in said["proof"]["must_have_tables"]


def test_what_the_settings_do_not_know_is_not_filled_in() -> None:
    said = fill({"source": {}, "cumulus": {"prefix": "core", "version": "13"}}, {"cumulus": ()})
    assert {"source", "cumulus"} == set(said.tables)
    assert () == said.added


@pytest.mark.parametrize("about", [{"backup": {}}, {"dump": {}}, {}], ids=str)
def test_who_has_no_cluster_moves_no_clients(about: dict[str, Any]) -> None:
    """A backup of one's own, a dump, a rehearsal: what must be there, and nothing else."""
    assert {*about, "cumulus", "proof", "migrations"} == set(filled("13", source=None, **about))


@pytest.mark.parametrize(
    ("databases", "said", "expected"),
    [
        (None, None, "core_prod_db"),
        (["core"], None, "core"),
        (["core", "other"], None, "core_prod_db"),
        (["core"], "else", "else"),
    ],
)
def test_the_database_is_the_one_named_else_the_deployments_own(
    databases: list[str] | None, said: str | None, expected: str
) -> None:
    source = {"cluster": "core-prod", **({"databases": databases} if databases else {})}
    own = {"prefix": "core-prod", "version": "13", **({"database": said} if said else {})}
    tables = filled("13", source=source, cumulus=own)
    assert expected == tables["cumulus"]["database"]
    assert {expected} == {one["database"] for one in tables["dynamodb"]["table"]}


def test_every_twin_has_its_keys() -> None:
    """A query for each table of a version with twins."""
    assert {name for one in GENERATIONS for name in one.twins} == set(KEYS)


def test_what_is_filled_in_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "core.toml"
    file.write_text(SOURCE + cumulus("22") + '[proof]\nmust_have_tables = ["granules"]\n')
    assert 0 == main(["check", str(file)])
    said = capsys.readouterr().out
    assert 'filled in by [cumulus], where nothing else is said:\n  [cumulus] database = "' in said
    assert '  [migrations] lock = "knex_migrations_lock"\n' in said
    assert "[proof] must_have_tables = " not in said
    assert "[cumulus] the invariants of a deployment hold: v22 of core-prod" in said


def test_it_is_validated_and_kept_as_what_is_said(tmp_path: Path) -> None:
    settings = load(tmp_path, BACKUP + cumulus("22", database="core"))
    assert settings.migrations is not None
    assert "knex_migrations" == settings.migrations.table
    assert settings.fills("migrations", "table")
    assert not settings.fills("cumulus", "database")
    assert "knex_migrations_lock" in str(settings.masked())


def test_without_it_nothing_is_filled_in(tmp_path: Path) -> None:
    settings = load(tmp_path, SOURCE)
    assert () == settings.filled
    assert "[cumulus] the invariants of a deployment hold" in scope(settings).out


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (cumulus("10"), "[cumulus] version: is not a version of Cumulus that is known, 11 to 22"),
        (cumulus("23"), "[cumulus] version: is not a version of Cumulus that is known"),
        ('[cumulus]\nprefix = "core"\n', "[cumulus] version: missing"),
        ('[cumulus]\nprefix = "core"\nversion = 18\n', "[cumulus] version: is a number; text"),
        ('[cumulus]\nprefix = "-"\nversion = "18"\n', "[cumulus] prefix: is not the prefix of a"),
        ('[cumulus]\nversion = "18"\n', "[cumulus] prefix: missing"),
        ('[cumulus]\nprefix = 1\nversion = "18"\n', "[cumulus] prefix: is a number; text"),
        ("cumulus = 1\n", "[cumulus]: is a number; write [cumulus] with one bracket"),
    ],
)
def test_a_wrong_one_is_told_in_one_line(text: str, expected: str, tmp_path: Path) -> None:
    with pytest.raises(FixSettings) as refusal:
        load(tmp_path, text)
    (line,) = str(refusal.value).splitlines()
    assert expected in line


def test_a_rehearsal_of_a_real_file_leaves_it_out(tmp_path: Path) -> None:
    """The sample workload is nobody's deployment; a file of a rehearsal alone may name one."""
    assert load(tmp_path, SOURCE + cumulus(), rehearsal=True).cumulus is None
    settings = load(tmp_path, cumulus(), rehearsal=True)
    assert settings.cumulus is not None
    assert "granules" in settings.proof.must_have_tables


def test_a_tenant_is_no_database_that_is_proven(tmp_path: Path) -> None:
    """R60: its rows are either proven, or somebody else's."""
    text = SOURCE + 'databases = ["core"]\ntenants = ["atlas", "core"]\n'
    with pytest.raises(FixSettings, match="names 'core', which is one of databases"):
        load(tmp_path, text)
    assert load(tmp_path, text.replace(', "core"', "")).source is not None
