"""``--recover`` of a cluster that is gone: by its resource id, from the backups that are kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fixtures.rehearsal.estates import ESTATES
from fixtures.rehearsal.site import PACE
from tests.account.fix_account import CLUSTER
from tests.drills.fix_drill import Drill
from tests.recovery.fix_recovery import ARN, Recovery, recovery_of

pytestmark = pytest.mark.slow
"""A whole cloud, and a whole recovery."""

GONE = ESTATES["deleted-cluster"]
UNPROVEN = {
    "test_the_restored_cluster_is_configured_as_the_source",
    "test_the_server_of_the_copy_is_isolated",
}
"""For nobody knows any more how it was configured, and where it archived."""


def lose(recovery: Recovery) -> str:
    """Delete the source, and name it in the settings as one does who lost it: the resource id."""
    account, settings = recovery.account, recovery.settings
    wanted = GONE.wanted(account.session, CLUSTER)
    resource_id = GONE.resource_id(account.rds, CLUSTER)
    GONE.lose(account.rds, CLUSTER, PACE)
    known = f"""[restore]
subnet_group = "{wanted.subnet_group}"
security_groups = {json.dumps(wanted.security_groups)}
parameter_group = "{wanted.parameter_group}"
instance_class = "{wanted.instance_class}"
"""
    text = settings.read_text().replace("[restore]\n", known)
    settings.write_text(text.replace(f'cluster = "{CLUSTER}"', f'cluster = "{resource_id}"'))
    return resource_id


def test_a_cluster_that_is_gone_is_recovered_by_its_resource_id(
    drill: Drill, tmp_path: Path
) -> None:
    """R61: the copy is let out and stays; what there is no source for is not applicable. Another
    cluster's ARN is refused before anything is made.
    """
    with recovery_of(GONE, drill, tmp_path) as recovery:
        resource_id = lose(recovery)

        another = recovery.drill.run(*recovery.options, f"--recover={ARN}-2")
        assert 4 == another.status, another.out
        assert {} == recovery.copies()

        result = recovery.run("--unproven=warn")

        assert 0 == result.status, result.out
        assert f"recovery of {resource_id}" in result.verdict
        assert "NOT PROVEN (configuration, isolation)" in result.verdict
        claims = result.claims()
        for step in ("halted_ingest", "fenced_source", "silent_source"):
            assert "not applicable" == claims[step]
        assert "passed" == claims["lifted_quarantine"]
        assert "passed" == claims["test_the_restore_left_the_source_alone"]
        ((copy, _),) = recovery.copies().items()
        assert "restore-drills:expires" not in recovery.tags(copy)
        unproven = {name for name, outcome in claims.items() if outcome == "not proven"}
        assert UNPROVEN == unproven
