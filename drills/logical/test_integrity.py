"""The copy is sound in itself, whatever it is a copy of."""

from __future__ import annotations

from dataclasses import replace

from checks.integrity.relations import check_relations
from checks.judgement import Judgement
from checks.shared_snapshot import SharedSnapshot
from drills.proofs import integrity
from fixtures.comparison import Copies
from fixtures.judging import Judge
from fixtures.shared_proofs import SharedProofs

proofs = SharedProofs(integrity, without=frozenset({"test_nothing_is_left_empty_by_its_kind"}))


def test_no_materialised_view_is_left_empty(copies: Copies, judge: Judge) -> None:
    """Every materialised view is populated (R34)."""
    # An unlogged table is no loss here: pg_dump brings its rows, and its content is compared.

    def check(shared: SharedSnapshot) -> Judgement:
        judged = check_relations(shared)
        held = [one for one in judged.findings if not one.check.endswith(".unlogged")]
        return replace(judged, findings=tuple(held))

    findings = judge(copies.each(integrity.FAMILY, check))

    assert findings == []
