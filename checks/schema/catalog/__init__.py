"""The object kinds that are compared; a module a family, each kind one declaration.

A new kind is a new `Kind` there, a new row of `KINDS` or `CLUSTER_KINDS`, and new rows of
``tests/sabotage``: every property is seen to fail.
"""

from __future__ import annotations

from checks.schema.catalog import (
    collations,
    databases,
    extensions,
    foreign,
    languages,
    operators,
    replication,
    roles,
    routines,
    security,
    statistics,
    tablespaces,
    text_search,
    types,
)
from checks.schema.catalog.columns import COLUMNS
from checks.schema.catalog.constraints import CONSTRAINTS
from checks.schema.catalog.indexes import INDEXES
from checks.schema.catalog.schemas import SCHEMAS
from checks.schema.catalog.sequences import SEQUENCES
from checks.schema.catalog.tables import POLICIES, TABLES
from checks.schema.catalog.triggers import EVENT_TRIGGERS, TRIGGERS
from checks.schema.catalog.views import RULES, VIEWS
from checks.schema.kind import Kind

KINDS: tuple[Kind, ...] = (
    SCHEMAS,
    *extensions.KINDS,
    *languages.KINDS,
    *collations.KINDS,
    *types.KINDS,
    *foreign.KINDS,
    TABLES,
    COLUMNS,
    CONSTRAINTS,
    INDEXES,
    *statistics.KINDS,
    SEQUENCES,
    VIEWS,
    RULES,
    TRIGGERS,
    EVENT_TRIGGERS,
    POLICIES,
    *routines.KINDS,
    *operators.KINDS,
    *text_search.KINDS,
    *replication.KINDS,
    *security.KINDS,
)
"""Of one database, in the order of findings: what holds others comes first."""

CLUSTER_KINDS: tuple[Kind, ...] = (
    *roles.KINDS,
    *tablespaces.KINDS,
    *databases.KINDS,
    *replication.CLUSTER_KINDS,
    *security.CLUSTER_KINDS,
)
"""Of the whole cluster, seen from any of its databases; in the order of findings."""

DATABASE_KINDS: tuple[Kind, ...] = (*KINDS, *databases.OF_ONE)
"""Of one database, itself as an object of its cluster among them, whatever its name is."""

SHARED_KINDS: tuple[Kind, ...] = tuple(
    kind for kind in CLUSTER_KINDS if kind not in databases.NEIGHBOURS
)
"""Of the cluster, but for other databases: what a comparison of some databases asks for besides."""
