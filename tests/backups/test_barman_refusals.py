"""What a Barman repository is refused for: one line that names the setting or the remedy.

Beside each stands the story's own repository, which is listed and restored in `test_barman`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.backups.barman.repository import Barman, open_barman
from fixtures.backups.errors import (
    BackupError,
    ChooseAnotherName,
    CorrectBackupSettings,
    FreeDisk,
    GiveKey,
    InstallBackupTool,
    MakeBackup,
    RepairRepository,
)
from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.errors import ChooseAnotherFolder, MoveTablespaces
from fixtures.rehearsal.own.barman import SERVER, BarmanMaker
from tests.backups.fix_barman import BarmanStory, NewBarmanSource, named, wal_folder
from tests.fix_postgres import NewServer

pytestmark = pytest.mark.tools

Open = Callable[..., Barman]


@pytest.fixture
def open_copy(story_copy: BarmanMaker, barman_path: str, run_folder: Path) -> Open:
    """Opens the copy of the story's repository, with one thing otherwise."""
    scratch = run_folder / "scratch"
    scratch.mkdir()
    story_copy.account.own(scratch)

    def open_it(
        config: Path | None = None, server: str = SERVER, path: str = barman_path
    ) -> Barman:
        return open_barman(
            config or story_copy.config,
            server,
            account=story_copy.account,
            launcher=story_copy.launcher,
            folder=scratch,
            path=path,
        )

    return open_it


def info(maker: BarmanMaker, name: str) -> Path:
    """Where Barman describes a backup."""
    core = maker.home / SERVER
    apart = core / "meta" / f"{name}-backup.info"
    return apart if apart.exists() else core / "base" / name / "backup.info"


def rewrite(maker: BarmanMaker, name: str, **said: str) -> None:
    """Have Barman's description of a backup say something else."""
    file = info(maker, name)
    lines = [line for line in file.read_text().splitlines() if line.partition("=")[0] not in said]
    lines += [f"{key}={value}" for key, value in said.items()]
    file.write_text("".join(f"{line}\n" for line in sorted(lines)))


def one_line(problem: pytest.ExceptionInfo[BaseException]) -> str:
    text = str(problem.value)
    assert "\n" not in text
    return text


def test_an_unknown_server_is_refused(open_copy: Open) -> None:
    """With those that are known."""
    with pytest.raises(CorrectBackupSettings, match=r"\[backup\] server = other: .*only core"):
        open_copy(server="other")


def test_a_missing_configuration_is_refused(open_copy: Open, run_folder: Path) -> None:
    with pytest.raises(CorrectBackupSettings, match=r"\[backup\] config = .*No such file"):
        open_copy(config=run_folder / "nothing.conf")


def test_a_missing_barman_is_refused(open_copy: Open, run_folder: Path) -> None:
    with pytest.raises(InstallBackupTool, match="barman is not on PATH: install Barman"):
        open_copy(path=str(run_folder))


def test_a_barman_that_the_account_may_not_execute_is_refused(
    open_copy: Open, run_folder: Path
) -> None:
    """As one in a virtual environment below /root: with the account's name."""
    program = run_folder / "barman"
    program.write_text("#!/nowhere/python3\n")
    program.chmod(0o755)
    with pytest.raises(InstallBackupTool, match=r"cannot be run as .*PG_OS_USER"):
        open_copy(path=str(run_folder))


def test_an_old_barman_is_refused(open_copy: Open, run_folder: Path) -> None:
    program = run_folder / "barman"
    program.write_text("#!/bin/sh\necho '2.19 Barman by somebody'\n")
    program.chmod(0o755)
    with pytest.raises(InstallBackupTool, match=r"is Barman 2.19, too old: install 3.4 or newer"):
        open_copy(path=str(run_folder))


def test_a_barman_older_than_its_repository_is_refused(
    open_copy: Open, run_folder: Path, barman_story: BarmanStory
) -> None:
    """It sees no backup at all and is content: status 0, as 3.4 is in a repository of 3.19."""
    program = run_folder / "barman"
    program.write_text(
        '#!/bin/sh\ncase "$*" in *version*) echo 3.4.0 Barman;; *) echo \'{"core": []}\';; esac\n'
    )
    program.chmod(0o755)
    with pytest.raises(InstallBackupTool, match=r"Barman 3\.4\.0 does not see: install the Barman"):
        open_copy(path=str(run_folder)).backups()


