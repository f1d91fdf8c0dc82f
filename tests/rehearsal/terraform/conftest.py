"""One provider for a worker's tests, and a folder for every deployment."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fixtures.guardian import Guardian
from fixtures.rehearsal.cloud import RehearsalCloud
from fixtures.rehearsal.terraform.serving import Provider
from tests.rehearsal.helpers import MASTER, PASSWORD, client
from tests.rehearsal.terraform.driver import Deployment

NewDeployment = Callable[..., Deployment]
_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def provider(guardian: Guardian, cloud: RehearsalCloud) -> Iterator[Provider]:
    if shutil.which("terraform") is None:
        pytest.skip("terraform is not on the PATH")
    folder = guardian.folder / f"terraform-{next(_NUMBERS)}"
    with Provider.start(guardian.client(), cloud.endpoint, folder) as started:
        yield started


@pytest.fixture(scope="session")
def ground(cloud: RehearsalCloud) -> dict[str, Any]:
    """What every deployment here has in common."""
    ec2 = client("ec2", cloud.endpoint)
    default = [{"Name": "is-default", "Values": ["true"]}]
    vpc = ec2.describe_vpcs(Filters=default)["Vpcs"][0]["VpcId"]
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    major = cloud.control.cloud().version.partition(".")[0]
    return {
        "vpc_id": vpc,
        "subnets": [subnet["SubnetId"] for subnet in subnets],
        "parameter_group_family": f"aurora-postgresql{major}",
        "db_admin_username": MASTER,
        "db_admin_password": PASSWORD,
        "backup_retention_period": 7,
        "storage_encrypted": False,
        "secret_recovery_window_in_days": 0,
        "instance_classes": ["db.r6g.large", "db.r6g.xlarge"],
        "tags": {"service": "ingest"},
    }


@pytest.fixture(scope="module")
def new_deployment(
    guardian: Guardian, provider: Provider, ground: dict[str, Any]
) -> Iterator[NewDeployment]:
    """Initialised; its folder is gone after the module."""
    folders = []

    def make(name: str, **variables: Any) -> Deployment:
        folders.append(guardian.folder / f"deployment-{next(_NUMBERS)}")
        folders[-1].mkdir(mode=0o700)
        named = {"prefix": name, "cluster_identifier": f"{name}-1"}
        made = Deployment(
            folders[-1], guardian.client(), provider, {**ground, **named, **variables}
        )
        made.do("init")
        return made

    yield make
    for folder in folders:
        shutil.rmtree(folder)
