"""What is documented is what is accepted: the examples, the page, and each key's example."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from fixtures.settings import Settings, load_settings, scope
from fixtures.settings.consistency import NEEDS_A_CLUSTER
from fixtures.settings.document import markdown, toml
from fixtures.settings.explain import table_of
from tests.settings.helpers import load

REPOSITORY = Path(__file__).parents[2]
EXAMPLES = REPOSITORY / "examples" / "clusters"


def example(name: str) -> Settings:
    return load_settings(EXAMPLES / name, environ={}, invocation_dir=REPOSITORY)


def test_the_page_is_current() -> None:
    """To renew it: python -m fixtures.settings docs > docs/settings.md"""
    assert markdown() == (REPOSITORY / "docs" / "settings.md").read_text()


def test_the_example_of_a_cluster_in_aws_is_valid() -> None:
    settings = example("core-prod.toml")
    assert settings.cloud == "aws"
    assert settings.proof.time_budget == timedelta(minutes=90)
    assert settings.objectives.retention == timedelta(days=7)
    assert settings.expect[0].equals == 0
    assert settings.terraform is not None
    assert settings.terraform.tfvars == REPOSITORY / "prod.tfvars"
    assert settings.warnings() == ()


def test_the_example_of_a_self_managed_cluster_is_valid() -> None:
    settings = example("core-selfmanaged.toml")
    assert settings.cloud == "self-managed"
    assert settings.backup is not None
    assert settings.backup.max_age == timedelta(hours=26)
    assert settings.proof.baseline == Path("/srv/drill/core.json")
    assert settings.terraform is None


def test_the_example_of_a_cumulus_deployment_is_valid_and_filled_in() -> None:
    settings = example("cumulus-prod.toml")
    assert settings.cloud == "aws"
    assert settings.cumulus is not None
    assert settings.source is not None
    assert (settings.cumulus.database,) == settings.source.databases
    assert "files_global_unique" in settings.proof.must_have_tables
    assert settings.migrations is not None
    assert settings.migrations.lock == "knex_migrations_lock"
    assert settings.terraform is not None
    assert settings.terraform.cluster_address == "module.rds_cluster.aws_rds_cluster.cumulus"
    assert settings.fills("terraform", "cluster_address")
    assert not settings.fills("cumulus", "database")
    assert settings.warnings() == ()


def test_every_example_is_one_of_those_tested() -> None:
    assert sorted(path.name for path in EXAMPLES.iterdir()) == [
        "core-prod.toml",
        "core-selfmanaged.toml",
        "cumulus-prod.toml",
    ]


@pytest.mark.parametrize("subject", ["source", "backup"])
def test_the_example_of_every_key_is_valid(subject: str, tmp_path: Path) -> None:
    """A file made of the documented examples alone, once for each subject."""
    without = {
        # A group of the operator's, or one that the run makes for those whom it admits.
        # Access is removed by a command, or by groups that keep somebody.
        "source": {"backup", "dump", "quarantine_admits", "keep"},
        # Access is removed and clients are moved from a cluster of RDS, in a recovery.
        "backup": {"source", "access", "ingest", "clients", "dynamodb", *NEEDS_A_CLUSTER},
    }[subject]
    lines = []
    for table, info in Settings.model_fields.items():
        model, repeated = table_of(info.annotation)
        assert model is not None
        if table in without:
            continue
        lines.append(f"[[{table}]]" if repeated else f"[{table}]")
        lines += [
            f"{name} = {toml((field.examples or [None])[0])}"
            for name, field in model.model_fields.items()
            # [[expect]] takes equals or bounds; its two bounds are tried elsewhere.
            if name not in {*without, "at_least", "at_most"}
        ]
    lines += ["[[expect]]", 'name = "enough"', 'sql = "select 1"', "at_least = 1", "at_most = 9"]
    settings = load(tmp_path, "\n".join(lines))
    assert len(settings.expect) == 2
    assert getattr(settings, subject) is not None


def test_every_key_is_described() -> None:
    undescribed = []
    for table, info in Settings.model_fields.items():
        model, _ = table_of(info.annotation)
        assert model is not None
        undescribed += [
            f"{table}.{name}"
            for name, field in model.model_fields.items()
            if not (field.description and field.examples)
        ]
    assert undescribed == []


def test_what_is_not_named_is_out_of_scope() -> None:
    nothing_said = load_settings(None, environ={}, invocation_dir=REPOSITORY)
    inventory = "[proof] must_have_tables: the inventory is there"
    assert inventory in scope(nothing_said).out
    assert inventory not in scope(example("core-prod.toml")).out


def test_a_source_without_terraform_says_that_adoption_is_not_proven(tmp_path: Path) -> None:
    prod = (EXAMPLES / "core-prod.toml").read_text().partition("[terraform]")[0]
    out = scope(load(tmp_path, prod)).out
    assert "[terraform] adopting the restored cluster does not destroy it" in out


def test_the_new_tables_are_in_or_out_of_scope(tmp_path: Path) -> None:
    out = scope(load(tmp_path, "")).out
    within = scope(
        load(
            tmp_path,
            '[migrations]\ntable = "m"\n[verify]\nrestored = "env:R"\nsource = "env:S"\n',
        )
    ).within
    for table in ("[migrations]", "[verify]"):
        assert any(line.startswith(table) for line in out)
        assert any(line.startswith(table) for line in within)
    assert "compared with [verify] source" in str(within)
