"""Roles, and who is a member of which.

The server's own roles (``pg_…``) are left out; memberships in them are not.
"""

from __future__ import annotations

from checks.schema.catalog._references import COMMENT, shared_comment_on
from checks.schema.kind import Kind, Need

ROLES = Kind(
    "roles",
    object="quote_ident(r.rolname)",
    properties={
        "comment": COMMENT,
        "superuser": "r.rolsuper::text",
        "inherits": "r.rolinherit::text",
        "creates roles": "r.rolcreaterole::text",
        "creates databases": "r.rolcreatedb::text",
        "logs in": "r.rolcanlogin::text",
        "replicates": "r.rolreplication::text",
        "bypasses row security": "r.rolbypassrls::text",
        "connection limit": "r.rolconnlimit::text",
        "valid until": "r.rolvaliduntil::text",
    },
    source=f"""
    from pg_roles r {shared_comment_on("pg_authid", "r.oid")}
    where r.rolname !~ '^pg_'
    """,
    scope="cluster",
)

# Never the password, nor its hash, nor a digest of that: only how it is kept. Whether it is the
# one that the application has is shown by logging in (row 30).
ROLE_PASSWORDS = Kind(
    "role passwords",
    object="quote_ident(a.rolname)",
    properties={
        "method": "case when a.rolpassword like 'SCRAM-SHA-256$%' then 'scram-sha-256'"
        " when a.rolpassword ~ '^md5[0-9a-f]{32}$' then 'md5'"
        " when a.rolpassword is not null then 'unknown' end"
    },
    source="from pg_authid a where a.rolname !~ '^pg_'",
    scope="cluster",
    need=Need(
        "has_table_privilege('pg_catalog.pg_authid', 'select')",
        "how passwords are kept stands in pg_authid, which only superusers read: ask as one, or log"
        " in as each role with the secret it has now",
    ),
)

# One membership may have been granted by several roles since 16: options add up.
MEMBERSHIPS = Kind(
    "memberships",
    object="format('%I in %I', m.member, m.role)",
    properties={
        "admin": "m.admin::text",
        "inherit": "m.inherit::text",
        "set": "m.set::text",
        "grantors": "m.grantors",
    },
    # Before 16 a membership is inherited if its member inherits, and SET ROLE is always allowed;
    # the row as JSON has the options where there are any. A grantor may be gone since.
    source="""
    from (
        select u.rolname as member, r.rolname as role, bool_or(a.admin_option) as admin,
               bool_or(coalesce((to_jsonb(a) ->> 'inherit_option')::boolean, u.rolinherit))
                   as inherit,
               bool_or(coalesce((to_jsonb(a) ->> 'set_option')::boolean, true)) as set,
               string_agg(quote_ident(pg_get_userbyid(a.grantor)), ', '
                          order by pg_get_userbyid(a.grantor) collate "C") as grantors
        from pg_auth_members a
        join pg_roles r on r.oid = a.roleid join pg_roles u on u.oid = a.member
        where not (r.rolname ~ '^pg_' and u.rolname ~ '^pg_')
        group by u.rolname, r.rolname
    ) m
    """,
    scope="cluster",
)

KINDS = (ROLES, ROLE_PASSWORDS, MEMBERSHIPS)