def test_a_repository_without_backups_is_refused(new_barman_source: NewBarmanSource) -> None:
    repository = new_barman_source().maker.repository()
    with pytest.raises(MakeBackup, match=r"holds no backup: take one \(`barman backup core`\)"):
        repository.backups()


@pytest.fixture
def closed_to_us(story_copy: BarmanMaker) -> BarmanMaker:
    """A barman_home that another account owns alone."""
    if os.geteuid() == 0:
        os.chown(story_copy.home, 0, 0)
        story_copy.home.chmod(0o700)
    else:
        story_copy.home.chmod(0o000)
    return story_copy


def test_an_unreadable_home_is_refused(
    open_copy: Open, closed_to_us: BarmanMaker, run_folder: Path
) -> None:
    """To Barman it would only look empty. The remedy names Barman's own account."""
    config = closed_to_us.config
    text = config.read_text().replace(
        f"barman_user = {closed_to_us.account.name}", "barman_user = keeper"
    )
    config.write_text(text)
    with pytest.raises(RepairRepository) as problem:
        open_copy().backups()
    closed_to_us.home.chmod(0o700)
    assert "PG_OS_USER=keeper" in one_line(problem)
    assert "ermission denied" in one_line(problem)


def test_another_barman_user_is_no_obstacle(
    open_copy: Open, story_copy: BarmanMaker, barman_story: BarmanStory
) -> None:
    """Barman itself refuses to run as another account; what counts is who may read."""
    text = story_copy.config.read_text()
    story_copy.config.write_text(
        text.replace(f"barman_user = {story_copy.account.name}", "barman_user = keeper")
    )
    assert open_copy().backups()[0].name == barman_story.full


@pytest.mark.parametrize("status", ["FAILED", "EMPTY", "STARTED", "SYNCING", "WAITING_FOR_WALS"])
def test_a_backup_that_is_not_done_is_damaged(
    open_copy: Open,
    story_copy: BarmanMaker,
    barman_story: BarmanStory,
    new_server: NewServer,
    status: str,
) -> None:
    """With Barman's word; listed all the same, and refused when it is to be restored."""
    rewrite(story_copy, barman_story.full, status=status, error="the disk went away")
    repository = open_copy()
    full = named(repository, barman_story.full)
    assert full.damage is not None
    assert full.damage.startswith(status)
    with pytest.raises(RepairRepository, match=f"cannot be restored: {status}"):
        repository.restore(full, new_server("copy"), timeout=120)


def test_what_is_built_on_a_damaged_backup_is_damaged(
    open_copy: Open, story_copy: BarmanMaker, barman_story: BarmanStory
) -> None:
    if barman_story.incremental is None:
        assert named(open_copy(), barman_story.full).damage is None
        return
    rewrite(story_copy, barman_story.full, status="FAILED")
    damage = named(open_copy(), barman_story.incremental).damage
    assert damage is not None
    assert f"built on {barman_story.full}: FAILED" in damage


def test_an_encrypted_backup_is_refused(
    open_copy: Open, story_copy: BarmanMaker, barman_story: BarmanStory, new_server: NewServer
) -> None:
    """R31: a drill has no key; nothing is copied."""
    rewrite(story_copy, barman_story.full, encryption="gpg")
    repository, copy = open_copy(), new_server("copy")
    with pytest.raises(GiveKey, match=r"is encrypted \(gpg\)") as problem:
        repository.restore(named(repository, barman_story.full), copy, timeout=120)
    one_line(problem)
    assert not copy.data.exists()


def test_encrypted_wal_is_refused(
    open_copy: Open, story_copy: BarmanMaker, new_server: NewServer
) -> None:
    for listed in (story_copy.home / SERVER / "wals").glob("*xlog.db"):
        name, *rest = listed.read_text().splitlines()[-1].split("\t")
        assert rest[3] == "None"
        listed.write_text("\t".join([name, *rest[:3], "gpg"]) + "\n")
    with pytest.raises(GiveKey, match="is encrypted, and a drill has no key"):
        open_copy().wal(new_server("copy")).names()


