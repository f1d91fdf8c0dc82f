"""Privileges that are lost or added (R34, row 12)."""

from __future__ import annotations

from tests.sabotage.faults.fault import Fault, fault

SECURITY: tuple[Fault, ...] = (
    fault(
        "default privileges: lost",
        "schema.default_privileges",
        "for role pg_monitor on functions",
        "alter default privileges for role pg_monitor grant execute on functions to public",
    ),
    fault(
        "default privileges: added",
        "schema.default_privileges",
        "for role pg_monitor in schema objects on sequences",
        "alter default privileges for role pg_monitor in schema objects"
        " grant usage on sequences to public",
    ),
    fault(
        "default privileges: privilege",
        "schema.default_privileges.acl",
        "for role pg_monitor in schema objects on tables",
        "alter default privileges for role pg_monitor in schema objects"
        " grant insert on tables to pg_read_all_stats",
    ),
    fault(
        "system privileges: granted",
        "schema.system_privileges",
        "function pg_ls_waldir()",
        "grant execute on function pg_catalog.pg_ls_waldir() to public",
    ),
    fault(
        "system privileges: grant lost",
        "schema.system_privileges",
        "function pg_ls_dir(text)",
        "revoke execute on function pg_catalog.pg_ls_dir(text) from pg_monitor",
    ),
    fault(
        "system privileges: granted to another",
        "schema.system_privileges.granted",
        "function pg_ls_dir(text)",
        "grant execute on function pg_catalog.pg_ls_dir(text) to pg_read_all_stats",
    ),
    fault(
        "system privileges: revoked",
        "schema.system_privileges.revoked",
        "relation pg_cursors",
        "grant select on pg_catalog.pg_cursors to public",
        "revoke select on pg_catalog.pg_cursors from current_user",
    ),
    fault(
        "system privileges: information_schema",
        "schema.system_privileges",
        "relation information_schema.tables",
        "revoke select on information_schema.tables from public",
    ),
    fault(
        "system privileges: column",
        "schema.system_privileges",
        "column pg_subscription.subconninfo",
        "grant select (subconninfo) on pg_catalog.pg_subscription to pg_monitor",
    ),
)
