"""Whole rehearsals in which something of the clients is wrong: each is red, and says what."""

from __future__ import annotations

import shutil

import pytest

from tests.drills.fix_drill import Drill

pytestmark = pytest.mark.slow
needs_terraform = pytest.mark.skipif(shutil.which("terraform") is None, reason="needs terraform")


def test_clients_that_were_not_moved_are_red(drill: Drill) -> None:
    """R47, R55: their secret still names the old cluster, whose fence refuses their login."""
    result = drill.run("drills/pitr", "-p", "tests.sabotage.clients")

    assert 1 == result.status, result.out
    failed = set(result.failed())
    assert "test_their_secrets_name_the_copy" in failed
    assert "test_the_application_is_on_the_copy_by_its_own_login" in failed


@needs_terraform
def test_a_stale_reference_is_red_before_and_after(drill: Drill) -> None:
    """R67: what Cumulus would be deployed with is another secret than the module puts out."""
    result = drill.run("drills/pitr", "-p", "tests.sabotage.references")

    assert 1 == result.status, result.out
    failed = set(result.failed())
    assert "test_settings_that_refer_to_the_cluster_were_current" in failed
    found = [one for one in result.findings() if one["check"] == "references.value"]
    assert "rds_user_access_secret_arn in cumulus/terraform.tfvars" in {
        one["subject"] for one in found
    }
