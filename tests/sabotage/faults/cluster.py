"""What belongs to a whole cluster, or to one database and not to its objects (R34, rows 12 and 21).

All of it stands in ``samples/beside.sql``, loaded into a copy of the samples called `DATABASE`.
Nothing is committed: other tests use the same server.
"""

from __future__ import annotations

from tests.sabotage.faults.fault import Fault, fault
from tests.sabotage.faults.replication import subscriptions

ME = '"Beside ""me"""'
DATABASE = "beside"

ROLES: tuple[Fault, ...] = (
    fault("row 12: role lost", "cluster.roles", "beside_spare", "drop role beside_spare"),
    fault(
        "role added",
        "cluster.roles",
        "intruder",
        "create role intruder superuser login",
    ),
    fault(
        "role's comment",
        "cluster.roles.comment",
        "beside_group",
        "comment on role beside_group is null",
    ),
    *(
        fault(
            f"role: {prop}", f"cluster.roles.{prop.replace(' ', '_')}", ME, f"alter role {ME} {to}"
        )
        for prop, to in (
            ("superuser", "nosuperuser"),
            ("inherits", "noinherit"),
            ("creates roles", "nocreaterole"),
            ("creates databases", "nocreatedb"),
            ("logs in", "nologin"),
            ("replicates", "noreplication"),
            ("bypasses row security", "nobypassrls"),
            ("connection limit", "connection limit 4"),
            ("valid until", "valid until 'infinity'"),
        )
    ),
    fault(
        "role's password lost with it",
        "cluster.role_passwords",
        "beside_spare",
        "drop role beside_spare",
    ),
    fault(
        "role's password lost",
        "cluster.role_passwords.method",
        ME,
        f"alter role {ME} password null",
    ),
    fault(
        "role's password kept in the old way",
        "cluster.role_passwords.method",
        ME,
        "update pg_authid set rolpassword = 'md5' || md5('x') where rolname = 'Beside \"me\"'",
    ),
    fault(
        "row 12: membership lost",
        "cluster.memberships",
        f"{ME} in beside_group",
        f"revoke beside_group from {ME}",
    ),
    fault(
        "membership in a role of the server's own",
        "cluster.memberships",
        "beside_other in pg_read_all_data",
        "grant pg_read_all_data to beside_other",
    ),
    fault(
        "membership: admin",
        "cluster.memberships.admin",
        f"{ME} in beside_group",
        f"revoke admin option for beside_group from {ME}",
    ),
    fault(
        "membership: grantors",
        "cluster.memberships.grantors",
        f"{ME} in beside_group",
        "update pg_auth_members set grantor = 'beside_other'::regrole"
        " where roleid = 'beside_group'::regrole",
    ),
)
MEMBERSHIPS_BEFORE_16: tuple[Fault, ...] = (
    fault(
        "membership: inherit",
        "cluster.memberships.inherit",
        f"{ME} in beside_group",
        f"alter role {ME} noinherit",
    ),
)
MEMBERSHIPS_16: tuple[Fault, ...] = (
    fault(
        "membership: inherit",
        "cluster.memberships.inherit",
        f"{ME} in beside_group",
        f"grant beside_group to {ME} with inherit false",
    ),
    fault(
        "membership: set",
        "cluster.memberships.set",
        f"{ME} in beside_group",
        f"grant beside_group to {ME} with set false",
    ),
)

ROLE_SETTINGS: tuple[Fault, ...] = (
    fault(
        "row 12: setting of a role lost",
        "cluster.role_settings",
        f"{ME}: work_mem",
        f"alter role {ME} reset work_mem",
    ),
    fault(
        "setting of a role",
        "cluster.role_settings.value",
        f"{ME}: work_mem",
        f"alter role {ME} set work_mem = '7MB'",
    ),
    fault(
        "an application's own setting of a role",
        "cluster.role_settings.secret_value",
        f"{ME}: beside.key",
        f"alter role {ME} set \"beside.key\" = 'other'",
    ),
)

_ROW = "update pg_database set {} where datname = current_database()"
_DATABASE: tuple[tuple[str, str, str], ...] = (
    ("owner", "owner", f"alter database {DATABASE} owner to beside_other"),
    ("acl", "privileges", f"grant create on database {DATABASE} to beside_other"),
    ("acl", "row 12: privileges lost", f"revoke all on database {DATABASE} from beside_group"),
    ("comment", "comment", f"comment on database {DATABASE} is 'other words'"),
    ("encoding", "encoding", _ROW.format("encoding = 8")),
    ("collate", "collate", _ROW.format("datcollate = 'de_DE'")),
    ("ctype", "ctype", _ROW.format("datctype = 'de_DE'")),
    ("tablespace", "tablespace", _ROW.format("dattablespace = 1664")),  # pg_global
    ("connection limit", "row 21: fence captured", f"alter database {DATABASE} connection limit 0"),
    ("connection limit", "half dropped", _ROW.format("datconnlimit = -2")),
    ("allows connections", "connections refused", _ROW.format("datallowconn = false")),
    ("template", "became a template", f"alter database {DATABASE} is_template true"),
)
# Only ever rolled back: once committed, nobody could open a database whose locale is not there.
_DATABASE_15: tuple[tuple[str, str, str], ...] = (
    ("locale provider", "locale provider", _ROW.format("datlocprovider = 'i'")),
    (
        "locale",
        "locale",
        # The column was renamed in 17.
        "do $$ begin execute (select format('update pg_database set %I = ''de'' where datname ="
        " current_database()', attname) from pg_attribute where attrelid = 'pg_database'::regclass"
        " and attname in ('daticulocale', 'datlocale')); end $$",
    ),
)
_DATABASE_16: tuple[tuple[str, str, str], ...] = (
    ("rules", "rules", _ROW.format("daticurules = '&V << w <<< W'")),
)


