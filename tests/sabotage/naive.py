"""A pytest plugin that makes the restore of `drills/logical` careless, as people restore dumps.

``-p tests.sabotage.naive --naive=NAME``: each restore ends well by its own account, and is wrong.
What the proofs then say is under test; nothing in the harness knows of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

AFTERWARDS = {
    # row 18, 20, 21, 29, and a right that a restore left out
    "triggers-off": "alter table orders disable trigger all",
    "not-refreshed": "refresh materialized view totals with no data",
    "fenced": "alter database store connection limit 0",
    "migration-interrupted": "create table parts_new as select * from parts limit 20;"
    " drop table parts; alter table parts_new rename to parts",
    "rls-off": "alter table parts disable row level security, no force row level security",
    "policy-lost": "drop policy parts_of_all on parts",
    "subscribed": "alter system set max_logical_replication_workers = 4",
}
RESTORES = (
    "errors-ignored",
    "end-not-looked-at",
    "without-globals",
    "database-made-by-hand",
    "without-large-objects",
    "data-only",
    "not-analysed",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which carelessness."""
    parser.addoption("--naive", choices=[*RESTORES, *AFTERWARDS], required=True)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Put the careless restore in the careful one's place."""
    # Not sooner: what is imported before the conftest is not rewritten.
    match session.config.option.naive:
        case "errors-ignored":
            _ignore_errors()
        case "end-not-looked-at":
            _ignore_the_end()
        case "without-globals":
            _leave_globals_out()
        case "database-made-by-hand":
            _play_into_a_database_of_ones_own()
        case "without-large-objects":
            _play_into_a_database_of_ones_own("--schema=public")
        case "data-only":
            _ignore_errors()
            _play_into_a_database_of_ones_own("--schema-only")
            _play_into_a_database_of_ones_own("--data-only", after=True)
        case "not-analysed":
            from fixtures.dumps import restore

            restore.analyse = lambda *_: None


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Iterator[Any]:
    """What somebody did to the copy before it was proven."""
    value = yield
    statement = AFTERWARDS.get(request.config.option.naive)
    if fixturedef.argname == "writable_copy" and statement is not None:
        with value.connect("store") as connection:
            connection.execute(statement)
    return value


def _ignore_errors() -> None:
    """``psql < dump.sql``: it goes on after every error, and exits 0."""
    from fixtures.dumps import player

    player.PSQL = ("-X", "-q", "-f", "-")


def _ignore_the_end() -> None:
    """Nobody looks whether the dump is whole."""
    from dataclasses import replace

    from fixtures.dumps import file, script, whole

    def careless(lines: Any) -> Any:
        return replace(script.read_script(lines), unfinished=None)

    file.read_script = careless
    whole.read_script = careless


def _leave_globals_out() -> None:
    """The roles are made by hand, so that the dump loads."""
    from fixtures.dumps import restore

    restore.require_roles = lambda into, dumps, _: restore.make_placeholders(into, dumps)
    restore.restore_globals = lambda *_: None


def _play_into_a_database_of_ones_own(*words: str, after: bool = False) -> None:
    """``createdb store && pg_restore -d store``, where the dump would make it itself."""
    from fixtures.dumps import restore
    from fixtures.dumps.player import play

    before = restore.restore_databases

    def restore_databases(into: Any, dumps: Any, names: Any) -> tuple[str, ...]:
        if after:
            before(into, dumps, names)
        for whole in dumps:
            if not after:
                with into.server.connect() as connection:
                    connection.execute("create database store template template0")
            environment = into.environment_of("store")
            play(whole.dump, into.server.binaries, environment, only=words)
        return ("store",)

    restore.restore_databases = restore_databases
