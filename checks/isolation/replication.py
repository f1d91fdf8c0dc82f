"""Logical replication: subscriptions that would eat the publisher's slots, and slots of the copy.

A subscription in a restored copy fetches and confirms what the real subscriber then never gets
(row 1 of docs/restores-that-lie.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checks.asking import Asking
from checks.isolation.danger import Danger, Fact, Quarantine
from checks.isolation.parameters import Parameters

SUBSCRIPTIONS = "isolation.subscriptions"
SLOTS = "isolation.slots"

DISABLE = "Run ALTER SUBSCRIPTION … DISABLE, and see that the real subscriber lacks nothing since."


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription; the cluster lists those of all its databases."""

    database: str
    name: str
    enabled: bool
    running: bool


@dataclass(frozen=True, slots=True)
class Slot:
    """One replication slot. `active`: somebody reads from it."""

    name: str
    kind: str
    active: bool
    synced: bool


def observe_subscriptions(ask: Asking) -> tuple[Subscription, ...]:
    """Of every database of the cluster; their connection strings are not looked at."""
    rows = ask.rows(
        SUBSCRIPTIONS,
        "pg_subscription",
        """
        select d.datname, pg_catalog.quote_ident(s.subname), s.subenabled,
          exists (select from pg_catalog.pg_stat_subscription w
                  where w.subid = s.oid and w.pid is not null)
        from pg_catalog.pg_subscription s join pg_catalog.pg_database d on d.oid = s.subdbid
        order by d.datname collate "C", s.subname collate "C"
        """,
    )
    return tuple(Subscription(*row) for row in rows or ())


def observe_slots(ask: Asking) -> tuple[Slot, ...]:
    if ask.version >= 170000:
        rows = ask.rows(
            SLOTS,
            "pg_replication_slots",
            "select slot_name, slot_type, active, synced from pg_catalog.pg_replication_slots"
            ' where not temporary order by slot_name collate "C"',
        )
    else:
        rows = ask.rows(
            SLOTS,
            "pg_replication_slots",
            "select slot_name, slot_type, active, false from pg_catalog.pg_replication_slots"
            ' where not temporary order by slot_name collate "C"',
        )
    return tuple(Slot(*row) for row in rows or ())


def judge_subscriptions(
    seen: tuple[Subscription, ...],
    parameters: Parameters,
    quarantine: Quarantine,
    *,
    of_others_than: str | None = None,
    of: str | None = None,
) -> Iterator[Danger | Fact]:
    """Those of the database `of`, or of every other database than `of_others_than`."""
    for one in seen:
        if of is not None and one.database != of:
            continue
        if one.database == of_others_than:
            continue
        subject = one.name if of is not None else f"{one.name} of database {one.database}"
        if not one.enabled and not one.running:
            yield Fact(SUBSCRIPTIONS, subject, "disabled")
            continue
        running = "its worker runs" if one.running else "no worker runs yet"
        yield Danger(
            SUBSCRIPTIONS,
            subject,
            "disabled, or held",
            f"{'enabled' if one.enabled else 'disabled'}, {running}",
            DISABLE,
            # A worker that runs holds a connection: then nothing can be said to hold it.
            held=None if one.running else workers_hold(parameters) or quarantine.holds,
        )


def workers_hold(parameters: Parameters) -> str | None:
    """No worker can start where the server was started with room for none."""
    if parameters.get("max_logical_replication_workers") == "0":
        return "max_logical_replication_workers=0"
    return None


def judge_slots(seen: tuple[Slot, ...]) -> Iterator[Danger | Fact]:
    for slot in seen:
        if slot.active:
            yield Danger(
                SLOTS,
                slot.name,
                "a slot that nobody reads",
                f"somebody reads from this {slot.kind} slot",
                "Find the reader in pg_stat_replication: what it confirms here, it will not ask "
                "the source for.",
            )
        else:
            kept = ", synchronised from a primary" if slot.synced else ""
            yield Fact(SLOTS, slot.name, f"a {slot.kind} slot without a reader{kept}: it keeps WAL")
