"""What the operator does next about a difference of the schema."""

from __future__ import annotations

from collections.abc import Mapping

RESTORE_AGAIN = "Restore again: it is not in the copy; compare the point reached with T."
GLOBALS = (
    "Load the cluster's globals (pg_dumpall --globals-only) first: a dump of one database has none."
)
LOST: Mapping[str, str] = {
    "roles": GLOBALS,
    "memberships": GLOBALS,
    "role passwords": GLOBALS,
    "role settings": GLOBALS,
    "tablespaces": GLOBALS,
    "database settings": "Run ALTER DATABASE … SET: only pg_dump --create or pg_dumpall keep it.",
    "settings of the database": (
        "Run ALTER DATABASE … SET: only pg_dump --create or pg_dumpall keep it."
    ),
    "replication slots": (
        "Create it again once the copy is adopted: no base backup and no dump brings a slot."
    ),
    "large objects": "Dump again with large objects: pg_dump -n and -t leave them out.",
    "user mapping options": "Run CREATE USER MAPPING with the options that it had.",
    "system privileges": "Grant or revoke it again: the copy has the privileges that initdb gives.",
}
"""Kind → what to do about an object of it that is not in the copy."""
STRANGER = "Find where it came from: the copy is of another point, or was altered since."
OTHER_POINT = "Find what changed it: the copy is of another point, or was altered since."
LEFT_OUT = "What is left out here stands in both databases: one number is one text."
DAMAGED = "Restore from another backup: the server cannot read its own catalog."
RECORD_AGAIN = "record the baseline again with this version of the harness"
VERIFY_AGAIN = "verify again when nobody alters the schema"

BAD_STATES: Mapping[tuple[str, str, str], str] = {
    ("indexes", "valid", "false"): "Rebuild it with REINDEX INDEX: no query uses an invalid index.",
    ("indexes", "ready", "false"): "Rebuild it with REINDEX INDEX: writes do not maintain it.",
    ("indexes", "live", "false"): "Drop it and create it again: it was left half dropped.",
    ("constraints", "validated", "false"): (
        "Run ALTER TABLE … VALIDATE CONSTRAINT: rows already there were never checked."
    ),
    ("constraints", "enforced", "false"): (
        "Run ALTER TABLE … ALTER CONSTRAINT … ENFORCED: nothing checks new rows."
    ),
    ("constraints", "triggers", "disabled"): (
        "Run ALTER TABLE … ENABLE TRIGGER ALL on its table: nothing checks what is written there."
    ),
    ("constraints", "referenced triggers", "disabled"): (
        "Run ALTER TABLE … ENABLE TRIGGER ALL on the table it refers to: rows that are referred to "
        "can be deleted there."
    ),
    ("columns", "not null", "not valid"): (
        "Run ALTER TABLE … VALIDATE CONSTRAINT: rows already there were never checked."
    ),
    ("triggers", "enabled", "disabled"): "Run ALTER TABLE … ENABLE TRIGGER: it does not fire.",
    ("rules", "enabled", "disabled"): "Run ALTER TABLE … ENABLE RULE: it does nothing.",
    (
        "event triggers",
        "enabled",
        "disabled",
    ): "Run ALTER EVENT TRIGGER … ENABLE: it is switched off.",
    ("views", "populated", "false"): "Run REFRESH MATERIALIZED VIEW: it cannot be read.",
    ("tables", "persistence", "unlogged"): (
        "Run ALTER TABLE … SET LOGGED: a crash or a physical restore empties it."
    ),
    ("databases", "connection limit", "0"): (
        "Run ALTER DATABASE … CONNECTION LIMIT: the backup was taken while it was fenced."
    ),
    ("database", "connection limit", "0"): (
        "Run ALTER DATABASE … CONNECTION LIMIT: the backup was taken while it was fenced."
    ),
    ("databases", "connection limit", "-2"): (
        "Drop it and restore again: a DROP DATABASE stopped half-way, nothing opens it."
    ),
    ("databases", "allows connections", "false"): (
        "Run ALTER DATABASE … ALLOW_CONNECTIONS true: nobody gets in, superusers neither."
    ),
    ("database", "allows connections", "false"): (
        "Run ALTER DATABASE … ALLOW_CONNECTIONS true: nobody gets in, superusers neither."
    ),
    ("roles", "logs in", "false"): "Run ALTER ROLE … LOGIN: its application is locked out.",
    ("role passwords", "method", ""): (
        "Set the password again: nobody logs in as this role with one."
    ),
    ("replication slots", "lost", "true"): (
        "Drop it and create it again: the WAL that its reader needs is gone."
    ),
    ("subscriptions", "enabled", "false"): (
        "Run ALTER SUBSCRIPTION … ENABLE once the copy is adopted: pg_dump leaves it disabled."
    ),
    ("subscription tables", "synchronised", "false"): (
        "Once the copy is adopted, let the table be copied again: it never was to the end."
    ),
    ("tables", "row security", "false"): (
        "Run ALTER TABLE … ENABLE ROW LEVEL SECURITY: every role that may read it sees every row."
    ),
}
"""(kind, property, value in the copy) → what to do about a state that can be mended in place."""


def lost(kind: str) -> str:
    """What to do about an object of this kind that is not in the copy."""
    return LOST.get(kind, RESTORE_AGAIN)
