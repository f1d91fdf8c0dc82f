"""Is this a server that works, and takes writes? Asked before anything else is.

A minor upgrade under a running server leaves plain SQL working and PL/pgSQL not (row 31 of
docs/restores-that-lie.md); a recovery that paused at its target answers every SELECT and refuses
every INSERT (row 5). A write probe is not this check's: it only reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checks.database import RowCursor
from checks.finding import Finding
from checks.integrity._judging import is_refusal, judged, not_read, observed
from checks.judgement import Judgement
from checks.shared_snapshot import SharedSnapshot, Unread

CHECK = "integrity.preflight"

_NOTHING: Mapping[str, str] = {
    "plpgsql": "begin end",
    "plperl": "return",
    "plpython3u": "pass",
    "pltcl": "return",
}
"""A body that does nothing, in each language that ships with PostgreSQL."""


@dataclass(frozen=True, slots=True)
class Versions:
    """What a server says of itself: ``server_version_num``, the same as sent when connecting, and
    the words of ``version()``."""

    setting: int
    announced: int
    words: str


def check_preflight(shared: SharedSnapshot, *, standby: bool = False) -> Judgement:
    """``integrity.preflight.recovery``, ``.read_only``, ``.admission``, ``.language`` and
    ``.version``.

    standby  whether a server in recovery is what was asked for; paused, it is a finding all the
    same
    """
    version = shared.server_version
    server = judged(shared, f"{CHECK}.version", "server", lambda cursor: _version(cursor, version))
    recovery = judged(
        shared, f"{CHECK}.recovery", "server", lambda c: _recovery(c, version, standby)
    )
    read_only = judged(shared, f"{CHECK}.read_only", "server", _read_only)
    admission = judged(shared, f"{CHECK}.admission", "database", _admission)
    return server + recovery + read_only + admission + _languages(shared)


def compare_versions(versions: Versions) -> list[Finding]:
    """A pooler may announce a server that was since replaced; a server cannot contradict itself."""
    major, minor = divmod(versions.setting, 10000)
    if versions.announced == versions.setting and versions.words.startswith(
        f"PostgreSQL {major}.{minor}"
    ):
        return []
    announced = f"{versions.announced // 10000}.{versions.announced % 10000}"
    return [
        Finding(
            f"{CHECK}.version",
            "server",
            f"one version, {major}.{minor}",
            f"announced as {announced}, {' '.join(versions.words.split()[:2])}",
            "Restart what stands between us and the server (a pooler), or connect to it directly.",
        )
    ]


def _version(cursor: RowCursor, announced: int) -> Judgement:
    cursor.execute("select current_setting('server_version_num')::int, version()")
    ((setting, words),) = cursor.fetchall()
    findings = compare_versions(Versions(setting, announced, words))
    return Judgement(
        tuple(findings), facts={f"{CHECK}.version": " ".join(words.split(" on ")[0].split())}
    )


def _recovery(cursor: RowCursor, version: int, standby: bool) -> Judgement:
    cursor.execute("select pg_is_in_recovery()")
    ((recovering,),) = cursor.fetchall()
    if not recovering:
        return Judgement()
    if version >= 140000:
        cursor.execute("select pg_get_wal_replay_pause_state(), pg_last_wal_replay_lsn()::text")
    else:
        cursor.execute(
            "select case when pg_is_wal_replay_paused() then 'paused' else 'not paused' end,"
            " pg_last_wal_replay_lsn()::text"
        )
    ((state, lsn),) = cursor.fetchall()
    if standby and state == "not paused":
        return Judgement(facts={f"{CHECK}.recovery": f"a standby, at {lsn}"})
    return Judgement(
        (
            Finding(
                f"{CHECK}.recovery",
                "server",
                "recovering" if standby else "promoted",
                f"in recovery, {state}, at {lsn}",
                "SELECT pg_wal_replay_resume(): replay stands still."
                if standby
                else "SELECT pg_promote(), or restore with recovery_target_action = promote: it"
                " answers queries and takes no write.",
            ),
        )
    )


def _read_only(cursor: RowCursor) -> Judgement:
    cursor.execute(
        """
        select case when s.setdatabase = 0 then format('role %I', r.rolname)
                    when s.setrole = 0 then format('database %I', d.datname)
                    else format('database %I, role %I', d.datname, r.rolname) end
        from pg_db_role_setting s
        cross join unnest(s.setconfig) as c
        left join pg_database d on d.oid = s.setdatabase
        left join pg_roles r on r.oid = s.setrole
        where c ~ '^(default_)?transaction_read_only=' and split_part(c, '=', 2)::bool
          and (s.setrole = 0 or r.rolname <> current_user)
          and (s.setdatabase = 0 or d.datname = current_database())
        order by 1
        """
    )
    return Judgement(
        tuple(
            Finding(
                f"{CHECK}.read_only",
                subject,
                "writable",
                "default_transaction_read_only = on",
                "Reset default_transaction_read_only there, or waive it where it was so in the"
                " source: sessions that start with it cannot write.",
            )
            for (subject,) in cursor
        )
    )


def _admission(cursor: RowCursor) -> Judgement:
    """Row 21, where nothing else tells: a baseline that was recorded behind the fence has it too,
    and a superuser, as whom a copy is looked at, passes every limit.
    """
    cursor.execute(
        "select format('%I', datname) from pg_database"
        " where datname = current_database() and datconnlimit = 0"
    )
    return Judgement(
        tuple(
            Finding(
                f"{CHECK}.admission",
                f"database {database}",
                "a connection limit that admits the application",
                "connection limit 0",
                "ALTER DATABASE … CONNECTION LIMIT -1, or what the source had before it was fenced:"
                " the fence is in the backup. Waive it where nobody is meant to connect.",
            )
            for (database,) in cursor
        )
    )


def _languages(shared: SharedSnapshot) -> Judgement:
    check = f"{CHECK}.language"
    answer = observed(shared, check, "languages", _installed)
    if isinstance(answer, Judgement):
        return answer

    def run(cursor: RowCursor, language: str) -> None:
        cursor.execute(f"do language {language} $nothing$ {_NOTHING[language]} $nothing$".encode())

    judgements = []
    for language, read in zip(answer.result, shared.each(answer.result, run), strict=True):
        if not isinstance(read, Unread):
            continue
        if is_refusal(read.sqlstate) and not read.damage:
            judgements.append(not_read(check, language, read))
            continue
        remedy = (
            "Stop the server and start it with the programs of one version; look whether the"
            " language's package is installed."
        )
        finding = Finding(check, language, "runs", read.why, remedy)
        judgements.append(Judgement((finding,)))
    return Judgement.all(judgements)


def _installed(cursor: RowCursor) -> list[str]:
    cursor.execute(
        "select lanname from pg_language where lanname = any (%s) and laninline <> 0 order by 1",
        [list(_NOTHING)],
    )
    return [str(name) for (name,) in cursor]
