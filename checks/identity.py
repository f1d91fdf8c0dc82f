"""Which cluster is this, and is the copy another one than the source?

Two clusters made by one initdb share their system identifier, and so does every physical copy
(row 26 of docs/restores-that-lie.md). Only together with the moment at which the postmaster started
does it name one running server.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from checks.asking import Asking
from checks.database import RowCursor
from checks.finding import Finding
from checks.judgement import Gap, Judgement

DATABASE = "identity.database"
CLUSTER = "identity.cluster"
TIMELINE = "identity.timeline"


class Identity(BaseModel):
    """One database of one running server. Stored in baselines: a change to it is one of theirs.

    None is what the server did not show; `unseen` says why, by the name of the field.

    system_identifier  given by initdb, kept by every physical copy; text, as it needs 64 bits
    timeline           the one that is being written, or replayed
    lsn                position written, or replayed, as ``0/1500060``
    started_at         of the postmaster
    address, port      as this session reached it; None over a Unix socket
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    database: str
    database_oid: int | None = None
    system_identifier: str | None = None
    timeline: int | None = None
    lsn: str | None = None
    in_recovery: bool | None = None
    server_version: int
    started_at: datetime | None = None
    address: str | None = None
    port: int | None = None
    unseen: dict[str, str] = Field(default_factory=dict)


def observe_identity(cursor: RowCursor) -> Identity:
    """Within a read-only transaction of the caller's; raises when the connection is lost."""
    ask = Asking(cursor)
    asked = "identity"
    databases = ask.rows(
        asked,
        "database_oid",
        "select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()",
    )
    systems = ask.rows(
        asked,
        "system_identifier",
        "select system_identifier::text from pg_catalog.pg_control_system()",
    )
    recovering = ask.rows(asked, "in_recovery", "select pg_catalog.pg_is_in_recovery()")
    in_recovery = bool(recovering[0][0]) if recovering else None
    if in_recovery:
        # The WAL function that names the current timeline refuses to run in recovery.
        positions = ask.rows(
            asked,
            "timeline",
            "select greatest(c.timeline_id, (select max(received_tli)"
            "   from pg_catalog.pg_stat_wal_receiver)),"
            " pg_catalog.pg_last_wal_replay_lsn()::text"
            " from pg_catalog.pg_control_checkpoint() c",
        )
    else:
        # The control file knows a new timeline only from its first checkpoint on.
        positions = ask.rows(
            asked,
            "timeline",
            "select ('x' || pg_catalog.substr(pg_catalog.pg_walfile_name("
            "   pg_catalog.pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int,"
            " pg_catalog.pg_current_wal_insert_lsn()::text",
        )
    timeline, lsn = positions[0] if positions else (None, None)
    started = ask.rows(asked, "started_at", "select pg_catalog.pg_postmaster_start_time()")
    reached = ask.rows(
        asked,
        "address",
        "select pg_catalog.host(pg_catalog.inet_server_addr()), pg_catalog.inet_server_port()",
    )
    address, port = reached[0] if reached else (None, None)
    return Identity(
        database=cursor.connection.info.dbname,
        database_oid=int(databases[0][0]) if databases else None,
        system_identifier=str(systems[0][0]) if systems else None,
        timeline=timeline,
        lsn=lsn,
        in_recovery=in_recovery,
        server_version=ask.version,
        started_at=started[0][0] if started else None,
        address=address,
        port=port,
        unseen={question.subject: question.why for question in ask.unseen},
    )


def is_same_server(one: Identity, other: Identity) -> bool:
    """Whether both were seen on one running server: the same cluster, started at the same moment.

    False where that cannot be told; `judge_identity` reports what was missing.
    """
    return (
        one.system_identifier is not None
        and one.started_at is not None
        and (one.system_identifier, one.started_at) == (other.system_identifier, other.started_at)
    )


