"""Nothing starts work while the cluster is recovered, nothing was under way, and all is as it was
afterwards.
"""

from __future__ import annotations

from collections.abc import Collection

from checks.ingest.drained import check_dead_letters, check_drained
from checks.ingest.halted import check_agreement, check_halted, check_write_probe
from checks.ingest.resumed import check_resumed
from checks.ingest.seen import Halted, Resumed
from fixtures.claims import NotApplicable, NotProven
from fixtures.fencing.removal import RemovedAccess
from fixtures.ingest.seam import HasApi
from fixtures.judging import Judge
from fixtures.source import Source

NO_RULES = "what writes here has no rules"


def test_every_rule_is_disabled(halted_ingest: Halted, judge: Judge) -> None:
    """While ingest is halted every rule is disabled, of whatever type (R8)."""
    require(halted_ingest, ("rules",), NO_RULES)
    findings = judge(check_halted(halted_ingest.seen))

    assert findings == []


def test_all_who_know_of_a_rule_agree(halted_ingest: Halted, judge: Judge) -> None:
    """Database, EventBridge and event source mappings say that they are, too (R8)."""
    require(halted_ingest, ("rules",), NO_RULES)
    findings = judge(check_agreement(halted_ingest.seen))

    assert findings == []


def test_nothing_is_under_way(halted_ingest: Halted, judge: Judge) -> None:
    """No execution runs, no row says so, and no queue holds anything (R11, R12)."""
    parts = ("executions", "rows", "queues", "quiet")
    require(halted_ingest, parts, "nobody says how to see what is under way: [ingest] quiet")
    findings = judge(check_drained(halted_ingest.seen))

    assert findings == []


def test_dead_letters_grow_no_more(halted_ingest: Halted, judge: Judge) -> None:
    """What could not be written has ended up as dead letters, and nothing is added (R12)."""
    require(halted_ingest, ("dead",), "what writes here has no dead-letter queues")
    if halted_ingest.dead is None:
        raise NotProven(halted_ingest.found or "they were not counted")
    findings = judge(check_dead_letters(*halted_ingest.dead))

    assert findings == []


def test_the_api_takes_no_write(
    fenced_source: RemovedAccess, halted_ingest: Halted, source: Source, judge: Judge
) -> None:
    """Clients of the archive's API cannot write to the source (R9)."""
    if not isinstance(source.ingest, HasApi):
        raise NotApplicable("what writes here has no API")
    findings = judge(check_write_probe(source.ingest.probe_write()))

    assert findings == []


def test_ingest_is_as_it_was(resumed_ingest: Resumed, judge: Judge) -> None:
    """Enabled is what was enabled before the halt, and nothing else (R57)."""
    if resumed_ingest.before is None:
        raise NotApplicable("ingest was not halted, or is resumed already")
    findings = judge(check_resumed(resumed_ingest.before, resumed_ingest.seen))

    assert findings == []


def test_all_who_know_of_a_rule_agree_again(resumed_ingest: Resumed, judge: Judge) -> None:
    """Resumed, too, database, EventBridge and mappings agree: what is enabled is started (R8)."""
    if resumed_ingest.seen.rules is None and "rules" not in resumed_ingest.seen.unseen:
        raise NotApplicable(NO_RULES)
    findings = judge(check_agreement(resumed_ingest.seen))

    assert findings == []


def require(halted: Halted, parts: Collection[str], otherwise: str) -> None:
    """NotApplicable where this ingest has none of these, and it is not that nobody could look."""
    seen = halted.seen
    if all(getattr(seen, part) is None and part not in seen.unseen for part in parts):
        raise NotApplicable(halted.found or otherwise)
