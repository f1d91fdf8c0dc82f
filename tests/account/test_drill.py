"""``pytest drills/pitr --cloud=aws``: beside a source that lives on, and nothing of it touched."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from fixtures.rehearsal.application import ROLE
from tests.account.fix_account import ACCOUNT, SETTINGS, TERRAFORM, Somebody
from tests.drills.fix_drill import Drill

SECRET = "core-prod_db_login"
CLIENTS = f"""
[clients]
secrets = ["{SECRET}"]

[[clients.references]]
file = "{{parts}}"
variable = "rds_user_access_secret_arn"
output = "login_secret_arn"
"""
OWN_SIGNS = """
[[content.frozen]]
table = "collections"
where = "created_at < :t"

[content.heartbeat]
table = "granules"
column = "created_at"
every = "1m"
"""
needs_terraform = pytest.mark.skipif(shutil.which("terraform") is None, reason="needs terraform")


def test_a_drill_beside_a_source_in_use_is_proven(
    drill: Drill, account: Somebody, tmp_path: Path
) -> None:
    """Restored beside the source, which goes on; what touches it is withheld (R32, R35). What the
    operator says of its rows and its time is held against the copy (R36, R41).
    """
    drill.environ.update(account.environ)
    settings = account.settings(tmp_path, SETTINGS + OWN_SIGNS)
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
    assert "passed" == claims["test_what_no_longer_changes_came_back_equal"]
    assert "passed" == claims["test_the_last_heartbeat_before_the_target_is_there"]
    # R10: nobody is thrown out, and who is there is told.
    (seen,) = [one["facts"] for one in result.of("facts") if one["subject"] == "accessors"]
    assert any(one.startswith(f"core: {ROLE} ") for one in seen["found"]), seen
    assert before < account.writer.ledger.acknowledged


@needs_terraform
def test_a_plan_is_proven_on_a_private_copy_and_never_applied(
    drill: Drill, account: Somebody, tmp_path: Path
) -> None:
    """State and variables of the owner stay as they are, byte for byte (R43 to R46), and so do the
    clients' secrets. What refers to the cluster is held against the state's outputs (R67).
    """
    drill.environ.update(account.environ)
    settings = account.settings(
        tmp_path, SETTINGS + TERRAFORM + CLIENTS, parts=str(references_of(account, tmp_path))
    )
    before = everything(account.infra)

    result = drill.run("--cloud=aws", f"--drill-config={settings}")

    assert 0 == result.status, result.out
    claims = result.claims()
    assert "passed" == claims["proven_plan"] == claims["adopted_state"]
    assert "withheld" == claims["applied_plan"] == claims["lifted_quarantine"]
    assert "withheld" == claims["moved_clients"] == claims["silent_source"]
    assert "passed" == claims["test_settings_that_refer_to_the_cluster_were_current"]
    assert "withheld" == claims["test_settings_that_refer_to_the_cluster_still_hold"]
    assert before == everything(account.infra)
    assert ["AWSCURRENT"] == labels_of(account)


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


def references_of(account: Somebody, folder: Path) -> Path:
    """The variables file of an application, as its owner has it; and the secret that it reads."""
    account.session.client("secretsmanager").create_secret(Name=SECRET, SecretString="{}")
    outputs = json.loads((account.infra / "terraform.tfstate").read_text())["outputs"]
    file = folder / "cumulus.tfvars"
    file.write_text(f'rds_user_access_secret_arn = "{outputs["login_secret_arn"]["value"]}"\n')
    return file


def labels_of(account: Somebody) -> list[str]:
    """Every label that a version of the secret has."""
    described = account.session.client("secretsmanager").describe_secret(SecretId=SECRET)
    return [label for labels in described["VersionIdsToStages"].values() for label in labels]
