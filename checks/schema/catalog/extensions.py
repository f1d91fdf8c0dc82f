"""Extensions: version, place, and which rows of their tables a dump takes along.

Their members are compared as objects of their own kinds; each names its extension.
"""

from __future__ import annotations

from checks.schema.catalog._parts import comment_on
from checks.schema.catalog._references import COMMENT, owner
from checks.schema.kind import Kind

EXTENSIONS = Kind(
    "extensions",
    object="quote_ident(e.extname)",
    properties={
        "version": "e.extversion",
        "schema": "quote_ident(n.nspname)",
        "owner": owner("e.extowner"),
        "comment": COMMENT,
        "relocatable": "e.extrelocatable::text",
        # pg_extension_config_dump(): rows that are the user's, such as PostGIS's own projections.
        "configuration tables": "(select string_agg(one.oid::regclass || ' ' || one.condition,"
        " ', ' order by one.oid::regclass::text collate \"C\")"
        " from unnest(e.extconfig, e.extcondition) as one (oid, condition))",
    },
    source=f"""
    from pg_extension e join pg_namespace n on n.oid = e.extnamespace
    {comment_on("pg_extension", "e.oid")}
    -- What the harness brings along itself: amcheck.
    where n.nspname <> 'restore_drill'
    """,
)

KINDS = (EXTENSIONS,)
