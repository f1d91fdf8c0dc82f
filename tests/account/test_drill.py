"""``pytest drills/pitr --cloud=aws``: beside a source that lives on, and nothing of it touched."""

from __future__ import annotations

from pathlib import Path

from tests.account.fix_account import Somebody
from tests.drills.fix_drill import Drill


def test_a_drill_beside_a_source_in_use_is_proven(
    drill: Drill, account: Somebody, settings: Path
) -> None:
    """Restored beside the source, which goes on; what touches it is withheld (R32, R35)."""
    drill.environ.update(account.environ)
    before = account.writer.ledger.acknowledged

    result = drill.run("--cloud=aws", f"--drill-config={settings}")

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN drill of core-prod")
    claims = result.claims()
    assert "withheld" == claims["halted_ingest"] == claims["fenced_source"]
    assert before < account.writer.ledger.acknowledged
