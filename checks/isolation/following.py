"""Does the copy follow another server, or do others follow the copy?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from checks.asking import Asking
from checks.isolation.danger import Danger, Fact, Quarantine
from checks.isolation.parameters import Parameters

STANDBY = "isolation.standby"
FOLLOWERS = "isolation.followers"
COMMANDS = "isolation.recovery_commands"
SYNCHRONOUS = "isolation.synchronous_standby_names"

LEFT_OVER = ("restore_command", "archive_cleanup_command", "recovery_end_command")
CHANGES_THE_ARCHIVE = LEFT_OVER[1:]
"""Both run on a server that recovers; they delete from the archive, or do whatever was wanted once.
"""


@dataclass(frozen=True, slots=True)
class Following:
    """Who follows whom.

    receiver   state of the WAL receiver, None where none runs
    followers  (application name, state) of each WAL sender; a state is None where hidden
    left_over  names of recovery commands that are set; their texts may hold keys
    """

    in_recovery: bool
    receiver: str | None
    followers: tuple[tuple[str, str | None], ...]
    conninfo: bool
    slot: bool
    left_over: tuple[str, ...]
    synchronous: bool


def observe_following(ask: Asking, parameters: Parameters) -> Following:
    recovering = ask.rows(STANDBY, "recovery", "select pg_catalog.pg_is_in_recovery()")
    receivers = ask.rows(
        STANDBY,
        "pg_stat_wal_receiver",
        "select coalesce(status, 'running') from pg_catalog.pg_stat_wal_receiver"
        " where pid is not null",
    )
    senders = ask.rows(
        FOLLOWERS,
        "pg_stat_replication",
        "select coalesce(application_name, ''), state from pg_catalog.pg_stat_replication"
        ' order by application_name collate "C", pid',
    )
    for name, check in (
        ("primary_conninfo", STANDBY),
        ("primary_slot_name", STANDBY),
        ("synchronous_standby_names", SYNCHRONOUS),
        *((name, COMMANDS) for name in LEFT_OVER),
    ):
        if parameters.is_hidden(name):
            ask.hidden(check, name, "pg_read_all_settings")
    return Following(
        in_recovery=bool(recovering and recovering[0][0]),
        receiver=_first(receivers),
        followers=tuple((str(name), state) for name, state in senders or ()),
        conninfo=bool(parameters.get("primary_conninfo")),
        slot=bool(parameters.get("primary_slot_name")),
        left_over=tuple(name for name in LEFT_OVER if parameters.get(name)),
        synchronous=bool((parameters.get("synchronous_standby_names") or "").strip()),
    )


def judge_following(seen: Following, quarantine: Quarantine) -> Iterator[Danger | Fact]:
    yield from _standby(seen, quarantine)
    yield from _followers(seen)
    for name in seen.left_over:
        yield _recovery_command(seen, name, quarantine)
    if seen.synchronous:
        yield Danger(
            SYNCHRONOUS,
            "synchronous_standby_names",
            "no standby to wait for",
            "commits wait for a standby to confirm them",
            "Set synchronous_standby_names='' and reload: the source's standbys never confirm the "
            "copy's commits.",
        )


def _standby(seen: Following, quarantine: Quarantine) -> Iterator[Danger | Fact]:
    if seen.receiver is not None:
        # A receiver that runs has a connection: no quarantine can be said to hold it.
        yield Danger(
            STANDBY,
            "WAL receiver",
            "a copy that follows nobody",
            f"it receives WAL from another server ({seen.receiver})",
            "Promote the copy, or take primary_conninfo away: it still follows the source.",
        )
    elif seen.conninfo or seen.slot:
        yield Danger(
            STANDBY,
            "primary_conninfo" if seen.conninfo else "primary_slot_name",
            "none",
            "set" if not seen.in_recovery else "set, on a server in recovery",
            "Promote the copy, or take primary_conninfo and primary_slot_name away.",
            held="a promoted server does not read it" if not seen.in_recovery else quarantine.holds,
        )


def _followers(seen: Following) -> Iterator[Danger | Fact]:
    for name, state in seen.followers:
        subject = f"WAL sender {name or 'without a name'}"
        if state == "backup":
            yield Fact(FOLLOWERS, subject, "takes a base backup of the copy")
        else:
            yield Danger(
                FOLLOWERS,
                subject,
                "nobody that follows the copy",
                f"it takes the copy's WAL ({state or 'state hidden'})",
                "Find out who this is: a standby or subscriber of the source that follows the copy "
                "instead has lost the source.",
            )


def _recovery_command(seen: Following, name: str, quarantine: Quarantine) -> Danger | Fact:
    if not seen.in_recovery:
        return Fact(COMMANDS, name, "set; a promoted server does not run it")
    if name not in CHANGES_THE_ARCHIVE:
        return Fact(COMMANDS, name, "set, on a server in recovery: it reads the archive")
    return Danger(
        COMMANDS,
        name,
        "none",
        "set, on a server in recovery, which runs it",
        f"Set {name}='' before the copy's next restart point or promotion: it was written for the "
        "source's archive.",
        held=quarantine.holds,
    )


def _first(rows: list[tuple[Any, ...]] | None) -> str | None:
    return str(rows[0][0]) if rows else None
