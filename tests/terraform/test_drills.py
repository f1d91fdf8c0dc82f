"""The drills with the real hashicorp/aws of the founding document's time, as an operator's own.

The first generation: serverless v1, no instances; a snapshot restores only with a new identifier.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fixtures.aws.session import RehearsalSession
from fixtures.rehearsal import network
from fixtures.rehearsal.cloud import RehearsalCloud
from tests.drills import journal
from tests.drills.fix_drill import ROOT, Drill, Outcome

pytestmark = pytest.mark.provider

CONFIGURATION = ROOT / "examples" / "terraform" / "deployment-v1"
CLUSTER = "module.rds_cluster.aws_rds_cluster.cumulus"


@dataclass
class Operator:
    """Somebody with a configuration of their own, a provider, and a rehearsal cloud that runs."""

    drill: Drill
    cloud: RehearsalCloud
    options: tuple[str, ...]

    def run(self, name: str, *options: str) -> Outcome:
        """One drill with their configuration."""
        endpoint = f"--rehearsal-endpoint={self.cloud.endpoint}"
        return self.drill.run(f"drills/{name}", endpoint, *self.options, *options, patience=900)


@pytest.fixture
def operator(
    drill: Drill, cloud: RehearsalCloud, mirror: Path, family: str, tmp_path: Path
) -> Iterator[Operator]:
    there = network.network_of(RehearsalSession(cloud.endpoint))
    tfvars = tmp_path / "rehearsal.tfvars"
    tfvars.write_text(
        "# of ours\n"
        'prefix = "theirs"\n'
        'cluster_identifier = "theirs" # the drill has its own\n'
        f"vpc_id = {json.dumps(there.vpc)}\n"
        f"subnets = {json.dumps(there.subnets)}\n"
        f"parameter_group_family = {json.dumps(family)}\n"
        'db_admin_username = "their_admin"\n'
        'db_admin_password = "correct-horse-9-battery"\n'
    )
    rc = tmp_path / "terraform.rc"
    path = json.dumps(str(mirror))
    rc.write_text(f"provider_installation {{\n  filesystem_mirror {{ path = {path} }}\n}}\n")
    drill.environ["TF_CLI_CONFIG_FILE"] = str(rc)
    before = sorted(CONFIGURATION.rglob("*"))
    yield Operator(
        drill,
        cloud,
        (
            f"--terraform-dir={CONFIGURATION}",
            f"--tfvars={tfvars}",
            f"--cluster-address={CLUSTER}",
        ),
    )
    # It was copied, and only read.
    assert before == sorted(CONFIGURATION.rglob("*"))


def test_a_copy_is_adopted_by_the_real_provider(operator: Operator) -> None:
    """R43 to R50, with the module of the founding document's time."""
    result = operator.run("pitr")

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN rehearsal of core-")
    copy = result.facts("restored copy")["cluster"]
    assert journal.in_words(result)[CLUSTER].startswith(f"updates {CLUSTER} in place: attributes ")
    assert f"{CLUSTER} is {copy}" in result.facts("managed by Terraform")["ids"]


def test_a_snapshot_is_restored_by_the_real_provider(operator: Operator) -> None:
    """R51, R52."""
    result = operator.run("snapshot")

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN rehearsal of core-")
    assert f"creates {CLUSTER}" == journal.in_words(result)[CLUSTER]
