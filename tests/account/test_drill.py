"""``pytest drills/pitr --cloud=aws``: beside a source that lives on, and nothing of it touched."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fixtures.rehearsal.application import ROLE
from tests.account.fix_account import ACCOUNT, SETTINGS, TERRAFORM, Somebody
from tests.drills.fix_drill import Drill

needs_terraform = pytest.mark.skipif(shutil.which("terraform") is None, reason="needs terraform")


def test_a_drill_beside_a_source_in_use_is_proven(
    drill: Drill, account: Somebody, settings: Path
) -> None:
    """Restored beside the source, which goes on; what touches it is withheld (R32, R35)."""
    drill.environ.update(account.environ)
    before = account.writer.ledger.acknowledged

    result = drill.run("--cloud=aws", f"--drill-config={settings}")

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN drill of core-prod")
    assert (
        f"in account {ACCOUNT}, as arn:aws:sts::{ACCOUNT}:assumed-role/restore-drill/" in result.out
    )
    assert ", under a session policy" in result.out
    claims = result.claims()
    assert "withheld" == claims["halted_ingest"] == claims["fenced_source"]
    # R10: nobody is thrown out, and who is there is told.
    (seen,) = [one["facts"] for one in result.of("facts") if one["subject"] == "accessors"]
    assert any(one.startswith(f"core: {ROLE} ") for one in seen["found"]), seen
    assert before < account.writer.ledger.acknowledged


@needs_terraform
def test_a_plan_is_proven_on_a_private_copy_and_never_applied(
    drill: Drill, account: Somebody, tmp_path: Path
) -> None:
    """State and variables of the owner stay as they are, byte for byte (R43 to R46)."""
    drill.environ.update(account.environ)
    settings = account.settings(tmp_path, SETTINGS + TERRAFORM)
    before = everything(account.infra)

    result = drill.run("--cloud=aws", f"--drill-config={settings}")

    assert 0 == result.status, result.out
    claims = result.claims()
    assert "passed" == claims["proven_plan"] == claims["adopted_state"]
    assert "withheld" == claims["applied_plan"] == claims["lifted_quarantine"]
    assert before == everything(account.infra)


@pytest.mark.slow
def test_a_source_without_a_login_is_not_proven_and_nothing_fails(
    drill: Drill, account: Somebody, tmp_path: Path
) -> None:
    """Its rows were compared with nothing, and the verdict says so: exit 1, and no failure."""
    drill.environ.update(account.environ)
    text = "".join(line for line in SETTINGS.splitlines(True) if not line.startswith("login"))

    result = drill.run(
        "--cloud=aws", f"--drill-config={account.settings(tmp_path, text)}", "--unproven=warn"
    )

    assert 0 == result.status, result.out
    assert "NOT PROVEN" in result.verdict
    claims = result.claims()
    assert "not proven" == claims["recorded_before"]
    assert "not proven" == claims["test_every_row_is_what_it_was"]
    assert "failed" not in claims.values()


def everything(folder: Path) -> dict[str, bytes]:
    """Every file of the configuration, its state included."""
    files = (file for file in folder.parent.rglob("*") if file.is_file())
    return {str(file): file.read_bytes() for file in files}
