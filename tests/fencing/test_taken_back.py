"""``--back-out``: access is given back by what stands, and what failed is tried again (R69)."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.claims import BadInput
from fixtures.fencing.choice import closing_of
from fixtures.fencing.taken_back import check_way_back, give_back_access
from fixtures.guardian import Guardian
from fixtures.operators.errors import ProgramFailed
from fixtures.postgres.fence import raise_fence
from fixtures.postgres.fence_mark import Marker, fence_marks
from fixtures.settings import Settings
from fixtures.settings.fingerprint import fingerprint
from tests.fencing.fix_cluster import CORE, TENANT, Cluster, is_alive
from tests.fencing.fix_estate import RUN, RUNNER, Estate

SOURCE = {
    "cluster": "core-prod",
    "account": "123456789012",
    "region": "us-east-1",
    "databases": [CORE],
}


def run_of(**access: Any) -> Any:
    """As much of a run as is asked for."""
    settings = Settings.model_validate({"source": SOURCE, "access": access})
    return SimpleNamespace(id=RUN, mode="recovery", settings=settings)


class Door:
    """A cluster, its groups, and the run that closes both."""

    def __init__(self, cluster: Cluster, estate: Estate) -> None:
        self.cluster, self.estate = cluster, estate
        estate.source.endpoint = "core-prod.example"  # type: ignore[attr-defined]
        self.clients = {"rds": estate.rds, "ec2": estate.ec2}

    def close(self, run: Any) -> None:
        described: Any = self.estate.source
        raise_fence(
            self.cluster.master,
            [CORE, TENANT],
            closing=closing_of(run, described, [CORE, TENANT], **self.clients),
            marker=Marker(run.id, fingerprint(run.settings)),
        )

    def back(self, run: Any) -> list[tuple[str, bool]]:
        described: Any = self.estate.source
        connect = self.cluster.master
        lines = give_back_access(run, described, connect, maintenance="postgres", **self.clients)
        return list(lines)

    def marks(self) -> set[str]:
        return set(fence_marks(self.cluster.master, maintenance="postgres"))


@pytest.fixture
def door(cluster: Cluster, estate: Estate) -> Door:
    return Door(cluster, estate)


GROUPS = {"method": "security-group", "keep": [RUNNER]}


def test_limits_are_lifted(door: Door) -> None:
    before, run = door.cluster.limits(), run_of()
    door.close(run)
    lines = door.back(run)
    assert [True, True] == [well for _, well in lines]
    assert f"lifted: the fence of {TENANT}, whose connection limit is 7 again" in dict(lines)
    assert (before, set()) == (door.cluster.limits(), door.marks())
    assert [("found as it was: no database is fenced by it", True)] == door.back(run)


def test_groups_are_opened_and_the_marks_go(door: Door) -> None:
    before, run = door.estate.rules(), run_of(**GROUPS)
    door.close(run)
    assert before != door.estate.rules()
    lines = dict(door.back(run))
    assert all(lines.values())
    for group in door.estate.source.security_groups:
        assert f"opened: security group {group}, with every rule that it had" in lines
    assert (before, set()) == (door.estate.rules(), door.marks())


def test_groups_are_opened_before_the_databases_are_asked(door: Door) -> None:
    """They may keep out whoever takes it back, on another machine."""
    before, run = door.estate.rules(), run_of(**GROUPS)
    door.close(run)
    seen: list[bool] = []
    master = door.cluster.master

    def connect(dbname: str) -> Any:
        seen.append(door.estate.rules() == before)
        return master(dbname)

    door.cluster.master = connect  # type: ignore[method-assign]
    door.back(run)
    assert seen
    assert all(seen)


def test_groups_without_a_mark_are_opened_too(door: Door) -> None:
    """It died between the two of giving back, or somebody wiped a comment."""
    before, run = door.estate.rules(), run_of(**GROUPS)
    door.close(run)
    for name in (CORE, TENANT):
        door.cluster.admin.execute(f'comment on database "{name}" is null')
    assert all(dict(door.back(run)).values())
    assert before == door.estate.rules()


def test_other_settings_give_back_nothing_that_they_do_not_name(door: Door) -> None:
    """The marks stay, so that the right ones still find what to do."""
    before = door.estate.rules()
    door.close(run_of(**GROUPS))
    (line,) = door.back(run_of())
    assert (
        "not taken back: access was removed by security-group, and [access] says connection-limit",
        False,
    ) == line
    assert {CORE, TENANT} == door.marks()
    assert before != door.estate.rules()


def test_a_command_that_fails_to_give_back_is_tried_again(
    door: Door, tmp_path: Path, guardian: Guardian
) -> None:
    flag, calls = tmp_path / "may", tmp_path / "calls"
    restore = (
        f"import pathlib, sys; pathlib.Path({str(calls)!r}).open('a').write('x')\n"
        f"sys.exit(0 if pathlib.Path({str(flag)!r}).exists() else 3)"
    )
    run = run_of(
        method="command",
        remove=[sys.executable, "-c", "pass"],
        restore=[sys.executable, "-c", restore],
    )
    run.guardian_socket = guardian.socket
    victim = door.cluster.app(CORE)
    door.close(run)
    assert not is_alive(victim)  # sessions are ended, whatever the command did
    with pytest.raises(ProgramFailed, match=r"\[access\] restore ended with exit status 3"):
        door.back(run)
    assert {CORE, TENANT} == door.marks()
    flag.touch()
    assert ("done: [access] restore", True) in door.back(run)
    assert ("xx", set()) == (calls.read_text(), door.marks())


def test_what_cannot_give_back_is_refused_before_anything_is(
    door: Door, guardian: Guardian
) -> None:
    """R69: also where the program that closed it would be there."""
    away = run_of(method="command", remove=["true"], restore=["no-such-program"])
    away.guardian_socket = guardian.socket
    described: Any = door.estate.source
    with pytest.raises(BadInput, match=r"\[access\] restore: there is no program"):
        check_way_back(away, described)
    check_way_back(run_of(), described)
