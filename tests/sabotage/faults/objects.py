"""Objects that hang on no table: what is common to all kinds, and all their faults together (R34).

All of them stand in ``samples/objects.sql``.
"""

from __future__ import annotations

from tests.sabotage.faults.fault import Fault, fault
from tests.sabotage.faults.foreign import FOREIGN
from tests.sabotage.faults.named import (
    EXTENSION,
    GRANTED,
    NO_MEMBERS,
    OWNED,
    PUBLICATION,
    STATISTICS,
    UNOWNED,
    WRAPPER,
    Named,
    in_catalog,
)
from tests.sabotage.faults.operators import LANGUAGES, OPERATORS
from tests.sabotage.faults.replication import publications
from tests.sabotage.faults.routines import AGGREGATES, ROUTINES
from tests.sabotage.faults.security import SECURITY
from tests.sabotage.faults.text_search import text_search
from tests.sabotage.faults.types import TYPES


def _lost(one: Named) -> Fault:
    return fault(f"{one.kind}: lost", one.check(), one.subject, f"drop {one.sql} cascade")


def _comment(one: Named) -> Fault:
    return fault(
        f"{one.kind}: comment",
        one.check("comment"),
        one.subject,
        f"comment on {one.sql} is 'other words'",
    )


def _member(one: Named) -> Fault:
    return fault(
        f"{one.kind}: became an extension's",
        one.check("extension"),
        one.subject,
        f"alter extension plpgsql add {one.sql}",
    )


def _member_by_catalog(one: Named, catalog: str, where: str) -> Fault:
    return fault(
        f"{one.kind}: became an extension's",
        one.check("extension"),
        one.subject,
        f"insert into pg_depend select '{catalog}'::regclass, o.oid, 0, 'pg_extension'::regclass,"
        f" e.oid, 0, 'e' from {catalog} o, pg_extension e where {where} and e.extname = 'plpgsql'",
    )


def _owner(one: Named) -> Fault:
    statement = f"alter {one.sql} owner to pg_monitor"
    if one is WRAPPER:  # only to a superuser, and the server that runs the tests has but one
        statement = (
            "update pg_foreign_data_wrapper set fdwowner = 'pg_monitor'::regrole"
            " where fdwname = 'faraway'"
        )
    return fault(f"{one.kind}: owner", one.check("owner"), one.subject, statement)


def _privileges(one: Named) -> Fault:
    what = "execute" if one.sql.startswith("function") else "usage"
    return fault(
        f"{one.kind}: privileges",
        one.check("acl"),
        one.subject,
        f"grant {what} on {one.sql} to pg_read_all_stats",
    )


COMMON: tuple[Fault, ...] = (
    *(_lost(one) for one in (*OWNED, *UNOWNED)),
    *(_comment(one) for one in (*OWNED, *UNOWNED, EXTENSION)),
    *(_owner(one) for one in OWNED),
    *(_privileges(one) for one in GRANTED),
    *(_member(one) for one in (*OWNED, *UNOWNED) if one not in (PUBLICATION, STATISTICS)),
    *(_member_by_catalog(*row) for row in NO_MEMBERS),
)

EXTENSIONS: tuple[Fault, ...] = (
    in_catalog("version", EXTENSION, "version", "pg_extension", "extversion = '0.9'", "true"),
    in_catalog(
        "schema",
        EXTENSION,
        "schema",
        "pg_extension",
        "extnamespace = 'objects'::regnamespace",
        "true",
    ),
    in_catalog(
        "owner", EXTENSION, "owner", "pg_extension", "extowner = 'pg_monitor'::regrole", "true"
    ),
    in_catalog(
        "relocatable", EXTENSION, "relocatable", "pg_extension", "extrelocatable = true", "true"
    ),
    in_catalog(
        "rows that a dump takes along",
        EXTENSION,
        "configuration tables",
        "pg_extension",
        "extconfig = array['objects.measured'::regclass::oid], extcondition = array['where a > 1']",
        "true",
    ),
)


def objects(version: int) -> tuple[Fault, ...]:
    """All of these faults that a server of this version (``server_version_num``) can have."""
    return (
        COMMON
        + EXTENSIONS
        + ROUTINES
        + AGGREGATES
        + TYPES
        + OPERATORS
        + LANGUAGES
        + text_search(version)
        + FOREIGN
        + publications(version)
        + SECURITY
    )
