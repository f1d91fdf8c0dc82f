"""The policies of docs/iam, filled in for the account of these tests."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "docs" / "iam"
MODES = ("readiness", "drill", "recovery", "reap")
ACCOUNT, REGION, SOURCE = "123456789012", "us-east-1", "core-prod"
CLOSED_GROUP = "sg-5000000000000000"
LOGIN, ADMIN, CLIENT = "core-drill-login", "core-admin", "core-application"
BESIDE = {"recovery": ("ingest",)}
"""Documents that a role has besides, as managed policies: together they are what its mode needs."""
PREFIX = "core-prod"
PLACEHOLDERS = {
    "ACCOUNT": ACCOUNT,
    "REGION": REGION,
    "SOURCE": SOURCE,
    "LOGIN": LOGIN,
    "ADMIN": ADMIN,
    "CLIENT": CLIENT,
    "DATABASE-ROLE": "drill_reader",
    "CLOSED-GROUP": CLOSED_GROUP,
    "RDS-ROLE": "rds-exports",
    "MANAGED": "*-rds-login-*",
    "BUCKET": "core-states",
    "STATE": "core/prod.tfstate",
    "LOCKS": "core-locks",
    "TABLE": "core-GranulesTable",
    "SEMAPHORES": "core-SemaphoresTable",
    "OPERATOR": "operator",
    "PREFIX": PREFIX,
}
INLINE = 10_240
"""Characters of all inline policies of a role, blanks not counted (IAM quotas)."""
MANAGED = 6_144
"""Characters of one managed policy."""


def text(name: str) -> str:
    """As it lies there."""
    return (FOLDER / f"{name}.json").read_text()


@cache
def document(name: str) -> dict[str, Any]:
    """With every placeholder replaced, and what stands beside it; nobody changes it."""
    filled = re.sub(
        "|".join(rf"\b{one}\b" for one in sorted(PLACEHOLDERS, key=len, reverse=True)),
        lambda found: PLACEHOLDERS[found[0]],
        text(name),
    )
    parsed: dict[str, Any] = json.loads(filled)
    for beside in BESIDE.get(name, ()):
        parsed["Statement"] += document(beside)["Statement"]
    return parsed
