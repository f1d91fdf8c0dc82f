"""The migrations that were run are those of the version, from the first on.

The tool compares names with the files that were deployed, and runs nothing where one of them is
missing: *the migration directory is corrupt*. Migrations are run by redeploying data persistence,
on the restored database: what is missing there is added then, what is too much stops it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from psycopg import sql

from checks.cumulus._tables import find
from checks.cumulus.generations import GENERATIONS, Generation
from checks.database import RowCursor
from checks.finding import Finding
from checks.integrity._judging import judged, listed
from checks.judgement import Judgement
from checks.shared_snapshot import SharedSnapshot

CHECK = "cumulus.migrations"
TABLE = "knex_migrations"
LOCK = "knex_migrations_lock"


def check_history(shared: SharedSnapshot, generation: Generation) -> Judgement:
    """``cumulus.migrations``: those that a version begins with are there, and none of the others
    that another line begins with. What came after them is told: releases differ in it.
    """
    return judged(shared, CHECK, TABLE, lambda cursor: _judge(cursor, generation))


def _judge(cursor: RowCursor, generation: Generation) -> Judgement:
    table = find(cursor, TABLE)
    if table is None:
        return Judgement()  # cumulus.shape says so
    cursor.execute(
        sql.SQL('select name::text from {table} order by name::text collate "C"').format(
            table=table.identifier
        )
    )
    names = [str(name).removesuffix(".js").removesuffix(".ts") for (name,) in cursor.fetchall()]
    later = [name for name in names if name not in generation.migrations]
    others = {
        name for one in GENERATIONS for name in one.migrations if name not in generation.migrations
    }
    facts = {f"{CHECK}: after the first {len(generation.migrations)}": listed(later) or "none"}
    return Judgement(tuple(_findings(table.rendered, names, generation, others)), facts=facts)


def _findings(
    subject: str, names: Sequence[str], generation: Generation, others: set[str]
) -> Iterator[Finding]:
    missing = [name for name in generation.migrations if name not in names]
    if missing:
        yield Finding(
            CHECK,
            subject,
            f"the migrations that {generation} begins with",
            f"without {listed(missing)}",
            "Compare with the source: the database is of another version, or its history was lost;"
            " redeploying data persistence would create tables that are there.",
        )
    foreign = sorted(others.intersection(names))
    if foreign:
        yield Finding(
            CHECK,
            subject,
            f"migrations of {generation}",
            listed(foreign),
            "Deploy the version of Cumulus that fits: with these names there, the migrations of"
            " this one are refused as corrupt.",
        )
