"""A copy that is kept in somebody's account: told with its expiry, and cleared away after it."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from fixtures.aws import tags as tagging
from fixtures.aws.gone import Was, prove_gone
from tests.account.fix_account import SETTINGS, TERRAFORM, Somebody
from tests.drills.fix_drill import ROOT, Drill


def reap(drill: Drill, settings: Path) -> tuple[int, str]:
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--reap"),
            *(f"--drill-config={settings}", f"--work-dir={drill.work}"),
        ],
        cwd=ROOT,
        env=drill.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return ended.returncode, ended.stdout + ended.stderr


@pytest.mark.slow
def test_a_kept_copy_is_told_with_its_expiry_and_goes_after_it(
    drill: Drill, account: Somebody, tmp_path: Path
) -> None:
    """DESIGN 7. The owner's Terraform state is asked before anything goes, and the source stays."""
    drill.environ.update(account.environ)
    settings = account.settings(tmp_path, SETTINGS + TERRAFORM)
    result = drill.run("--cloud=aws", f"--drill-config={settings}", "--keep-restored=always")
    assert 0 == result.status, result.out

    (kept,) = [one for one in result.of("kept") if ":cluster:" in one["place"]]
    notes = [one["text"] for one in result.of("step_note")]
    (told,) = [one for one in notes if "is kept until" in one]
    assert told.endswith(f"`pytest --reap --drill-config={settings}` removes it")
    arn, name = kept["place"], kept["place"].rpartition(":")[2]
    tags = tagging.read(account.rds, arn)
    until = datetime.fromisoformat(kept["until"])
    assert until.replace(microsecond=0) == tagging.expiry_of(tags)

    status, out = reap(drill, settings)
    assert 0 == status, out
    assert f"kept cluster {name} ({arn}): it expires at" in out

    cluster = account.rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]
    members = account.rds.describe_db_instances(
        Filters=[{"Name": "db-cluster-id", "Values": [name]}]
    )["DBInstances"]
    made = [cluster["ClusterCreateTime"], *(one["InstanceCreateTime"] for one in members)]
    past = tagging.expiry_text(max(made) + timedelta(seconds=1))
    groups = [
        one["DBClusterParameterGroupArn"]
        for one in account.rds.describe_db_cluster_parameter_groups()["DBClusterParameterGroups"]
        if one["DBClusterParameterGroupName"].startswith(name)
    ]
    for one in [arn, *(member["DBInstanceArn"] for member in members), *groups]:
        account.rds.add_tags_to_resource(
            ResourceName=one, Tags=[{"Key": tagging.EXPIRES, "Value": past}]
        )

    again = drill.run("--cloud=aws", f"--drill-config={settings}", "-k", "described_source")
    assert any(
        one["text"].startswith(f"left behind, --reap removes it: cluster {name}: it expired at")
        for one in again.of("step_note")
    )

    status, out = reap(drill, settings)
    assert 0 == status, out
    assert f"removed cluster {name}" in out
    was = Was.of(cluster, members)
    assert [] == prove_gone(account.rds, was)
    source = account.rds.describe_db_clusters(DBClusterIdentifier="core-prod")["DBClusters"]
    assert "available" == source[0]["Status"]
