"""Whether a running copy can reach, or be reached by, what its source worked with (DESIGN 5)."""

from checks.isolation.archiving import archive_digest
from checks.isolation.danger import OPEN, Quarantine
from checks.isolation.judging import archive_of, judge_cluster, judge_database, judge_isolation
from checks.isolation.observation import (
    ClusterIsolation,
    DatabaseIsolation,
    IsolationObservation,
    observe_cluster,
    observe_database,
    observe_isolation,
)

__all__ = [
    "OPEN",
    "ClusterIsolation",
    "DatabaseIsolation",
    "IsolationObservation",
    "Quarantine",
    "archive_digest",
    "archive_of",
    "judge_cluster",
    "judge_database",
    "judge_isolation",
    "observe_cluster",
    "observe_database",
    "observe_isolation",
]
