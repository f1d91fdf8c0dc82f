"""Tablespaces, by name.

Where a tablespace lies is left out: the path belongs to the machine, and a physical copy that keeps
it would write into the original's files. Whether it does is a question of isolation.
"""

from __future__ import annotations

from checks.schema.catalog._parts import acl, sorted_array
from checks.schema.catalog._references import COMMENT, owner, shared_comment_on
from checks.schema.kind import Kind

TABLESPACES = Kind(
    "tablespaces",
    object="quote_ident(t.spcname)",
    properties={
        "owner": owner("t.spcowner"),
        "acl": acl("t.spcacl", "t", "t.spcowner"),
        "comment": COMMENT,
        "options": sorted_array("t.spcoptions"),
    },
    source=f"from pg_tablespace t {shared_comment_on('pg_tablespace', 't.oid')}",
    scope="cluster",
)

KINDS = (TABLESPACES,)