def _as_both(rows: tuple[tuple[str, str, str], ...]) -> tuple[Fault, ...]:
    """Each as the cluster sees it, and as a verification of that one database does."""
    return tuple(
        fault(f"{family}: {name}", f"{check}.{prop.replace(' ', '_')}", subject, sql)
        for family, check, subject in (
            ("databases", "cluster.databases", DATABASE),
            ("one database", "schema.database", "this database"),
        )
        for prop, name, sql in rows
    )


DATABASES: tuple[Fault, ...] = (
    fault(
        "database lost",
        "cluster.databases",
        "template1",
        "update pg_database set datname = 'elsewhere' where datname = 'template1'",
    ),
    *_as_both(_DATABASE),
    *(
        fault(f"{check}: {name}", f"{check}{prop}", f"{subject}{setting}", sql)
        for check, subject in (
            ("cluster.database_settings", DATABASE),
            ("schema.settings_of_the_database", "this database"),
        )
        for name, prop, setting, sql in (
            ("lost", "", ": work_mem", f"alter database {DATABASE} reset work_mem"),
            ("value", ".value", ": work_mem", f"alter database {DATABASE} set work_mem = '7MB'"),
            (
                "an application's own",
                ".secret_value",
                ": beside.key",
                f"alter database {DATABASE} set \"beside.key\" = 'other'",
            ),
            (
                "of a role",
                ".value",
                " for beside_other: statement_timeout",
                f"alter role beside_other in database {DATABASE} set statement_timeout = '8s'",
            ),
        )
    ),
)

_TABLESPACE = "update pg_tablespace set {} where spcname = 'pg_default'"
TABLESPACES: tuple[Fault, ...] = (
    fault(
        "tablespace lost", "cluster.tablespaces", "pg_default", _TABLESPACE.format("spcname = 'x'")
    ),
    fault(
        "tablespace: owner",
        "cluster.tablespaces.owner",
        "pg_default",
        "alter tablespace pg_default owner to beside_other",
    ),
    fault(
        "tablespace: privileges",
        "cluster.tablespaces.acl",
        "pg_default",
        "revoke create on tablespace pg_default from beside_group",
    ),
    fault(
        "tablespace: comment",
        "cluster.tablespaces.comment",
        "pg_default",
        "comment on tablespace pg_default is null",
    ),
    fault(
        "tablespace: options",
        "cluster.tablespaces.options",
        "pg_default",
        "alter tablespace pg_default reset (random_page_cost)",
    ),
)

LARGE_OBJECTS: tuple[Fault, ...] = (
    fault("row 17: large object lost", "schema.large_objects", "4711", "select lo_unlink(4711)"),
    fault(
        "large object: owner",
        "schema.large_objects.owner",
        "4711",
        "alter large object 4711 owner to beside_group",
    ),
    fault(
        "large object: privileges",
        "schema.large_objects.acl",
        "4711",
        "revoke select on large object 4711 from beside_group",
    ),
    fault(
        "large object: comment",
        "schema.large_objects.comment",
        "4711",
        "comment on large object 4711 is 'small'",
    ),
)

LABELS: tuple[Fault, ...] = (
    fault(
        "security label lost",
        "schema.security_labels",
        "table objects.measured (nobody)",
        "delete from pg_seclabel",
    ),
    fault(
        "security label",
        "schema.security_labels.label",
        "table objects.measured (nobody)",
        "update pg_seclabel set label = 'public'",
    ),
    fault(
        "security label of a role lost",
        "cluster.shared_security_labels",
        "role beside_group (nobody)",
        "delete from pg_shseclabel",
    ),
    fault(
        "security label of a role",
        "cluster.shared_security_labels.label",
        "role beside_group (nobody)",
        "update pg_shseclabel set label = 'public'",
    ),
)


# Neither of the cluster nor of a database of its own, and yet brought by no dump.
FAMILIES: tuple[Fault, ...] = (
    fault(
        "operator families: member of the server's own lost",
        "schema.operator_families",
        "pg_catalog.integer_ops using btree",
        "alter operator family pg_catalog.integer_ops using btree drop function 1 (int, text)",
    ),
)


def cluster(version: int) -> tuple[Fault, ...]:
    """All of these faults that a server of this version (``server_version_num``) can have."""
    return (
        ROLES
        + ROLE_SETTINGS
        + DATABASES
        + TABLESPACES
        + LARGE_OBJECTS
        + LABELS
        + FAMILIES
        + subscriptions(version)
        + (_as_both(_DATABASE_15) if version >= 150000 else ())
        + (MEMBERSHIPS_16 + _as_both(_DATABASE_16) if version >= 160000 else MEMBERSHIPS_BEFORE_16)
    )
