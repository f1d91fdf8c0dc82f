"""Make the plans of the table again: `python -m tests.plans.make [WORDS …]`.

Only rows whose name holds all the words, if there are any. Needs terraform, and for v1 the real
hashicorp/aws 3.39.0 (tests/terraform/provider.py); v2 has the rehearsal's provider, which has the
rules of 5.x. Ids, times, addresses and secrets are made-up
ones (`normal`, `canaries`); keys are sorted. `configuration`, `planned_values`, `prior_state` and
the like are dropped, but for two plans that stay whole: judges do not read them.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from fixtures.guardian import Guardian
from fixtures.rehearsal.cloud import RehearsalCloud
from fixtures.rehearsal.terraform.serving import Provider
from tests.plans.make.desk import Desk, DeskError
from tests.plans.make.kitchen import SCALING, Kitchen, write
from tests.plans.recipe import INSTANCES
from tests.plans.row import MADE, Row
from tests.plans.table import ROWS
from tests.rehearsal.helpers import Rds, client
from tests.terraform import provider


def main(words: Iterable[str]) -> int:
    """Exit status: how many rows could not be made."""
    rows = [row for row in ROWS if all(word in row.name for word in words)]
    MADE.mkdir(exist_ok=True)
    return sum(
        _make(generation, [row for row in rows if row.made.generation == generation])
        for generation in ("v1", "v2")
        if any(row.made.generation == generation for row in rows)
    )


def _make(generation: str, rows: list[Row]) -> int:
    failed = 0
    with Guardian.start() as guardian:
        cloud = RehearsalCloud.start(guardian)
        rds = Rds(client("rds", cloud.endpoint), cloud)
        folder = Path(tempfile.mkdtemp(prefix="tf-", dir=guardian.folder))
        if generation == "v1":
            mirror, environment = provider.mirror(provider.cache_folder()), {}
            ground, instances = _ground_v1(rds), 0
        else:
            served = Provider.start(guardian.client(), cloud.endpoint, folder / "provider")
            mirror, environment = served.mirror, served.environment()
            ground, instances = _ground_v2(rds), len(INSTANCES)
        desk = Desk(folder, generation, mirror, guardian.client(), environment)
        kitchen = Kitchen(desk, rds, generation, ground, instances)
        for stage in kitchen.walk():
            print(stage, flush=True)
            for row in rows:
                if row.made.stage == stage:
                    failed += not _cook(kitchen, row)
            if all(row.made.stage in kitchen.stages for row in rows):
                break
    return failed


def _cook(kitchen: Kitchen, row: Row) -> bool:
    print(f"  {row.name}", flush=True)
    try:
        write(kitchen.make(row.made), row.file, row.made.encoding)
    except DeskError as error:
        print(f"    NOT MADE: {error}", flush=True)
        return False
    return True


def _ground_v1(rds: Rds) -> dict[str, object]:
    return {"endpoint": rds.cloud.endpoint, "family": _family(rds)}


def _ground_v2(rds: Rds) -> dict[str, object]:
    """Its provider knows the cloud already, and reads no data: the network is told."""
    ec2 = client("ec2", rds.cloud.endpoint)
    default = [{"Name": "is-default", "Values": ["true"]}]
    vpc = ec2.describe_vpcs(Filters=default)["Vpcs"][0]["VpcId"]
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    return {
        "prefix": "core",
        "vpc_id": vpc,
        "subnets": sorted(subnet["SubnetId"] for subnet in subnets),
        "parameter_group_family": _family(rds),
        "parameters": {"statement_timeout": "600000"},
        "database_name": "core",
        "db_admin_username": "core_admin",
        "instance_classes": [SCALING] * len(INSTANCES),
        "backup_retention_period": 3,
        "storage_encrypted": False,
        "tags": {"team": "core"},
    }


def _family(rds: Rds) -> str:
    """Parameter group family of the cloud's Postgres: the only one its clusters can have."""
    groups = rds.api.describe_db_cluster_parameter_groups()["DBClusterParameterGroups"]
    names = {
        group["DBParameterGroupFamily"]
        for group in groups
        if group["DBClusterParameterGroupName"].startswith("default.aurora-postgresql")
    }
    return str(names.pop())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
