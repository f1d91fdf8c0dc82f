"""The tables that an operator named, and that must be there whatever they hold (R5)."""

from __future__ import annotations

from collections.abc import Collection

from checks.database import DRILL_SCHEMAS, SYSTEM_SCHEMAS
from checks.finding import Finding
from checks.judgement import Judgement
from checks.names import is_named
from checks.shared_snapshot import SharedSnapshot

CHECK = "counts.must_have"


def must_have_tables(shared: SharedSnapshot, names: Collection[str]) -> Judgement:
    """The named tables that a database lacks.

    ``granules`` matches a table of that name in any schema, ``core.granules`` only that one.
    Names are taken as written, or as SQL would fold and quote them: ``Granules``, ``"Granules"``,
    ``granules``. Raises psycopg.Error where the catalog cannot be read.
    """
    with shared.attempt() as cursor:
        cursor.execute(
            """
            select n.nspname, c.relname from pg_class c
            join pg_namespace n on n.oid = c.relnamespace
            where c.relkind in ('r', 'p', 'm', 'f') and n.nspname !~ %s and n.nspname <> all (%s)
            """,
            [SYSTEM_SCHEMAS, list(DRILL_SCHEMAS)],
        )
        present = cursor.fetchall()
    return Judgement(
        tuple(
            Finding(
                CHECK,
                name,
                "table present",
                None,
                "Compare with the source: it was lost, or must_have_tables names it wrongly.",
            )
            for name in names
            if not any(is_named(name, table) for table in present)
        )
    )
