"""A configuration written for production, on production's own machine: what a drill leaves alone.

Everything it names lies in one folder, `elsewhere`, which is compared with what it was before.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.errors import MoveTablespaces
from fixtures.postgres.target import RecoveryTarget
from tests.backups.fix_pgbackrest import Cluster, Damaged, Kept, recover, tree
from tests.fix_postgres import NewServer
from tests.postgres.conftest import rows, session_folder

pytestmark = pytest.mark.tools

HOSTILE = """\
[global]
repo1-path={repo}
log-path={elsewhere}/log
lock-path={elsewhere}/lock
spool-path={elsewhere}/spool
log-level-file=detail
log-level-console=detail
archive-async=y
archive-mode=preserve
delta=y
link-all=y
link-map=pg_wal={elsewhere}/wal
tablespace-map-all={elsewhere}/tablespaces
db-exclude=shop
recovery-option=recovery_end_command=touch {elsewhere}/sprung
recovery-option=primary_conninfo=host=production
[core]
pg1-path={elsewhere}/data
pg1-host=production.example
"""


@pytest.fixture
def elsewhere(damaged: Damaged) -> Path:
    """What production has there: data, a lock, a log, WAL that waits in the spool."""
    folder = damaged.folder / "elsewhere"
    for name in ("log", "lock", "spool/archive/core/out", "data", "wal"):
        (folder / name).mkdir(parents=True)
        if name != "wal":  # into which nothing would be restored if something were there
            (folder / name / "000000010000000000000003.ok").write_text("0")
    damaged.account.own(folder, recursive=True)
    damaged.write(HOSTILE.format(repo=damaged.repo, elsewhere=folder))
    return folder


def test_nothing_that_the_configuration_names_is_touched(
    damaged: Damaged, elsewhere: Path, new_server: NewServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R64: and every database comes back, whatever db-exclude says, or our environment."""
    monkeypatch.setenv("PGBACKREST_REPO1_PATH", str(elsewhere))
    monkeypatch.setenv("PGBACKREST_DB_EXCLUDE", "shop")
    before, repo_before = tree(elsewhere), tree(damaged.repo)
    repository = damaged.open()
    backup = repository.backups()[0]
    assert repository.verify(backup).sound is True
    copy = new_server("copy")
    recover(repository, backup, RecoveryTarget.latest(), copy)
    assert [1, 2, 3, 4, 5, 6] == rows(copy)
    with copy.connect("shop") as connection:
        assert [(7,)] == connection.execute("select item from stock").fetchall()
    assert not (copy.data / "pg_wal").is_symlink()
    assert before == tree(elsewhere)
    assert repo_before == tree(damaged.repo)


def test_a_restore_by_hand_with_it_does_harm(damaged: Damaged, elsewhere: Path) -> None:
    """The negative control: the spool is emptied, WAL goes elsewhere, a database is zeroes."""
    text = damaged.config.read_text()
    damaged.write("".join(line + "\n" for line in text.splitlines() if "host=" not in line[:9]))
    before = tree(elsewhere)
    shop_file = _file_of_stock(damaged.kept)
    data = damaged.folder / "data"
    data.mkdir(mode=0o700)
    damaged.account.own(data)
    said = damaged.by_hand("restore", f"--pg1-path={data}")
    assert 0 == said.status, said.complaints
    after = tree(elsewhere)
    assert "spool/archive/core/out/000000010000000000000003.ok" in set(before) - set(after)
    assert "wal/archive_status" in set(after) - set(before)
    settings = (data / "postgresql.auto.conf").read_text()
    assert "recovery_end_command = 'touch" in settings
    (stock,) = (data / "base").glob(f"*/{shop_file.name}")
    assert not any(stock.read_bytes()), "the rows came back"
    assert any(shop_file.read_bytes())


def _file_of_stock(kept: Kept) -> Path:
    with kept.cluster.server.connect("shop") as connection:
        (path,) = connection.execute("select pg_relation_filepath('stock')").fetchone() or ("",)
    return kept.cluster.server.data / str(path)


def test_a_link_in_the_data_folder_comes_back_as_a_folder(
    linked: Kept, new_server: NewServer
) -> None:
    """Such as pg_wal on a disk of its own: the copy's is its own."""
    copy = new_server("copy")
    recover(linked.repository, linked.backups["full"], RecoveryTarget.latest(), copy)
    assert [1, 2] == rows(copy)
    assert not (copy.data / "pg_wal").is_symlink()
    assert (linked.cluster.server.data / "pg_wal").is_symlink()


def test_a_backup_with_tablespaces_is_refused_before_anything_is_copied(
    linked: Kept, new_server: NewServer
) -> None:
    """R64: they would be restored to where the source has them."""
    cluster = linked.cluster
    place = cluster.folder / "apart"
    place.mkdir(mode=0o700)
    cluster.server.account.own(place)
    with cluster.server.connect() as connection:
        connection.execute(f"create tablespace apart location '{place}'")
        connection.execute("create table far (a int) tablespace apart")
    backup = cluster.take("incr")
    before = tree(place)
    copy = new_server("copy")
    with pytest.raises(MoveTablespaces, match=f"apart in {place}"):
        linked.repository.restore(backup, copy, timeout=120)
    assert not copy.data.exists()
    assert before == tree(place)


@pytest.fixture(scope="module")
def linked(
    pgbackrest: None, guardian: Guardian, binaries: Binaries, account: Account
) -> Iterator[Kept]:
    """A cluster whose pg_wal lies elsewhere."""
    with session_folder(guardian, account) as folder:
        wal = folder / "wal"
        cluster = Cluster(
            folder / "linked", binaries, guardian, account, initdb=(f"--waldir={wal}",)
        )
        try:
            cluster.commit(1)
            backup = cluster.take("full")
            second = cluster.commit(2)
            cluster.maker.flush()
            yield Kept(cluster, {"full": backup}, {2: second})
        finally:
            cluster.server.stop("immediate")
