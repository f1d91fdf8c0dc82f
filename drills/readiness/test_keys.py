"""Backups can be decrypted."""

from __future__ import annotations

from collections.abc import Sequence

from checks.readiness.source import SeenKey, judge_keys
from checks.readiness.unasked import Unasked
from fixtures.judging import Judge


def test_every_key_is_enabled(seen_keys: Sequence[SeenKey | Unasked], judge: Judge) -> None:
    """Every key of source and snapshots is enabled."""
    findings = judge(judge_keys(seen_keys))

    assert findings == []