def is_same_database(one: Identity, other: Identity) -> bool:
    """Whether both are one and the same database of one running server."""
    return is_same_server(one, other) and one.database_oid == other.database_oid


def judge_identity(
    expected: Identity,
    actual: Identity,
    *,
    physical: bool | None = None,
    promoted: bool = False,
) -> Judgement:
    """Whether the copy is a copy, and one of the cluster that was meant.

    physical  True: made of the source's files, so that the system identifier must be the same;
              False: loaded from a dump, so that it says nothing; None: not known
    promoted  recovery ended the copy by a promotion, so that its timeline must lie beyond the
              source's. Aurora, storage snapshots and a crash recovery keep the timeline

    A copy that is still in recovery is `checks.integrity.preflight`'s to report. None of these
    findings can be waived.
    """
    if is_same_database(expected, actual):
        return Judgement(findings=(_one_and_the_same(actual),))
    findings = []
    facts = {
        "identity.copy": _described(actual),
        "identity.source": _described(expected),
    }
    same_cluster = None
    if expected.system_identifier is not None and actual.system_identifier is not None:
        same_cluster = expected.system_identifier == actual.system_identifier
        if not same_cluster and physical:
            findings.append(_other_cluster(expected, actual))
    if same_cluster:
        kept = _timeline(expected, actual, promoted=promoted)
        findings += [kept] if kept else []
        facts["identity.cluster"] = "the source's own, in another server: a physical copy"
        if is_same_server(expected, actual):
            facts["identity.cluster"] = "one server holds both: a copy of the database alone"
    elif same_cluster is False and not physical:
        facts["identity.cluster"] = "another cluster than the source's: a logical copy"
    return Judgement(tuple(findings), tuple(_gaps(expected, actual)), (), facts)


def _one_and_the_same(actual: Identity) -> Finding:
    return Finding(
        DATABASE,
        f"database {actual.database}",
        "another database than the source",
        "one and the same database of one running server",
        "Give the copy's address as the restored one: comparing a database with itself proves "
        "nothing.",
    )


def _other_cluster(expected: Identity, actual: Identity) -> Finding:
    return Finding(
        CLUSTER,
        "system identifier",
        expected.system_identifier,
        actual.system_identifier,
        "This is another cluster, or WAL of one: restore the backup of the cluster that was meant.",
    )


def _timeline(expected: Identity, actual: Identity, *, promoted: bool) -> Finding | None:
    if not promoted or expected.timeline is None or actual.timeline is None:
        return None
    if actual.timeline > expected.timeline:
        return None
    return Finding(
        TIMELINE,
        "timeline",
        f"beyond {expected.timeline}",
        actual.timeline,
        "The copy was not promoted, or to a timeline that the source has used: what both archive "
        "has the same names. Recover it again, with recovery.signal and the source's archive.",
    )


def _gaps(expected: Identity, actual: Identity) -> list[Gap]:
    needed = {
        "system_identifier": (CLUSTER, "whether both are of one cluster"),
        "started_at": (DATABASE, "whether both are one running server"),
        "database_oid": (DATABASE, "whether both are one database"),
        "timeline": (TIMELINE, "which timeline it is on"),
    }
    return [
        Gap(check, f"{side}: {field}", f"not known {what}: {seen.unseen[field]}")
        for side, seen in (("source", expected), ("copy", actual))
        for field, (check, what) in needed.items()
        if field in seen.unseen
    ]


def _described(seen: Identity) -> str:
    """One line for the report: no address, which a journal need not keep."""
    timeline = f", timeline {seen.timeline}" if seen.timeline is not None else ""
    lsn = f" at {seen.lsn}" if seen.lsn else ""
    state = ", in recovery" if seen.in_recovery else ""
    version = f"{seen.server_version // 10000}.{seen.server_version % 10000}"
    return (
        f"database {seen.database} of cluster {seen.system_identifier or 'unknown'}"
        f"{timeline}{lsn}, PostgreSQL {version}{state}"
    )
