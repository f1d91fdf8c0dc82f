"""The head of an archive: it decides which programs restore it, and how old it is."""

from __future__ import annotations

import subprocess
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest

from fixtures.dumps.errors import InstallNewerPostgres, MakeDumpAgain
from fixtures.dumps.file import recognise
from fixtures.dumps.found import FoundDump, binaries_for, find_dump, require_young
from fixtures.dumps.header import major_of, read_header
from fixtures.postgres.binaries import Binaries, find
from fixtures.postgres.errors import InstallPostgres
from fixtures.postgres.server import Server

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


@pytest.fixture
def dump(server: Server, tmp_path: Path) -> Callable[..., Path]:
    def make(name: str, *words: str) -> Path:
        path = tmp_path / name
        subprocess.run(
            [server.binaries.program("pg_dump"), *words, f"--file={path}"],
            env=server.client_environment(),
            check=True,
        )
        return path

    return make


@pytest.mark.parametrize("words", [("-Fc",), ("-Fd",), ("-Ft",), ("-Fp",)], ids="".join)
def test_every_format_tells_its_server(
    server: Server, dump: Callable[..., Path], words: tuple[str, ...]
) -> None:
    found = find_dump(dump("d", *words), "[dump] files")
    assert str(server.binaries.version) in found.server
    assert str(server.binaries.version) in found.pg_dump
    assert found.major == server.binaries.version.major
    assert abs(datetime.now(UTC) - found.made_at) < timedelta(minutes=5)
    if words != ("-Fp",):
        assert "postgres" == found.database


def test_a_head_that_is_cut_or_garbled_is_none(dump: Callable[..., Path]) -> None:
    whole = dump("d", "-Fc").read_bytes()
    assert read_header(BytesIO(whole)) is not None
    for length in range(60):
        assert read_header(BytesIO(whole[:length])) is None
    assert read_header(BytesIO(b"PGDMP" + b"\xff" * 200)) is None
    assert read_header(BytesIO(b"PGDMP\x01\x02\x00\x04\x08\x01" + b"\0" * 200)) is None


def test_the_head_of_a_tar_file_is_its_first_member(dump: Callable[..., Path]) -> None:
    path = dump("d.tar", "-Ft")
    with tarfile.open(path) as archive:
        assert "toc.dat" == archive.getmembers()[0].name
    header = recognise(path).header
    assert header is not None
    assert "postgres" == header.database


@pytest.mark.parametrize(
    ("text", "major"), [("15.20 (Debian 15.20-1)", 15), ("18beta1", 18), ("9.6.24", 9), ("", None)]
)
def test_majors(text: str, major: int | None) -> None:
    assert major == major_of(text)


def any_engine(major: int | None) -> Binaries:
    return find("auto", major=major)


def found(path: Path, **told: object) -> FoundDump:
    path.write_text("-- PostgreSQL database dump\n")
    given = {"server": "", "pg_dump": "", "made_at": NOW, **told}
    return FoundDump(
        dump=recognise(path, option="[dump] files"),
        database="",
        dated_by="its file",
        size=1,
        **given,  # type: ignore[arg-type]
    )


def test_a_dump_is_as_old_as_it_may_be(tmp_path: Path) -> None:
    """R62: the policy speaks, and a young dump passes."""
    day = timedelta(hours=26)
    require_young(found(tmp_path / "a", made_at=NOW - timedelta(hours=25)), day, NOW)
    require_young(found(tmp_path / "a", made_at=NOW - timedelta(days=900)), None, NOW)
    with pytest.raises(MakeDumpAgain, match=r"is 27\.0 h old .* max_age is 26\.0 h; make a new"):
        require_young(found(tmp_path / "a", made_at=NOW - timedelta(hours=27)), day, NOW)


def test_a_dump_of_the_future_is_a_clock_that_is_wrong(tmp_path: Path) -> None:
    """A zone that is not told makes half a day; more is a clock."""
    require_young(found(tmp_path / "a", made_at=NOW + timedelta(hours=13)), None, NOW)
    with pytest.raises(MakeDumpAgain, match="still to come; set the clock"):
        require_young(found(tmp_path / "a", made_at=NOW + timedelta(hours=15)), None, NOW)


def test_the_newest_of_server_and_program_decides(tmp_path: Path, server: Server) -> None:
    ours = server.binaries.version.major
    one = found(tmp_path / "a", server=f"{ours}.1", pg_dump="9.6.1")
    assert binaries_for([one], any_engine, None).version.major >= ours
    newer = found(tmp_path / "b", server="14.1", pg_dump="97.1")
    with pytest.raises(InstallPostgres, match=r"needs PostgreSQL 97 or newer .*apt install"):
        binaries_for([one, newer], any_engine, None)


def test_the_major_that_was_asked_for_is_not_older_than_a_dump(
    tmp_path: Path, server: Server
) -> None:
    ours = server.binaries.version.major
    assert (
        ours == binaries_for([found(tmp_path / "a", server="13.1")], any_engine, ours).version.major
    )
    with pytest.raises(InstallNewerPostgres, match=r"is of a PostgreSQL 97.* into 97 or newer"):
        binaries_for([found(tmp_path / "b", server="97.1")], any_engine, ours)
