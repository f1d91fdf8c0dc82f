"""The source as RDS describes it, or what is left of it: its state, protection and key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from checks.finding import Finding
from checks.judgement import Judgement
from checks.readiness.unasked import Unasked, unasked

STATE = "readiness.state"
PROTECTION = "readiness.protection"
KEY = "readiness.key"

RETAINED = "retained"
"""RDS's own word for the backups of a cluster that is gone."""
UNUSABLE = (
    "inaccessible-encryption-credentials",
    "inaccessible-encryption-credentials-recoverable",
    "failed",
    "creating",
    "deleting",
    "migration-failed",
)
"""In these a source has no backups that can be restored, or will have none.

https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/accessing-monitoring.html
"""


@dataclass(frozen=True, slots=True)
class SeenSource:
    """A cluster or a single instance, or what is left of one.

    kind             cluster, instance
    arn              "" where it is gone and nothing says it
    status           RDS's word; `RETAINED` once it is gone
    retention_days   of automated backups; 0 none
    earliest, latest bounds of what its automated backups restore, aware; None where there are none
    protected        deletion protection; None where it is gone
    key              ARN of the KMS key; None where its storage is not encrypted
    host, port       its endpoint; None while it has none
    reader_host      the endpoint of its readers; None where it has none
    vpc              None where it is not told
    engine           with its version
    instances        how many it has
    """

    kind: str
    identifier: str
    resource_id: str | None
    arn: str
    engine: str
    status: str
    retention_days: int
    earliest: datetime | None
    latest: datetime | None
    protected: bool | None
    key: str | None
    host: str | None
    reader_host: str | None
    port: int | None
    vpc: str | None
    instances: int

    @property
    def is_gone(self) -> bool:
        """Whether only backups of it are left (R61)."""
        return self.status == RETAINED


@dataclass(frozen=True, slots=True)
class SeenKey:
    """A KMS key as it was described.

    state  KMS's word: Enabled, Disabled, PendingDeletion …; "missing" where there is no such key
    of     what is encrypted with it: the source, snapshots
    goes   when it will be deleted, where that is planned
    """

    arn: str
    state: str
    of: str
    goes: datetime | None = None


def check_state(seen: SeenSource) -> list[Finding]:
    """The source is not in a state in which RDS cannot restore it."""
    if seen.status not in UNUSABLE:
        return []
    key = seen.status.startswith("inaccessible")
    return [
        Finding(
            STATE,
            seen.identifier,
            "a state in which it can be restored",
            seen.status,
            "Give RDS its key back: enable it, or cancel its deletion, then start it."
            if key
            else "See its events (`aws rds describe-events`), and restore from what there is.",
        )
    ]


def check_protection(seen: SeenSource) -> list[Finding]:
    """It cannot be deleted by one call. The caller does not ask this of a source that is gone."""
    if seen.protected:
        return []
    return [
        Finding(
            PROTECTION,
            seen.identifier,
            "deletion protection on",
            "deletion protection off",
            "Turn deletion protection on: one call deletes it, and its automated backups with it.",
        )
    ]


def judge_keys(keys: Sequence[SeenKey | Unasked]) -> Judgement:
    """Every key that a restore needs is enabled: no backup can be read without it."""
    judgement = Judgement()
    for key in keys:
        if isinstance(key, Unasked):
            judgement += unasked(KEY, "a KMS key", key)
        elif key.state != "Enabled":
            judgement += Judgement((_unusable(key),))
    return judgement


def _unusable(key: SeenKey) -> Finding:
    remedies = {
        "Disabled": "Enable it (`aws kms enable-key`).",
        "PendingDeletion": (
            "Cancel its deletion today (`aws kms cancel-key-deletion`), and enable it: after that "
            "day nothing it encrypts can ever be read again."
        ),
    }
    when = f", to be deleted {key.goes:%Y-%m-%d}" if key.goes is not None else ""
    return Finding(
        KEY,
        f"{key.arn}, which encrypts {key.of}",
        "Enabled",
        f"{key.state}{when}",
        remedies.get(key.state, "Make it usable again: nothing can be restored without it."),
    )
