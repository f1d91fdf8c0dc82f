"""Text sorts here as it did where the indexes were built (row 11 of the lying restores).

A data folder brought to a machine with another glibc or ICU keeps its indexes, in an order that is
no longer that of the library: rows are there and not found, unique ones come twice. PostgreSQL
records the library's version, of each collation and, since 15, of each database. "C" and "POSIX"
have none and need none. Before 15 nothing is recorded of a database's own collation: a gap, unless
it is one of those. Whether an index is out of order in fact, amcheck says.
"""

from __future__ import annotations

from typing import Literal

from checks.database import SYSTEM_SCHEMAS, RowCursor
from checks.finding import Finding
from checks.integrity._judging import judged, listed, plural
from checks.judgement import Gap, Judgement
from checks.shared_snapshot import SharedSnapshot

CHECK = "integrity.collations"

_DEPENDENT = """
    select format('%I.%I', n.nspname, c.relname)
    from pg_index i join pg_class c on c.oid = i.indexrelid
    join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'i' and c.relpersistence <> 't' and n.nspname !~ '^pg_'
      and %s = any (i.indcollation)
    order by c.relpages desc, 1
"""


def check_collations(shared: SharedSnapshot) -> Judgement:
    """The versions of the database's collation and of those that a column or index uses."""
    version = shared.server_version
    return judged(
        shared, CHECK, f"database {shared.database}", lambda c: _database(c, version)
    ) + judged(shared, CHECK, "collations", _collations)


def _database(cursor: RowCursor, version: int) -> Judgement:
    if version < 150000:
        cursor.execute(
            "select format('database %I', datname), null, null, datcollate ~* '^(C$|C\\.|POSIX$)'"
            " from pg_database where datname = current_database()"
        )
    else:
        cursor.execute(
            "select format('database %I', datname), datcollversion,"
            " pg_database_collation_actual_version(oid),"
            " pg_database_collation_actual_version(oid) is null"
            " from pg_database where datname = current_database()"
        )
    ((subject, recorded, actual, unversioned),) = cursor.fetchall()
    state = compare_versions(recorded, actual, unversioned=unversioned)
    if state == "same":
        return Judgement()
    if state == "unrecorded":
        return Judgement(
            gaps=(
                Gap(
                    CHECK,
                    subject,
                    "no version was recorded when it was created (PostgreSQL 15 began to), so a"
                    " change of the C library or ICU cannot be seen: amcheck tells whether the"
                    " indexes are in order",
                ),
            )
        )
    remedy = "then ALTER DATABASE … REFRESH COLLATION VERSION"
    return Judgement((_finding(cursor, subject, 100, recorded, actual, remedy),))


def compare_versions(
    recorded: str | None, actual: str | None, *, unversioned: bool
) -> Literal["same", "changed", "unrecorded"]:
    """What the version that was recorded says of the one there is.

    unversioned  whether the collation is one that has none ("C", "POSIX"), and needs none
    """
    if recorded is None:
        return "same" if unversioned else "unrecorded"
    return "same" if recorded == actual else "changed"


def _collations(cursor: RowCursor) -> Judgement:
    cursor.execute(
        """
        select c.oid, format('%%I.%%I', n.nspname, c.collname), c.collversion,
               pg_collation_actual_version(c.oid)
        from pg_collation c join pg_namespace n on n.oid = c.collnamespace
        where c.collversion is distinct from pg_collation_actual_version(c.oid)
          and c.collversion is not null
          and (exists (select from pg_index i where c.oid = any (i.indcollation))
               or exists (select from pg_partitioned_table p where c.oid = any (p.partcollation))
               or exists (select from pg_attribute a
                          join pg_class r on r.oid = a.attrelid
                          join pg_namespace s on s.oid = r.relnamespace
                          where a.attcollation = c.oid and s.nspname !~ %s))
        order by 2
        """,
        [SYSTEM_SCHEMAS],
    )
    remedy = "then ALTER COLLATION … REFRESH VERSION"
    return Judgement(
        tuple(
            _finding(cursor, name, oid, recorded, actual, remedy)
            for oid, name, recorded, actual in cursor.fetchall()
        )
    )


def _finding(
    cursor: RowCursor, subject: str, oid: int, recorded: str, actual: str | None, remedy: str
) -> Finding:
    cursor.execute(_DEPENDENT.replace("%s", str(int(oid))).encode())
    indexes = [str(name) for (name,) in cursor]
    number = plural(len(indexes), "index", "indexes")
    return Finding(
        f"{CHECK}.version",
        subject,
        recorded,
        f"{actual or 'none'}, with {number} in the old order"
        + (f": {listed(indexes)}" if indexes else ""),
        f"REINDEX what depends on it (REINDEX DATABASE), {remedy}: rows may not be found.",
    )
