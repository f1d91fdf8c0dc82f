"""``pytest drills/pitr --cloud=aws`` on each kind of source: it is found, and not told."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from checks.baseline.file import save
from checks.baseline.record import record
from checks.content.plan import Reading
from fixtures.guardian import Guardian
from fixtures.rehearsal.estates import ESTATES
from fixtures.rehearsal.sample import DATABASE
from fixtures.rehearsal.site import PACE
from tests.account.fix_account import CLUSTER, SETTINGS, Somebody, somebody
from tests.drills.fix_drill import Drill

pytestmark = pytest.mark.slow
"""A whole cloud each, and a whole drill."""


def test_a_single_instance_is_proven(drill: Drill, tmp_path: Path) -> None:
    """R23, R35: beside it, as beside a cluster."""
    with Guardian.start() as guardian, somebody(guardian, estate=ESTATES["instance"]) as account:
        drill.environ.update(account.environ)
        before = instances(account)

        result = drill.run("--cloud=aws", f"--drill-config={account.settings(tmp_path)}")

        assert 0 == result.status, result.out
        assert result.verdict.startswith(f"PROVEN drill of {CLUSTER}")
        claims = result.claims()
        assert "withheld" == claims["halted_ingest"] == claims["lifted_quarantine"]
        assert {"instance", "resource_id"} == set(result.facts("restored copy"))
        assert "bounded" == claims["test_every_table_kept_its_rows"]
        assert before == instances(account)


def test_a_cluster_whose_login_rds_manages_is_proven(drill: Drill, tmp_path: Path) -> None:
    """The copy gets a password of its own; the secret is neither read nor changed by a drill."""
    with Guardian.start() as guardian, somebody(guardian) as account:
        account.rds.modify_db_cluster(
            DBClusterIdentifier=CLUSTER, ManageMasterUserPassword=True, ApplyImmediately=True
        )
        secret = master_secret(account)
        drill.environ.update(account.environ)

        result = drill.run("--cloud=aws", f"--drill-config={account.settings(tmp_path)}")

        assert 0 == result.status, result.out
        assert result.verdict.startswith(f"PROVEN drill of {CLUSTER}")
        assert secret == master_secret(account)
        assert secret["password"] not in json.dumps(result.events)


def test_the_login_that_reads_may_be_a_secret(drill: Drill, tmp_path: Path) -> None:
    """The one secret that a drill reads, and the one that its session policy lets it read."""
    with Guardian.start() as guardian, somebody(guardian) as account:
        secrets = account.session.client("secretsmanager")
        kept = {"username": account.reader.user, "password": account.reader.password}
        arn = secrets.create_secret(Name="core-reader", SecretString=json.dumps(kept))["ARN"]
        text = SETTINGS.replace("env:CORE_PROD_LOGIN", f"secret:{arn}")
        drill.environ.update(account.environ)
        del drill.environ["CORE_PROD_LOGIN"]

        result = drill.run("--cloud=aws", f"--drill-config={account.settings(tmp_path, text)}")

        assert 0 == result.status, result.out
        assert result.verdict.startswith(f"PROVEN drill of {CLUSTER}")
        assert account.reader.password not in result.out + json.dumps(result.events)


def test_a_source_that_nobody_may_read_is_not_proven_and_said_so(
    drill: Drill, tmp_path: Path
) -> None:
    """Without a login: what needs no truth is proven, and the rest is not called a pass."""
    with Guardian.start() as guardian, somebody(guardian) as account:
        text = SETTINGS.replace('login = "env:CORE_PROD_LOGIN"', "")
        drill.environ.update(account.environ)

        result = drill.run("--cloud=aws", f"--drill-config={account.settings(tmp_path, text)}")

        assert 1 == result.status, result.out
        assert "NOT PROVEN" in result.verdict
        claims = result.claims()
        assert not {"failed", "not reached"} & set(claims.values())
        assert "not proven" == claims["recorded_before"]
        assert "not proven" == claims["test_every_table_kept_its_rows"]


@pytest.mark.parametrize("kind", ["deleted-cluster", "deleted-instance"])
def test_a_source_that_is_gone_is_drilled_by_its_resource_id(
    drill: Drill, tmp_path: Path, kind: Any
) -> None:
    """R61: with what was recorded while it was there; nothing of it is read, and nothing equal."""
    estate = ESTATES[kind]
    with Guardian.start() as guardian, somebody(guardian, estate=estate) as account:
        drill.environ.update(account.environ)
        account.writer.wait_for(5)
        account.writer.stop()
        save(
            record({DATABASE: partial(account.connect, DATABASE)}, Reading()),
            tmp_path / "core.json",
        )
        wanted = estate.wanted(account.session, CLUSTER)
        resource_id = estate.resource_id(account.rds, CLUSTER)
        estate.lose(account.rds, CLUSTER, PACE)
        text = SETTINGS.replace(
            "[restore]",
            f"""[restore]
            subnet_group = "{wanted.subnet_group}"
            security_groups = {json.dumps(wanted.security_groups)}
            parameter_group = "{wanted.parameter_group}"
            instance_class = "{wanted.instance_class}"
            """,
        ).replace("[proof]", f'[proof]\nbaseline = "{tmp_path / "core.json"}"')
        settings = account.settings(tmp_path, text, cluster=resource_id)

        result = drill.run("--cloud=aws", f"--drill-config={settings}", "--unproven=warn")

        assert 0 == result.status, result.out
        assert f"drill of {resource_id}" in result.verdict
        claims = result.claims()
        assert "deleted" == result.facts("source")["status"]
        assert "bounded" == claims["test_every_row_is_what_it_was"], result.out
        assert "not proven" == claims["recorded_before"] == claims["recorded_after"]
        assert "passed" == claims["test_the_restore_left_the_source_alone"]


def instances(account: Somebody) -> Any:
    """What RDS says of the source and of everything else, without what moves by itself."""
    said = account.rds.describe_db_instances()["DBInstances"]
    return [{k: v for k, v in one.items() if k != "LatestRestorableTime"} for one in said]


def master_secret(account: Somebody) -> dict[str, str]:
    """The login that RDS keeps for the cluster."""
    (cluster,) = account.rds.describe_db_clusters(DBClusterIdentifier=CLUSTER)["DBClusters"]
    value = account.session.client("secretsmanager").get_secret_value(
        SecretId=cluster["MasterUserSecret"]["SecretArn"]
    )
    kept: dict[str, str] = json.loads(value["SecretString"])
    return {**kept, "version": value["VersionId"]}
