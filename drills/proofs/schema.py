"""Every object, right and setting is what it was."""

from __future__ import annotations

from fixtures.comparison import Comparison
from fixtures.judging import Judge


def test_every_object_is_what_it_was(comparison: Comparison, judge: Judge) -> None:
    """Every object, with owner, rights, comment, options and state (R34)."""
    findings = judge(comparison.schema())

    assert findings == []


def test_roles_and_rights_of_the_cluster_are_what_they_were(
    comparison: Comparison, judge: Judge
) -> None:
    """Roles, memberships, tablespaces, role and database settings (R34)."""
    findings = judge(comparison.cluster())

    assert findings == []


def test_the_server_is_set_as_it_was(comparison: Comparison, judge: Judge) -> None:
    """Server settings that change results or safety (R31)."""
    findings = judge(comparison.parameters())

    assert findings == []
