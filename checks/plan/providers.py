"""Whose behaviour the rules know: hashicorp/aws, and no fork of it."""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Finding
from checks.plan.model import ResourceChange

AWS = frozenset(
    f"{registry}/hashicorp/aws" for registry in ("registry.terraform.io", "registry.opentofu.org")
)


def check_provider(row: ResourceChange, check: str) -> Iterator[Finding]:
    """The row's provider is hashicorp/aws; asked of every row that may change."""
    if row.provider_name not in AWS:
        yield Finding(
            f"{check}.provider",
            row.subject,
            "hashicorp/aws of registry.terraform.io or registry.opentofu.org",
            row.provider_name or None,
            "The rules know what hashicorp/aws does, and no other: use that provider.",
        )
