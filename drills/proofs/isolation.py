"""Nothing in the copy can reach what its source works with (DESIGN 5)."""

from __future__ import annotations

from fixtures.comparison import Copies
from fixtures.judging import Judge
from fixtures.seclusion import Seclusion


def test_the_server_of_the_copy_is_isolated(
    copies: Copies, seclusion: Seclusion, judge: Judge
) -> None:
    """No archive, standby, slot or worker is production's (R64)."""
    findings = judge(copies.once("isolation", seclusion.judge_cluster))

    assert findings == []


def test_the_databases_of_the_copy_are_isolated(
    copies: Copies, seclusion: Seclusion, judge: Judge
) -> None:
    """No subscription, server, job or stranger links it to others (R64)."""
    findings = judge(copies.each("isolation", seclusion.judge_database))

    assert findings == []
