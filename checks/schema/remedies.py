"""What the operator does next about a difference of the schema."""

from __future__ import annotations

from collections.abc import Mapping

RESTORE_AGAIN = "Restore again: it is not in the copy; compare the point reached with T."
STRANGER = "Find where it came from: the copy is of another point, or was altered since."
OTHER_POINT = "Find what changed it: the copy is of another point, or was altered since."
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
    ("tables", "row security", "false"): (
        "Run ALTER TABLE … ENABLE ROW LEVEL SECURITY: every role that may read it sees every row."
    ),
}
"""(kind, property, value in the copy) → what to do about a state that can be mended in place."""
