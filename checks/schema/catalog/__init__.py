"""The object kinds that are compared; a module a family, each kind one declaration.

A new kind is a new `Kind` there, a new row of `KINDS` or `CLUSTER_KINDS`, and new rows of
``tests/sabotage``: every property is seen to fail.
"""

from __future__ import annotations

from checks.schema.catalog.columns import COLUMNS
from checks.schema.catalog.constraints import CONSTRAINTS
from checks.schema.catalog.indexes import INDEXES
from checks.schema.catalog.others import EXTENSIONS, FUNCTIONS, TYPES
from checks.schema.catalog.schemas import SCHEMAS
from checks.schema.catalog.sequences import SEQUENCES
from checks.schema.catalog.tables import POLICIES, TABLES
from checks.schema.catalog.triggers import EVENT_TRIGGERS, TRIGGERS
from checks.schema.catalog.views import RULES, VIEWS
from checks.schema.kind import Kind

KINDS: tuple[Kind, ...] = (
    SCHEMAS,
    EXTENSIONS,
    TYPES,
    TABLES,
    COLUMNS,
    CONSTRAINTS,
    INDEXES,
    SEQUENCES,
    VIEWS,
    RULES,
    TRIGGERS,
    EVENT_TRIGGERS,
    POLICIES,
    FUNCTIONS,
)
"""Of one database, in the order of findings: what holds others comes first."""

CLUSTER_KINDS: tuple[Kind, ...] = ()
"""Of the whole cluster, seen from any of its databases; in the order of findings."""
