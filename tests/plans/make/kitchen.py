"""Makes plans: a recovery stage by stage, and at each the rows that begin there."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.plans import canaries
from tests.plans.make.desk import Desk
from tests.plans.make.normal import normal
from tests.plans.recipe import (
    CLUSTER,
    COPY,
    INSTANCES,
    NEW,
    SNAPSHOT,
    SOURCE,
    STRAY,
    Recipe,
)
from tests.rehearsal.helpers import Rds

SCALING = "db.serverless"
"""Class of every instance (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/
aurora-serverless-v2.how-it-works.html)."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a recovery stands: what Terraform knows, and what terraform.tfvars says."""

    state: dict[str, Any] | None
    variables: Mapping[str, object]


@dataclass
class Kitchen:
    """One generation's desk, and the rehearsal cloud that it works against.

    ground     variables of terraform.tfvars that no stage changes
    instances  how many each cluster has, all of the class that scales itself
    """

    desk: Desk
    rds: Rds
    generation: str
    ground: Mapping[str, object]
    instances: int = 0
    stages: dict[str, Stage] = field(default_factory=dict)

    def walk(self) -> Iterator[str]:
        """Take the recovery from stage to stage; what is there is there until the next one."""
        base: dict[str, object] = {**self.ground, "db_admin_password": canaries.MASTER}
        before, after = base | {"cluster_identifier": SOURCE}, base | {"cluster_identifier": COPY}
        desk = self.desk
        desk.lay_out(before)
        desk.run("apply", "-auto-approve")
        # What only a second look at the new objects shows, and every plan would call drift.
        desk.run("apply", "-refresh-only", "-auto-approve")
        self._copies()
        deployed = desk.state()
        yield self._reached("deployed", deployed, before)
        yield self._reached("empty", None, base | {"cluster_identifier": NEW})
        desk.lay_out(after, deployed)
        desk.run("state", "rm", CLUSTER, *INSTANCES[: self.instances])
        yield self._reached("forgotten", desk.state(), after)
        if self.instances:
            desk.lay_out(after, deployed)
            desk.run("state", "rm", CLUSTER, INSTANCES[0])
            desk.run("import", CLUSTER, COPY)
            desk.run("import", INSTANCES[0], f"{COPY}-1")
            yield self._reached("half-imported", desk.state(), after)
        desk.lay_out(after, self._stage("forgotten").state)
        desk.run("import", CLUSTER, COPY)
        for number in range(self.instances):
            desk.run("import", INSTANCES[number], f"{COPY}-{number + 1}")
        yield self._reached("imported", desk.state(), after)
        desk.lay_out(after, self._stage("imported").state)
        plan, _ = desk.plan()
        desk.apply(plan)
        yield self._reached("adopted", desk.state(), after)
        # The last stage: nothing before it expects this.
        self.rds.api.modify_db_cluster(DBClusterIdentifier=SOURCE, DeletionProtection=False)
        yield self._reached("unprotected", deployed, before)

    def make(self, recipe: Recipe) -> dict[str, Any]:
        """The plan of a recipe whose stage has been reached, as `terraform show -json` has it."""
        stage = self.stages[recipe.stage]
        state = copy.deepcopy(stage.state)
        if recipe.state is not None and state is not None:
            recipe.state(state)
        self.desk.lay_out({**stage.variables, **recipe.variables}, state, recipe.edits)
        for command in recipe.commands:
            self.desk.run(*command)
        _, document = self.desk.plan(*recipe.options, fails=recipe.fails)
        made = normal(document, self._ports(), whole=recipe.whole)
        if recipe.envelope is not None:
            recipe.envelope(made)
        return made

    def _copies(self) -> None:
        """The restored copy as the runbook makes it, a stray one, and a snapshot."""
        source = self.rds.describe(SOURCE)
        groups = [group["VpcSecurityGroupId"] for group in source["VpcSecurityGroups"]]
        scaling = source.get("ServerlessV2ScalingConfiguration")
        self.rds.restore(
            SOURCE,
            COPY,
            VpcSecurityGroupIds=groups,
            DBSubnetGroupName=source["DBSubnetGroup"],
            CopyTagsToSnapshot=True,
            **({"ServerlessV2ScalingConfiguration": scaling} if scaling else {}),
        )
        self.rds.restore(SOURCE, STRAY)
        for tier in range(self.instances):
            self._instance(f"{COPY}-{tier + 1}", tier)
        self.rds.api.create_db_cluster_snapshot(
            DBClusterIdentifier=SOURCE, DBClusterSnapshotIdentifier=SNAPSHOT
        )
        self.rds.wait("db_cluster_snapshot_available", DBClusterSnapshotIdentifier=SNAPSHOT)

    def _instance(self, name: str, tier: int) -> None:
        """One of the copy's, such as the source has."""
        self.rds.api.create_db_instance(
            DBInstanceIdentifier=name,
            DBClusterIdentifier=COPY,
            DBInstanceClass=SCALING,
            Engine="aurora-postgresql",
            PromotionTier=tier,
            Tags=[{"Key": "team", "Value": "core"}],
        )
        self.rds.wait("db_instance_available", DBInstanceIdentifier=name)

    def _reached(
        self, name: str, state: dict[str, Any] | None, variables: Mapping[str, object]
    ) -> str:
        stage = f"{self.generation}/{name}"
        self.stages[stage] = Stage(state, variables)
        return stage

    def _stage(self, name: str) -> Stage:
        return self.stages[f"{self.generation}/{name}"]

    def _ports(self) -> dict[int, str]:
        described = self.rds.api.describe_db_clusters()["DBClusters"]
        return {cluster["Port"]: cluster["DBClusterIdentifier"] for cluster in described}


def write(document: dict[str, Any], file: Path, encoding: str) -> None:
    """As `terraform show -json` would have been saved; `utf-16` with a byte order mark."""
    text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    file.write_bytes(text.encode(encoding))
