"""Event triggers: code that runs by itself, on a change of the schema or on every login."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checks.asking import Asking
from checks.isolation.danger import Danger, Fact
from checks.isolation.parameters import Parameters

CHECK = "isolation.event_triggers"

ENABLED = {"O": "enabled", "A": "enabled always", "R": "enabled for replicas", "D": "disabled"}


@dataclass(frozen=True, slots=True)
class EventTrigger:
    """One event trigger; `enabled` as ``pg_event_trigger.evtenabled`` says it."""

    name: str
    event: str
    enabled: str


@dataclass(frozen=True, slots=True)
class EventTriggers:
    """Those of a database, and whether a role or database has a setting of its own for them."""

    triggers: tuple[EventTrigger, ...]
    overridden: bool


def observe_event_triggers(ask: Asking) -> EventTriggers:
    triggers = ask.rows(
        CHECK,
        "pg_event_trigger",
        "select pg_catalog.quote_ident(evtname), evtevent, evtenabled::text"
        ' from pg_catalog.pg_event_trigger order by evtname collate "C"',
    )
    overridden = ask.rows(
        CHECK,
        "pg_db_role_setting",
        "select exists (select from pg_catalog.pg_db_role_setting s,"
        " pg_catalog.unnest(s.setconfig) as one"
        " where one ~ '^(event_triggers|session_replication_role)=')",
    )
    return EventTriggers(
        tuple(EventTrigger(*row) for row in triggers or ()),
        overridden is None or bool(overridden[0][0]),
    )


def judge_event_triggers(seen: EventTriggers, parameters: Parameters) -> Iterator[Danger | Fact]:
    """One on login runs with every connection, ours too, and whatever it calls is called; the
    others run only when somebody changes the schema, and are told.
    """
    for trigger in seen.triggers:
        state = ENABLED.get(trigger.enabled, trigger.enabled)
        if trigger.event != "login" or trigger.enabled == "D":
            yield Fact(CHECK, trigger.name, f"{state}, on {trigger.event}")
            continue
        yield Danger(
            CHECK,
            trigger.name,
            "nothing that runs on login",
            f"{state}, on login: it runs with every connection to the copy",
            "Start the copy with event_triggers=off, or disable this trigger in it.",
            held=kept_from_firing(trigger, seen, parameters),
        )


def kept_from_firing(
    trigger: EventTrigger, seen: EventTriggers, parameters: Parameters
) -> str | None:
    """A server-wide setting that no role or database overrides keeps event triggers from firing."""
    if seen.overridden:
        return None
    if parameters.get("event_triggers") == "off" and "event_triggers" in parameters.wide:
        return "event_triggers=off"
    role = parameters.get("session_replication_role")
    if "session_replication_role" not in parameters.wide:
        return None
    if trigger.enabled == "O" and role == "replica":
        return "session_replication_role=replica"
    if trigger.enabled == "R" and role in ("origin", "local"):
        return f"session_replication_role={role}, and it fires for replicas only"
    return None
