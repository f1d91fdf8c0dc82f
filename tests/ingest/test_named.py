"""What settings say of ingest, and what is made of it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.account.ingest import check_commands, ingest_in
from fixtures.aws.wait import Pace
from fixtures.claims import BadInput
from fixtures.ingest.cumulus import CumulusIngest
from fixtures.ingest.generic import GenericIngest
from fixtures.ingest.seam import HasApi
from fixtures.settings import load_settings
from fixtures.settings.scope import scope

SOURCE = '[source]\ncluster = "core"\naccount = "123456789012"\nregion = "us-east-1"\n'
SOURCE += 'databases = ["core"]\n'
CUMULUS = '[cumulus]\nprefix = "core-prod"\nversion = "{version}"\n'
INGEST = '[ingest]\nhalt = ["select 1"]\nresume = [["true"]]\n'


class Requested:
    """A session that makes no client; what would be asked is noted."""

    region = "us-east-1"

    def client(self, service: str) -> Any:
        return SimpleNamespace(service=service)


def run_of(folder: Path, text: str) -> Any:
    file = folder / "core.toml"
    file.write_text(SOURCE + text)
    settings = load_settings(file, environ={}, invocation_dir=folder)
    return SimpleNamespace(id="run-1", settings=settings, guardian_socket=folder / "g")


def named(folder: Path, text: str, connect: Any = lambda _: None) -> Any:
    return ingest_in(
        run_of(folder, text),
        Requested(),
        connect=connect,
        databases=["core"],
        maintenance="postgres",
        pace=Pace(),
    )


@pytest.mark.parametrize(("version", "patches"), [("11", False), ("13.4", False), ("14", True)])
def test_an_archive_s_rules_are_switched_as_its_version_knows(
    tmp_path: Path, version: str, patches: bool
) -> None:
    """R8: PATCH since v14, PUT before."""
    ingest = named(tmp_path, CUMULUS.format(version=version))
    assert isinstance(ingest, CumulusIngest)
    assert isinstance(ingest, HasApi)
    assert patches is ingest._looking.api._patches
    assert "core-prod-PrivateApiLambda" == ingest._looking.api.function


def test_commands_and_sql_alone_have_no_api(tmp_path: Path) -> None:
    """R9 has nothing to try there."""
    ingest = named(tmp_path, INGEST)
    assert isinstance(ingest, GenericIngest)
    assert not isinstance(ingest, HasApi)


def test_nothing_that_is_named_is_nothing_that_is_halted(tmp_path: Path) -> None:
    assert named(tmp_path, "") is None


def test_a_drill_has_nobody_who_could_halt(tmp_path: Path) -> None:
    """R32: the administrator's login is a recovery's."""
    assert named(tmp_path, CUMULUS.format(version="18") + INGEST, connect=None) is None


def test_what_cannot_be_run_is_bad_input(tmp_path: Path) -> None:
    """R8: a program that is not there, a variable that is not set."""
    away = run_of(tmp_path, INGEST.replace('"true"', '"no-such-program"'))
    check_commands(away, "halt")
    with pytest.raises(BadInput, match=r"\[ingest\] resume: there is no program no-such-program"):
        check_commands(away, "halt", "resume")
    unset = run_of(tmp_path, INGEST + 'environment = ["NOT_SET"]\n')
    with pytest.raises(BadInput, match=r"\[ingest\] resume: environment names NOT_SET"):
        check_commands(unset, "resume")
    check_commands(run_of(tmp_path, ""), "resume")


def test_the_scope_says_what_is_halted(tmp_path: Path) -> None:
    file = tmp_path / "core.toml"
    file.write_text(SOURCE + CUMULUS.format(version="18") + INGEST)
    found = scope(load_settings(file, environ={}, invocation_dir=tmp_path))
    (line,) = [one for one in found.within if one.startswith("[ingest]")]
    assert line.endswith(": the rules of core-prod, 1 commands and queries")
