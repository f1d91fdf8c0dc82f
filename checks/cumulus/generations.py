"""What a version of Cumulus keeps where: tables, guard tables, partitions, states of work, keys.

```
v11 ─────────── v15 │ v16 ─────────── v20 │ v21                    │ v22
DynamoDB twin       │ Postgres alone       │ bigint keys, reports   │ partitions, guard tables
```
From its packages and release notes: the twin tables of DynamoDB went with v16.0.0; the keys of
executions were widened by an update that any earlier release could take, and that v21 requires;
v22 is deployed into a fresh database, and its migrations are counted anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

FIRST, LAST = 11, 22
"""The major versions that are known here."""

_TABLES = (
    "async_operations",
    "collections",
    "providers",
    "rules",
    "executions",
    "pdrs",
    "granules",
    "files",
    "granules_executions",
    "knex_migrations",
    "knex_migrations_lock",
)
_CREATED = tuple(
    f"20201014{at}_create_{table}_table"
    for at, table in (
        ("104958", "collections"),
        ("105016", "providers"),
        ("105024", "rules"),
        ("105030", "async_operations"),
        ("105045", "executions"),
        ("105054", "pdrs"),
        ("105058", "granules"),
        ("105102", "files"),
    )
)
_COUNTED = tuple(
    f"{10 * number:03}_{table}"
    for number, table in enumerate(
        (
            "async_operations",
            "collections",
            "executions",
            "providers",
            "rules",
            "pdrs",
            "granules",
            "files",
            "granules_executions",
            "reconciliation_reports",
        ),
        1,
    )
)
_NONE: Mapping[str, tuple[str, ...]] = MappingProxyType({})
_WIDE = MappingProxyType(
    {
        "executions": ("cumulus_id", "parent_cumulus_id"),
        "files": ("granule_cumulus_id",),
        "granules_executions": ("granule_cumulus_id", "execution_cumulus_id"),
        "pdrs": ("execution_cumulus_id",),
    }
)
_STATUSES = MappingProxyType(
    {
        "executions": ("running",),
        "granules": ("queued", "running"),
        "pdrs": ("running",),
        "async_operations": ("RUNNING",),
    }
)


@dataclass(frozen=True, slots=True)
class Guard:
    """A table that keeps a key unique over all partitions of another, by triggers.

    base     the partitioned table
    keys     the columns that both have, and that are the guard's key
    carried  columns that both have besides
    """

    table: str
    base: str
    keys: tuple[str, ...]
    carried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Partitioning:
    """How a table is divided: `strategy` as ``pg_partitioned_table`` has it, by `column`."""

    table: str
    strategy: str
    column: str


@dataclass(frozen=True, slots=True)
class Generation:
    """What the versions from `first` to `last` have in common.

    tables      that must be there
    wide        table → key columns that are bigint
    guards      guard tables
    partitions  tables that are divided; all others are not
    migrations  names that the migration table begins with, without the ending of their files
    statuses    table → states that say somebody is at work on the row
    twins       DynamoDB tables that hold what Postgres holds, without the prefix
    dynamodb    those that there are besides
    """

    first: int
    last: int
    tables: tuple[str, ...]
    migrations: tuple[str, ...] = _CREATED
    wide: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NONE)
    guards: tuple[Guard, ...] = ()
    partitions: tuple[Partitioning, ...] = ()
    statuses: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _STATUSES)
    twins: tuple[str, ...] = ()
    dynamodb: tuple[str, ...] = ("AccessTokensTable", "SemaphoresTable")

    def __str__(self) -> str:
        return f"v{self.first}" if self.first == self.last else f"v{self.first} to v{self.last}"


GENERATIONS = (
    Generation(
        11,
        15,
        _TABLES,
        twins=(
            "AsyncOperationsTable",
            "CollectionsTable",
            "ExecutionsTable",
            "FilesTable",
            "GranulesTable",
            "PdrsTable",
            "ProvidersTable",
            "RulesTable",
        ),
    ),
    Generation(16, 20, _TABLES),
    Generation(21, 21, (*_TABLES, "reconciliation_reports"), wide=_WIDE),
    Generation(
        22,
        22,
        (
            *_TABLES,
            "reconciliation_reports",
            "executions_global_unique",
            "granules_global_unique",
            "files_global_unique",
        ),
        migrations=_COUNTED,
        wide=_WIDE,
        guards=(
            Guard("executions_global_unique", "executions", ("arn",), ("url",)),
            Guard("granules_global_unique", "granules", ("granule_id",)),
            Guard("files_global_unique", "files", ("bucket", "key")),
        ),
        partitions=(
            Partitioning("executions", "range", "created_at"),
            Partitioning("granules", "hash", "collection_cumulus_id"),
            Partitioning("files", "hash", "granule_cumulus_id"),
        ),
    ),
)


def generation_of(version: str) -> Generation:
    """The generation of a version as settings write it, ``18`` or ``18.3.2``; ValueError for one
    that is not known.
    """
    major = int(version.partition(".")[0])
    for generation in GENERATIONS:
        if generation.first <= major <= generation.last:
            return generation
    raise ValueError(f"version {version} of Cumulus is not known, {FIRST} to {LAST} are")
