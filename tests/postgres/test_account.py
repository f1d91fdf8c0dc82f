"""Who runs the servers. Being root or not is pretended where it matters, never required."""

from __future__ import annotations

import os
import pwd
import tempfile
from pathlib import Path

import pytest

from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.errors import ChooseAnotherAccount

ROOT_AND_TWO = {"root": 0, "postgres": 101, "nobody": 65534, "alice": 1000}


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """The accounts of a pretended machine, on which we are root."""
    accounts = dict(ROOT_AND_TWO)

    def entry(name: str, uid: int) -> pwd.struct_passwd:
        return pwd.struct_passwd((name, "x", uid, uid, "", "/", "/bin/sh"))

    def of_number(uid: int) -> pwd.struct_passwd:
        [name, *_] = [*(name for name in accounts if accounts[name] == uid), ""]
        if not name:
            raise KeyError(uid)
        return entry(name, uid)

    monkeypatch.setattr(pwd, "getpwnam", lambda name: entry(name, accounts[name]))
    monkeypatch.setattr(pwd, "getpwuid", of_number)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return accounts


def test_root_borrows_postgres_then_nobody(machine: dict[str, int]) -> None:
    assert Account.for_servers({}).name == "postgres"
    del machine["postgres"]
    assert Account.for_servers({}).name == "nobody"
    del machine["nobody"]
    with pytest.raises(ChooseAnotherAccount, match=r"refuses to run as root.*PG_OS_USER"):
        Account.for_servers({})


def test_pg_os_user_decides_and_is_not_fallen_through(machine: dict[str, int]) -> None:
    assert Account.for_servers({"PG_OS_USER": "alice"}) == Account("alice", 1000, 1000)
    with pytest.raises(ChooseAnotherAccount, match="PG_OS_USER=bob: this machine has no such"):
        Account.for_servers({"PG_OS_USER": "bob"})
    with pytest.raises(ChooseAnotherAccount, match="PG_OS_USER=root is root"):
        Account.for_servers({"PG_OS_USER": "root"})


@pytest.mark.usefixtures("machine")
def test_everybody_else_runs_them_as_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    alice = Account.for_servers({})
    assert alice == Account.for_servers({"PG_OS_USER": "alice"})
    assert alice.is_current
    assert alice.popen_options() == {"umask": 0o077}
    with pytest.raises(ChooseAnotherAccount, match="only root can run servers as somebody else"):
        Account.for_servers({"PG_OS_USER": "postgres"})


@pytest.mark.usefixtures("machine")
def test_a_user_without_a_passwd_entry_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some container platforms invent a user id, and initdb cannot look it up."""
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(ChooseAnotherAccount, match="user id 12345 has no entry in /etc/passwd"):
        Account.for_servers({})


@pytest.mark.usefixtures("machine")
def test_another_accounts_programs_get_none_of_our_groups() -> None:
    options = Account.for_servers({}).popen_options()
    assert options == {"user": 101, "group": 101, "extra_groups": [], "umask": 0o077}


def test_own_gives_away_a_folder_and_never_what_a_link_points_at(
    account: Account, tmp_path: Path
) -> None:
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub/file").touch()
    outside.touch()
    (folder / "link").symlink_to(outside)
    account.own(folder, recursive=True)
    inside = [folder, *folder.rglob("*")]
    assert {account.uid} == {path.lstat().st_uid for path in inside}
    assert outside.stat().st_uid == os.geteuid()


def test_can_enter_reads_every_folder_above(guardian: Guardian) -> None:
    stranger = Account("stranger", os.geteuid() + 4242, os.getegid() + 4242)
    outer = Path(tempfile.mkdtemp(dir=guardian.folder))
    inner = outer / "inner"
    inner.mkdir()
    for folder in (outer, inner):
        folder.chmod(0o711)
    assert stranger.can_enter(inner)
    outer.chmod(0o700)
    assert not stranger.can_enter(inner)
    assert Account("root", 0, 0).can_enter(inner)
    assert Account("me", os.geteuid(), os.getegid()).can_enter(inner)


def test_the_environment_for_programs_holds_nothing_of_ours(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "x")
    monkeypatch.setenv("AWS_PROFILE", "production")
    environment = account.environment(Path("/run/folder"))
    assert sorted(environment) == ["HOME", "LC_ALL", "LOGNAME", "PATH", "TZ", "USER"]
