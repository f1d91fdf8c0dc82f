"""A pgBackRest repository in an object store, as its own configuration names it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fixtures.backups.errors import RepairRepository
from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.target import RecoveryTarget
from tests.backups.fix_object_store import SECRET_KEY, ObjectStore
from tests.backups.fix_pgbackrest import Cluster, made, recover
from tests.fix_postgres import NewServer
from tests.postgres.conftest import rows

pytestmark = pytest.mark.tools


@pytest.fixture(scope="module")
def remote(
    pgbackrest: None,
    object_store: ObjectStore,
    guardian: Guardian,
    binaries: Binaries,
    account: Account,
) -> Iterator[Cluster]:
    """Rows 1 and 2, a full backup between them. Bundles: fewer, larger objects."""
    options = {**object_store.options(), "repo1-bundle": "y"}
    with made("s3", guardian, binaries, account, options=options) as cluster:
        cluster.commit(1)
        cluster.take("full")
        cluster.commit(2)
        cluster.maker.flush()
        yield cluster


def test_a_backup_in_an_object_store_restores(
    remote: Cluster, object_store: ObjectStore, new_server: NewServer
) -> None:
    """Listed, verified, recovered to its end; not an object is written meanwhile."""
    before = object_store.listing()
    assert any(name.startswith("repo/archive/core/") for name in before)
    repository = remote.maker.repository()
    (backup,) = repository.backups()
    assert repository.verify(backup).sound is True
    copy = new_server("copy")
    recover(repository, backup, RecoveryTarget.latest(), copy)
    assert [1, 2] == rows(copy)
    assert before == object_store.listing()


def test_an_object_store_that_refuses_is_told_without_its_keys(remote: Cluster) -> None:
    """Here a bucket that is not there."""
    config = remote.maker.config
    text = config.read_text()
    config.write_text(text.replace("s3-bucket=kept", "s3-bucket=no"))
    try:
        with pytest.raises(RepairRepository) as refusal:
            remote.maker.repository().backups()
    finally:
        config.write_text(text)
    assert "404" in str(refusal.value)
    assert SECRET_KEY not in str(refusal.value)
