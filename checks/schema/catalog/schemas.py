"""Schemas, but the server's own and the harness's."""

from __future__ import annotations

from checks.schema.catalog._parts import acl, comment_on, member_of
from checks.schema.catalog._references import COMMENT
from checks.schema.kind import EXTENSION, Kind

SCHEMAS = Kind(
    "schemas",
    object="s.name",
    properties={
        "owner": "pg_get_userbyid(n.nspowner)::text",
        "acl": acl("n.nspacl", "n", "n.nspowner"),
        "comment": COMMENT,
        EXTENSION: "member.extension",
    },
    source=f"""
    from spaces s join pg_namespace n on n.oid = s.oid
    {comment_on("pg_namespace", "n.oid")}
    {member_of("pg_namespace", "n.oid")}
    """,
)
