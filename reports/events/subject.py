"""What a drill is about: source, backup, target asked and reached, tables, settings, plan."""

from __future__ import annotations

from typing import Literal

from reports.events.fired import Fired
from reports.parts import Allowed, PlanChange, Scalar, Seconds, TableResult, Time


class Facts(Fired):
    """What a reader wants to know of one subject: the source, the baseline, the target chosen."""

    event: Literal["facts"] = "facts"
    drill: str
    subject: str
    facts: dict[str, Scalar | list[Scalar]]


class SourceIdentified(Fired):
    """Which cluster, server or database the drill is about.

    identifier  what no other one has: an RDS resource id, a system identifier
    """

    event: Literal["source_identified"] = "source_identified"
    drill: str
    name: str
    kind: Literal["cluster", "server", "database", "dump"]
    identifier: str | None = None
    version: str | None = None
    databases: list[str] | None = None


class BackupIdentified(Fired):
    """What the copy is made from: a base backup, a snapshot, a dump, an RDS backup window.

    kind         `full`, `incremental`, `manual snapshot`, `custom dump`, `continuous`
    taken_at     when it was complete
    age_seconds  at that moment of the drill in which it was chosen
    began, ended positions in the WAL, as PostgreSQL writes them
    """

    event: Literal["backup_identified"] = "backup_identified"
    drill: str
    name: str
    kind: str
    place: str | None = None
    taken_at: Time | None = None
    age_seconds: Seconds | None = None
    began: str | None = None
    ended: str | None = None
    timeline: int | None = None
    system_identifier: str | None = None
    bytes: int | None = None


class TargetAsked(Fired):
    """The recovery target as it was asked for; `moment` is the time it stands for, if any."""

    event: Literal["target_asked"] = "target_asked"
    drill: str
    target: str
    moment: Time | None = None


class TargetReached(Fired):
    """Where the recovery really ended.

    moment    commit time of the newest transaction that came back
    position  end of the last WAL record that was replayed
    note      what the server, or the cloud's interface, cannot tell
    """

    event: Literal["target_reached"] = "target_reached"
    drill: str
    moment: Time | None = None
    position: str | None = None
    timeline: int | None = None
    system_identifier: str | None = None
    note: str | None = None


class Moment(Fired):
    """A moment that matters beside the recovery target, on its line."""

    event: Literal["moment"] = "moment"
    drill: str
    name: Literal[
        "backup ended",
        "restorable from",
        "restorable to",
        "last good marker",
        "first bad marker",
        "disaster",
        "source lost",
    ]
    moment: Time
    position: str | None = None


class TablesCompared(Fired):
    """Tables of one database and what was found out about them, at most 500 an event."""

    event: Literal["tables_compared"] = "tables_compared"
    drill: str
    database: str
    tables: list[TableResult]


class DifferencesAllowed(Fired):
    """A comparison of settings: how much was compared, and what differs and may.

    what  `cluster`, `instances`, `server settings`
    """

    event: Literal["differences_allowed"] = "differences_allowed"
    drill: str
    what: str
    compared: int | None = None
    allowed: list[Allowed]


class PlanRead(Fired):
    """A saved Terraform plan: what it would do, and the digest of the file that says so."""

    event: Literal["plan_read"] = "plan_read"
    drill: str
    terraform: str | None = None
    sha256: str | None = None
    changes: list[PlanChange]
