"""What leads to other servers: wrappers, servers, user mappings, the options of foreign tables.

An option may be a password wherever somebody put one. Those that say where something is or how it
is read are shown with their values, of the others the name; their values are compared by digest.
The options of a foreign table's columns are properties of those columns.
"""

from __future__ import annotations

from typing import LiteralString

from checks.schema.catalog._parts import acl, comment_on, member_of
from checks.schema.catalog._references import COMMENT, MEMBER, function, owner
from checks.schema.kind import EXTENSION, PARENT, Kind, Need, Property

_SHOWN: LiteralString = (
    "'host', 'hostaddr', 'port', 'dbname', 'schema_name', 'table_name', 'column_name',"
    " 'use_remote_estimate', 'fdw_startup_cost', 'fdw_tuple_cost', 'fetch_size', 'batch_size',"
    " 'updatable', 'truncatable', 'async_capable', 'parallel_commit', 'parallel_abort',"
    " 'analyze_sampling', 'keep_connections', 'extensions', 'format', 'header', 'delimiter',"
    " 'filename', 'encoding', 'force_not_null', 'force_null', 'password_required'"
)


def options(column: LiteralString) -> Property:
    """Options by name, in order: with the value where it cannot be a secret."""
    return Property(
        f"""case when {column} is not null then
        (select string_agg(quote_ident(option_name) || case when option_name in ({_SHOWN})
            then ' ' || quote_literal(option_value) else '' end, ', '
            order by option_name collate "C")
        from pg_options_to_table({column})) end""",
        shown=True,
    )


def secret_options(column: LiteralString) -> Property:
    """Names and values of all other options."""
    return Property(
        f"""case when {column} is not null then
            (select string_agg(quote_ident(option_name) || ' ' || quote_literal(option_value), ', '
                order by option_name collate "C")
            from pg_options_to_table({column}) where option_name not in ({_SHOWN})) end""",
        secret=True,
    )


WRAPPERS = Kind(
    "foreign data wrappers",
    object="quote_ident(w.fdwname)",
    properties={
        "owner": owner("w.fdwowner"),
        "acl": acl("w.fdwacl", "F", "w.fdwowner"),
        "comment": COMMENT,
        EXTENSION: MEMBER,
        "handler": function("w.fdwhandler"),
        "validator": function("w.fdwvalidator"),
        "options": options("w.fdwoptions"),
        "secret options": secret_options("w.fdwoptions"),
    },
    source=f"""
    from pg_foreign_data_wrapper w {comment_on("pg_foreign_data_wrapper", "w.oid")}
    {member_of("pg_foreign_data_wrapper", "w.oid")}
    """,
)

SERVERS = Kind(
    "servers",
    object="quote_ident(v.srvname)",
    properties={
        "owner": owner("v.srvowner"),
        "acl": acl("v.srvacl", "S", "v.srvowner"),
        "comment": COMMENT,
        EXTENSION: MEMBER,
        "wrapper": "quote_ident(w.fdwname)",
        "type": "v.srvtype",
        "version": "v.srvversion",
        "options": options("v.srvoptions"),
        "secret options": secret_options("v.srvoptions"),
    },
    source=f"""
    from pg_foreign_server v join pg_foreign_data_wrapper w on w.oid = v.srvfdw
    {comment_on("pg_foreign_server", "v.oid")} {member_of("pg_foreign_server", "v.oid")}
    """,
)

_MAPPING: LiteralString = (
    "format('%I for %s', m.srvname, case m.umuser when 0 then 'public'"
    " else quote_ident(pg_get_userbyid(m.umuser)) end)"
)

# That a mapping exists, everybody may see; its options, the mapped user and the server's owner.
USER_MAPPINGS = Kind(
    "user mappings",
    object=_MAPPING,
    properties={},
    source="from pg_user_mappings m",
)

USER_MAPPING_OPTIONS = Kind(
    "user mapping options",
    object=_MAPPING,
    properties={
        "options": options("m.umoptions"),
        "secret options": secret_options("m.umoptions"),
    },
    source="from pg_user_mappings m",
    need=Need(
        # The condition under which the view pg_user_mappings shows options, for every mapping.
        """
        not exists (
            select from pg_user_mappings m join pg_foreign_server v on v.oid = m.srvid
            where not case
                when (select rolsuper from pg_roles where rolname = current_user) then true
                when m.umuser = 0 then pg_has_role(v.srvowner, 'USAGE')
                when m.usename = current_user then pg_has_role(v.srvowner, 'USAGE')
                     or has_server_privilege(v.oid, 'USAGE')
                else false end
        )
        """,
        "options of user mappings are shown to superusers only: ask as one, or compare these"
        " mappings by hand",
    ),
)

# Lost with its table, and told with it.
_TABLE: LiteralString = "format('%I.%I', s.nspname, c.relname)"

FOREIGN_TABLES = Kind(
    "foreign tables",
    object=_TABLE,
    properties={
        PARENT: _TABLE,
        "server": "quote_ident(v.srvname)",
        "options": options("f.ftoptions"),
        "secret options": secret_options("f.ftoptions"),
    },
    source="""
    from pg_foreign_table f join pg_class c on c.oid = f.ftrelid
    join spaces s on s.oid = c.relnamespace join pg_foreign_server v on v.oid = f.ftserver
    """,
)

KINDS = (
    WRAPPERS,
    SERVERS,
    USER_MAPPINGS,
    USER_MAPPING_OPTIONS,
    FOREIGN_TABLES,
)
