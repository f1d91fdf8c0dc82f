"""Configuration parameters that isolation turns on, as the server runs with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from checks.asking import Asking

SINCE: Mapping[str, int] = {
    "archive_mode": 0,
    "archive_command": 0,
    "archive_library": 150000,
    "primary_conninfo": 0,
    "primary_slot_name": 0,
    "restore_command": 0,
    "archive_cleanup_command": 0,
    "recovery_end_command": 0,
    "synchronous_standby_names": 0,
    "max_logical_replication_workers": 0,
    "shared_preload_libraries": 0,
    "session_preload_libraries": 0,
    "local_preload_libraries": 0,
    "listen_addresses": 0,
    "unix_socket_directories": 0,
    "port": 0,
    "session_replication_role": 0,
    "event_triggers": 170000,
}
"""Name → ``server_version_num`` from which every server has it: one that is not shown is hidden
(most of these only a superuser and ``pg_read_all_settings`` may read)."""

EXTENSIONS = ("cron.", "timescaledb.")
"""Prefixes of parameters that exist where an extension is loaded."""

OF_THE_ARCHIVER = ("basic_archive.archive_directory",)
"""Parameters of a library that the archiver alone loads: to us they are placeholders, which
``pg_settings`` leaves out and ``current_setting`` shows."""

FROM_CONFIGURATION = ("configuration file", "command line", "environment variable", "default")
"""Sources that hold for the whole server, unlike a setting of our own role, database, or session.
"""


@dataclass(frozen=True, slots=True)
class Parameters:
    """Values by name. What is hidden from this login is in `hidden`, and has no value here.

    No repr: an archive command may hold a key, a conninfo a password.

    wide    names whose value holds for the whole server
    hidden  names that the server has and does not show
    """

    values: Mapping[str, str] = field(repr=False)
    wide: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()

    def get(self, name: str) -> str | None:
        """The value; None where it is hidden or the server has no such parameter."""
        return self.values.get(name)

    def is_hidden(self, name: str) -> bool:
        return name in self.hidden

    def listed(self, name: str) -> tuple[str, ...]:
        """The members of a list; libraries without folder and suffix, as ``pg_cron``."""
        return tuple(
            member.strip().strip('"') for member in (self.get(name) or "").split(",") if member
        )

    @property
    def preloaded(self) -> frozenset[str] | None:
        """Libraries that the server started with; None where that is hidden."""
        if self.is_hidden("shared_preload_libraries"):
            return None
        return frozenset(map(library, self.listed("shared_preload_libraries")))


def library(name: str) -> str:
    """``$libdir/pg_cron.so`` → ``pg_cron``."""
    return name.rpartition("/")[2].removesuffix(".so").removesuffix(".dylib")


def observe_parameters(ask: Asking) -> Parameters:
    """What this login is shown of them."""
    rows = ask.rows(
        "isolation.settings",
        "pg_settings",
        "select name, setting, source from pg_catalog.pg_settings"
        " where name = any(%s) or name like any(%s)",
        [list(SINCE), [f"{prefix}%" for prefix in EXTENSIONS]],
    )
    seen = {str(name): (str(setting), str(source)) for name, setting, source in rows or ()}
    rows = ask.rows(
        "isolation.settings",
        "parameters of archive_library",
        "select name, pg_catalog.current_setting(name, true)"
        " from pg_catalog.unnest(%s::text[]) as name",
        [list(OF_THE_ARCHIVER)],
    )
    seen |= {str(name): (str(value), "configuration file") for name, value in rows or () if value}
    expected = {name for name, since in SINCE.items() if ask.version >= since}
    return Parameters(
        {name: setting for name, (setting, _) in seen.items()},
        frozenset(name for name, (_, source) in seen.items() if source in FROM_CONFIGURATION),
        frozenset(expected - seen.keys()),
    )