def test_tablespaces_are_refused(
    new_barman_source: NewBarmanSource, new_server: NewServer, run_folder: Path
) -> None:
    """R64: Barman would write to where the source has them."""
    source = new_barman_source()
    elsewhere = run_folder / "elsewhere"
    elsewhere.mkdir()
    source.maker.account.own(elsewhere)
    with source.server.connect() as connection:
        connection.execute(f"create tablespace wide location '{elsewhere}'")
    source.maker.take()
    repository, copy = source.maker.repository(), new_server("copy")
    full = repository.backups()[0]
    with pytest.raises(MoveTablespaces, match=r"has tablespaces \(wide\)"):
        repository.restore(full, copy, timeout=120)
    assert not copy.data.exists()


def test_a_backup_that_was_deleted_meanwhile_is_refused(
    open_copy: Open, story_copy: BarmanMaker, barman_story: BarmanStory, new_server: NewServer
) -> None:
    repository = open_copy()
    full = named(repository, barman_story.full)
    info(story_copy, barman_story.full).unlink()
    with pytest.raises(ChooseAnotherName, match=f"no backup {full.name} any more.*barman keep"):
        repository.restore(full, new_server("copy"), timeout=120)


def test_a_folder_in_use_is_refused(barman_story: BarmanStory) -> None:
    repository = barman_story.repository
    full = named(repository, barman_story.full)
    with pytest.raises(ChooseAnotherFolder, match="exists"):
        repository.restore(full, barman_story.source.server, timeout=120)


def test_a_full_disk_is_refused(
    open_copy: Open, story_copy: BarmanMaker, barman_story: BarmanStory, new_server: NewServer
) -> None:
    """Before anything is copied."""
    rewrite(story_copy, barman_story.full, cluster_size=str(1 << 60))
    repository, copy = open_copy(), new_server("copy")
    with pytest.raises(FreeDisk, match=f"takes {1 << 60:,} bytes"):
        repository.restore(named(repository, barman_story.full), copy, timeout=120)
    assert not copy.data.exists()


def test_what_barman_cannot_read_is_told_in_its_words(
    open_copy: Open, story_copy: BarmanMaker, barman_story: BarmanStory
) -> None:
    info(story_copy, barman_story.full).write_text("status=DONE\nbegin_time=tomorrow\n")
    with pytest.raises(BackupError) as problem:
        open_copy().backups()
    one_line(problem)


def test_a_lost_backup_folder_is_told(
    open_copy: Open, story_copy: BarmanMaker, barman_story: BarmanStory, new_server: NewServer
) -> None:
    """Its description is there, its files are not."""
    repository = open_copy()
    full = named(repository, barman_story.full)
    shutil.rmtree(story_copy.home / SERVER / "base" / full.name)
    with pytest.raises(RepairRepository, match=r"status \d.*barman.log") as problem:
        repository.restore(full, new_server("copy"), timeout=120)
    one_line(problem)


def test_a_lost_wal_archive_is_told(
    open_copy: Open, story_copy: BarmanMaker, new_server: NewServer
) -> None:
    """Not mounted, it must not look empty."""
    repository = open_copy()
    wals = wal_folder(story_copy).parent
    wals.rename(wals.with_name("elsewhere"))
    with pytest.raises(RepairRepository, match=r"cannot be read.*mount it"):
        repository.wal(new_server("copy"))


def test_a_restore_that_takes_too_long_is_ended(
    barman_story: BarmanStory, new_server: NewServer
) -> None:
    repository = barman_story.repository
    full = named(repository, barman_story.full)
    with pytest.raises(RepairRepository, match=r"recover did not end within 0.01 s"):
        repository.restore(full, new_server("copy"), timeout=0.01)


def test_the_account_and_the_launcher_are_the_servers(
    barman_story: BarmanStory, account: Account, guardian: Guardian
) -> None:
    """Nothing that Barman starts outlives the run, nor runs as us."""
    assert account == barman_story.repository.tool.account
    assert guardian.client().folder == barman_story.source.server.launcher.folder  # type: ignore[attr-defined]
