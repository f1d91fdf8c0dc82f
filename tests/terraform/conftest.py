"""One provider, one cloud a worker, and a folder with a state for every module of tests."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fixtures.guardian import Guardian
from fixtures.rehearsal.cloud import RehearsalCloud
from tests.rehearsal.helpers import PASSWORD, Rds, client
from tests.terraform import provider
from tests.terraform.terraform import Workspace


@pytest.fixture(scope="session")
def mirror() -> Path:
    """Where the provider lies. Without it these tests fail: a skip would look green."""
    return provider.mirror(provider.cache_folder())


@pytest.fixture(scope="session")
def cloud(guardian: Guardian) -> Iterator[RehearsalCloud]:
    engine = os.environ.get("DRILL_TEST_ENGINE", "auto")
    with RehearsalCloud.start(guardian, engine=engine) as started:
        yield started


@pytest.fixture(scope="session")
def rds(cloud: RehearsalCloud) -> Rds:
    return Rds(client("rds", cloud.endpoint), cloud)


@pytest.fixture(scope="session")
def family(rds: Rds) -> str:
    """The parameter group family of the cloud's Postgres: the only one its clusters can have."""
    groups = rds.api.describe_db_cluster_parameter_groups()["DBClusterParameterGroups"]
    (found,) = {
        group["DBParameterGroupFamily"]
        for group in groups
        if group["DBClusterParameterGroupName"].startswith("default.aurora-postgresql")
    }
    return str(found)


NewWorkspace = Callable[..., Workspace]


@pytest.fixture(scope="module")
def new_workspace(
    mirror: Path, cloud: RehearsalCloud, guardian: Guardian
) -> Iterator[NewWorkspace]:
    """Initialised workspaces of a configuration; their folders are gone after the module."""
    folders: list[Path] = []

    def make(configuration: str, **variables: Any) -> Workspace:
        # Each holds the provider unpacked, 180 MB, and states with passwords.
        folders.append(Path(tempfile.mkdtemp(prefix="tf-", dir=guardian.folder)))
        workspace = Workspace(folders[-1], configuration, mirror, guardian.client())
        workspace.configure(endpoint=cloud.endpoint, db_admin_password=PASSWORD, **variables)
        workspace.init()
        return workspace

    yield make
    for folder in folders:
        shutil.rmtree(folder)
