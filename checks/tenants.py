"""Tenants: databases of the cluster that nobody named, and that a restore rewinds all the same.

A cluster is restored whole (R60). What belongs to others is not read, and nothing is claimed of its
rows; but that it came back, whose it is, and that its owner can work with it, can be shown of a
database without looking into it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection

from checks.database import SYSTEM_SCHEMAS, reason, snapshot
from checks.finding import Finding
from checks.judgement import Gap, Judgement

CHECK = "tenants"


@dataclass(frozen=True, slots=True)
class Database:
    """A database as the cluster lists it.

    owner    "" where nobody could ask
    size     in bytes; None where the login may not ask
    admits   whether it lets anybody connect at all
    """

    name: str
    owner: str
    size: int | None
    admits: bool = True

    def __str__(self) -> str:
        size = "size not known" if self.size is None else _said(self.size)
        return f"{self.name} ({size}, owner {self.owner or 'not known'})"


@dataclass(frozen=True, slots=True)
class Entered:
    """What was found in a database: how many tables of its own it has."""

    tables: int


def observe_databases(conn: Connection[Any], left_out: Collection[str]) -> tuple[Database, ...]:
    """Every database of the cluster that is no template and not among `left_out`, by name; also
    those that admit nobody, for they are rewound with the others.
    """
    with snapshot(conn) as cursor:
        cursor.execute(
            """
            select d.datname, r.rolname, d.datallowconn,
                   case when has_database_privilege(d.oid, 'CONNECT')
                             or pg_has_role('pg_read_all_stats', 'USAGE')
                        then pg_database_size(d.oid) end
            from pg_database d join pg_roles r on r.oid = d.datdba
            where not d.datistemplate and d.datconnlimit <> -2 and d.datname <> all (%s)
            order by d.datname collate "C"
            """,
            [list(left_out)],
        )
        return tuple(
            Database(str(name), str(owner), None if size is None else int(size), bool(admits))
            for name, owner, admits, size in cursor.fetchall()
        )


def enter(connect: Callable[[], Connection[Any]]) -> Entered | str:
    """Log in to a database and count its tables; in the server's words, why not."""
    try:
        with connect() as conn, snapshot(conn) as cursor:
            cursor.execute(
                """
                select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
                where c.relkind in ('r', 'p') and n.nspname !~ %s
                """,
                [SYSTEM_SCHEMAS],
            )
            ((tables,),) = cursor.fetchall()
            return Entered(int(tables))
    except psycopg.Error as refusal:
        return reason(refusal)


def judge_tenants(
    expected: Sequence[Database],
    restored: Sequence[Database],
    entered: Mapping[str, Entered | str],
    of_source: Mapping[str, Entered | str] | None = None,
) -> Judgement:
    """``tenants``, ``tenants.owner``, ``.connect`` and ``.tables`` of each (R59, R60).

    expected   as the source lists them
    restored   every database of the copy
    entered    those of the copy that were logged in to, and with what result
    of_source  the same of the source, where it was asked
    """
    there = {one.name: one for one in restored}
    found: list[Finding] = []
    gaps: list[Gap] = []
    for tenant in expected:
        copy = there.get(tenant.name)
        if copy is None:
            remedy = (
                "Find out whether it was made after the recovery target; else restore again: the"
                " whole cluster is rewound, and this one's owner has lost it."
            )
            found.append(Finding(CHECK, tenant.name, "database", None, remedy))
            continue
        if tenant.owner and copy.owner != tenant.owner:
            remedy = "ALTER DATABASE … OWNER TO its owner, who could not change it otherwise."
            found.append(Finding(f"{CHECK}.owner", tenant.name, tenant.owner, copy.owner, remedy))
        if not tenant.admits:
            continue  # nobody is to get in, and nobody can tell what is in it
        found += _entered(tenant, copy, entered.get(tenant.name), (of_source or {}))
        if tenant.name not in entered:
            why = "nobody tried to log in to it: ask for it beside the others"
            gaps.append(Gap(f"{CHECK}.connect", tenant.name, why))
    said = {f"{CHECK}: {one.name}": str(one) for one in expected}
    return Judgement(tuple(found), tuple(gaps), facts=said)


def _entered(
    tenant: Database,
    copy: Database,
    now: Entered | str | None,
    of_source: Mapping[str, Entered | str],
) -> list[Finding]:
    if now is None:
        return []
    if not copy.admits or isinstance(now, str):
        remedy = "Let it admit its users again before clients are moved: its owner is locked out."
        said = now if isinstance(now, str) else "it admits nobody"
        return [Finding(f"{CHECK}.connect", tenant.name, "a database that lets in", said, remedy)]
    was = of_source.get(tenant.name)
    if isinstance(was, Entered) and was.tables and not now.tables:
        remedy = (
            "Find out whether they were made after the recovery target; else restore again: the"
            " database came back empty."
        )
        return [
            Finding(f"{CHECK}.tables", tenant.name, f"some of {was.tables:,} tables", 0, remedy)
        ]
    return []


def _said(size: int) -> str:
    for unit, length in (("TB", 1 << 40), ("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10)):
        if size >= length:
            return f"{size / length:.1f} {unit}"
    return f"{size} bytes"
