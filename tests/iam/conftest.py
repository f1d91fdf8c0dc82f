"""One account with IAM on for all of this folder: a cluster of its own takes seconds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fixtures.guardian import Guardian
from tests.account.fix_account import Somebody, somebody
from tests.aws.fix_aws import one_loader
from tests.iam.fix_iam import Identities, identities

__all__ = ["one_loader"]


@dataclass(frozen=True)
class Guarded:
    """decisions  the file of IAM's decisions"""

    account: Somebody
    identities: Identities
    decisions: Path


@pytest.fixture(scope="package")
def guarded() -> Iterator[Guarded]:
    """An account with a cluster that is in use, in which IAM decides on every call."""
    with Guardian.start() as guardian:
        log = guardian.folder / "decisions.jsonl"
        arguments = (f"--decisions={log}",)
        with somebody(guardian, module="tests.iam.cloud", arguments=arguments) as account:
            yield Guarded(account, identities(account), log)
