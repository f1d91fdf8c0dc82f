"""An option that says nothing of what is drilled is refused: none is accepted and ignored."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from fixtures.refusals import refuse_options_of_others, refuse_what_rds_has_not
from fixtures.settings import Settings, load_settings

SOURCE = """
[source]
cluster = "core-prod"
account = "123456789012"
region = "us-east-1"
"""
DUMP = """
[dump]
files = ["core.dump"]
"""
NOTHING: dict[str, Any] = {
    "engine": "auto",
    "container_image": None,
    "rehearsal_load": None,
    "rehearsal_scale": None,
    "rehearsal_backup": None,
    "rehearsal_source": None,
    "rehearsal_endpoint": None,
}
REHEARSED: dict[str, Any] = {
    "rehearsal_load": ["core.dump"],
    "rehearsal_scale": 2,
    "rehearsal_backup": "tar",
    "rehearsal_source": "instance",
    "rehearsal_endpoint": "http://127.0.0.1:4000",
}
OF_RDS = {
    "--engine": ({"engine": "system"}, ""),
    "--container-image": ({"container_image": "postgres:17.11"}, ""),
    "--snapshot-id": ({}, '[restore]\nsnapshot = "manual"\n'),
}


def settings_of(folder: Path, text: str) -> Settings:
    (folder / "own.toml").write_text(text)
    (folder / "core.dump").touch()
    return load_settings("own.toml", environ={}, invocation_dir=folder)


@pytest.mark.parametrize("name", REHEARSED)
@pytest.mark.parametrize(("text", "table"), [(SOURCE, "[source]"), (DUMP, "[backup] or [dump]")])
def test_what_says_how_to_rehearse_is_refused_beside_what_is_somebodys(
    name: str, text: str, table: str, tmp_path: Path
) -> None:
    """The data of --rehearsal-load would seem to be what was proven."""
    given = Namespace(**{**NOTHING, name: REHEARSED[name]})

    with pytest.raises(pytest.UsageError) as refusal:
        refuse_options_of_others(given, settings_of(tmp_path, text))

    option = "--" + name.replace("_", "-")
    assert str(refusal.value).startswith(f"{option}: is for rehearsals, and ")
    assert f"names a {table}" in str(refusal.value)


@pytest.mark.parametrize("text", [SOURCE, DUMP])
def test_none_of_them_is_nothing_to_refuse(text: str, tmp_path: Path) -> None:
    refuse_options_of_others(Namespace(**NOTHING), settings_of(tmp_path, text))


def test_a_rehearsal_takes_them_all(tmp_path: Path) -> None:
    refuse_options_of_others(Namespace(**{**NOTHING, **REHEARSED}), settings_of(tmp_path, ""))


@pytest.mark.parametrize("option", OF_RDS)
def test_what_rds_has_not_is_refused_beside_a_source(option: str, tmp_path: Path) -> None:
    given, more = OF_RDS[option]

    with pytest.raises(pytest.UsageError, match=f"^{option}="):
        refuse_what_rds_has_not(
            Namespace(**{**NOTHING, **given}),
            settings_of(tmp_path, SOURCE + more),
            frozenset({"pitr"}),
        )


def test_a_source_by_itself_is_not_refused(tmp_path: Path) -> None:
    refuse_what_rds_has_not(
        Namespace(**NOTHING), settings_of(tmp_path, SOURCE), frozenset({"pitr"})
    )
