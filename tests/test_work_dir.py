"""Where a run may lie: refused before anything is started, naming the option and the remedy."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from fixtures.guardian import SOCKET_PATH_LIMIT, Guardian, check_work_dir
from fixtures.postgres.account import Account
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.errors import ChooseAnotherFolder
from fixtures.postgres.server import Server


def test_a_folder_too_long_for_a_socket_is_refused_with_both_lengths(work_dir: Path) -> None:
    limit = SOCKET_PATH_LIMIT - len("/pgd-xxxxxxxx/xxxxxxxx/s/.s.PGSQL.65535")
    fits = work_dir / ("x" * (limit - len(str(work_dir)) - 1))
    fits.mkdir()
    assert check_work_dir(fits) == fits
    too_long = fits.with_name(fits.name + "x")
    too_long.mkdir()
    with pytest.raises(ChooseAnotherFolder) as refused:
        Guardian.start(too_long)
    assert f"--work-dir={too_long}" in str(refused.value)
    assert f"{SOCKET_PATH_LIMIT + 1} bytes" in str(refused.value)
    assert f"allows {SOCKET_PATH_LIMIT}" in str(refused.value)
    assert list(too_long.iterdir()) == []


def test_a_server_runs_in_a_folder_as_long_as_allowed(
    work_dir: Path, binaries: Binaries, account: Account
) -> None:
    limit = SOCKET_PATH_LIMIT - len("/pgd-xxxxxxxx/xxxxxxxx/s/.s.PGSQL.65535")
    # Blanks too: they are allowed in it.
    longest = work_dir / ("x y" + "z" * (limit - len(str(work_dir)) - 4))
    longest.mkdir(mode=0o711)
    with Guardian.start(longest) as guardian:
        server = Server(guardian.folder / "12345678", binaries, account, guardian.client())
        server.initialise()
        server.start(0)
        with server.connect() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("name", ["nowhere", "file", "/proc"])
def test_a_folder_that_cannot_be_written_is_refused(work_dir: Path, name: str) -> None:
    (work_dir / "file").touch()
    with pytest.raises(ChooseAnotherFolder, match=r"--work-dir=.*choose one that exists"):
        check_work_dir(work_dir / name)


@pytest.mark.parametrize("character", [",", "'", "$", "%"])
def test_a_path_that_a_shell_or_libpq_takes_apart_is_refused(
    work_dir: Path, character: str
) -> None:
    folder = work_dir / f"a{character}b"
    folder.mkdir()
    with pytest.raises(ChooseAnotherFolder, match="--work-dir="):
        check_work_dir(folder)


def test_a_folder_closed_to_the_servers_account_is_refused(work_dir: Path) -> None:
    stranger = Account("nobody", os.geteuid() + 65534, os.getegid() + 65534)
    assert check_work_dir(work_dir, account=stranger) == work_dir
    work_dir.chmod(0o700)
    with pytest.raises(ChooseAnotherFolder, match=r"account nobody.*chmod o\+x"):
        check_work_dir(work_dir, account=stranger)


def test_a_disk_too_full_is_refused(work_dir: Path) -> None:
    assert check_work_dir(work_dir, min_free_bytes=1) == work_dir
    with pytest.raises(ChooseAnotherFolder, match=r"--work-dir=.*MiB are free and \d+ MiB"):
        check_work_dir(work_dir, min_free_bytes=2**80)
    assert list(work_dir.iterdir()) == []


def test_the_default_folder_is_short_even_where_the_systems_is_not(
    work_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = work_dir / ("x" * 90)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    assert check_work_dir(None) == Path("/tmp").resolve()


def test_a_data_folder_is_no_place_to_work_in(work_dir: Path) -> None:
    """A server's, or a backup's, which would never match its manifest again; nor a folder in it."""
    data, beside = work_dir / "data", work_dir / "beside"
    for folder in (data / "base", beside):
        folder.mkdir(parents=True)
    (data / "PG_VERSION").write_text("18\n")

    assert beside == check_work_dir(beside)
    for folder in (data, data / "base"):
        with pytest.raises(ChooseAnotherFolder, match=r"--work-dir=.*data folder of PostgreSQL"):
            check_work_dir(folder)
        assert [] == list((data / "base").iterdir())
