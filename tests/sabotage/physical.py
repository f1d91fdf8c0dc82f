"""A pytest plugin that makes the restore of drills/physical naive, or its copy wrong, in one way.

``-p tests.sabotage.physical --sabotage=NAME``. Each replaces one function of the drill, where it is
looked up: what a hurried operator's script lacks, or what befell the source before the backup. What
the drill then says is under test, and nothing in the harness knows of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Replace = Callable[[], None]
REPLACEMENTS: dict[str, Replace] = {}
"""By name: what is replaced once the project may be imported."""


def replacement(name: str) -> Callable[[Replace], Replace]:
    """Register one."""

    def register(replace: Replace) -> Replace:
        REPLACEMENTS[name] = replace
        return replace

    return register


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which sabotage."""
    parser.addoption("--sabotage", required=True)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Not sooner: what is imported before the conftest is not rewritten."""
    name = session.config.option.sabotage
    REPLACEMENTS[name]()


@replacement("full disk")
def _full_disk() -> None:
    """The disk of the work folder has a megabyte left when the copy is to be made."""
    from types import SimpleNamespace

    from fixtures.own import physical

    def usage(folder: object) -> SimpleNamespace:
        return SimpleNamespace(free=2**20)

    physical.shutil = SimpleNamespace(disk_usage=usage, rmtree=physical.shutil.rmtree)


def _without(*names: str) -> None:
    """The copy's own settings leave the source's in force."""
    from fixtures.postgres import recovery

    recovery.ISOLATION = {k: v for k, v in recovery.ISOLATION.items() if k not in names}


@replacement("workers")
def _workers() -> None:
    """Row 1: nothing keeps the copy's subscriptions from being applied."""
    _without("max_logical_replication_workers")


@replacement("archiving")
def _archiving() -> None:
    """Row 2: the copy archives as its source did, into its source's archive."""
    _without("archive_mode")


@replacement("archiving, when all is proven")
def _archiving_late() -> None:
    """Row 2, later: the copy's timeline comes into its source's archive when replay has ended."""
    from fixtures.own import physical

    faithful = physical.recovered

    def recovered(ready: Any, server: Any, drill_run: Any) -> Any:
        reached = faithful(ready, server, drill_run)
        (ready.chain.wal.folder / "00000002.history").write_text("1\t0/3000000\tby hand\n")
        return reached

    physical.recovered = recovered


@replacement("half way")
def _half_way() -> None:
    """Row 3: the archive fails at its last segment, in the way that means "there is no more"."""
    from fixtures.postgres.archive import WalArchive

    def restore_command(self: Any, system_identifier: int, wal_segment_size: int) -> str:
        last = max(name for name in self.names() if len(name) == len("0" * 24))
        return (
            f"if test %f = {last}; then echo 503 Slow Down >&2; exit 1; fi; "
            f"cp {self.folder}/%f %p 2>/dev/null"
        )

    WalArchive.restore_command = restore_command  # type: ignore[method-assign]


@replacement("end unknown")
def _end_unknown() -> None:
    """Row 4: nobody wrote down when the backup ended."""
    from dataclasses import replace

    from fixtures.own import physical

    def find_way(backup: Any, *rest: Any) -> Any:
        return faithful(replace(backup, ended_at=None), *rest)

    faithful = physical.find_way
    physical.find_way = find_way


@replacement("paused")
def _paused() -> None:
    """Row 5: PostgreSQL's own default."""
    from fixtures.postgres.target import RecoveryTarget

    faithful = RecoveryTarget.settings

    def settings(self: Any) -> dict[str, str]:
        return {**faithful(self), "recovery_target_action": "pause"}

    RecoveryTarget.settings = settings  # type: ignore[method-assign]


@replacement("far future")
def _far_future() -> None:
    """Row 6: a target that no WAL comes to; "pg_ctl start" says that the server started."""
    from dataclasses import replace
    from datetime import UTC, datetime

    from fixtures.own import physical
    from fixtures.postgres.target import RecoveryTarget

    faithful = physical.find_way

    def find_way(backup: Any, server: Any, kept: Any, drill_run: Any) -> Any:
        never = RecoveryTarget.time(datetime(2099, 1, 1, tzinfo=UTC))
        return faithful(backup, server, replace(kept, target=never), drill_run)

    physical.find_way = find_way


@replacement("another point")
def _another_point() -> None:
    """R65: what is replayed is not what was asked for, and nobody looks where it ended."""
    from dataclasses import replace

    from fixtures.own import physical
    from fixtures.postgres.reached import Reached
    from fixtures.postgres.target import RecoveryTarget

    faithful = physical.isolated

    def isolated(files: Any, way: Any, server: Any, kept: Any) -> Any:
        return faithful(files, replace(way, target=RecoveryTarget.immediate()), server, kept)

    physical.isolated = isolated
    Reached.require = lambda self, *rest: None  # type: ignore[method-assign]


@replacement("few connections")
def _few_connections() -> None:
    """Row 28: a smaller machine, with settings of its own."""
    from fixtures.own import physical

    faithful = physical.Server

    def server(*places: Any, **options: Any) -> Any:
        return faithful(*places, **options, settings={"max_connections": "20"})

    physical.Server = server


@replacement("not recovered")
def _not_recovered() -> None:
    """Row 27: started as a server that crashed; its log and its timeline are nobody's concern."""
    from types import SimpleNamespace

    from fixtures.own import physical

    def recovered(ready: Any, server: Any, drill_run: Any) -> Any:
        for name in ("backup_label", "recovery.signal"):
            (server.data / name).unlink()
        server.start()
        return SimpleNamespace(timeline=1, last_commit_at=None)

    physical.recovered = recovered
