"""What is no dump is told from one that is, and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.dumps.errors import DecompressDump, DumpError, MakeDumpAgain, NameADump
from fixtures.dumps.file import DumpKind, recognise
from fixtures.dumps.script import read_script


@pytest.mark.parametrize(
    ("content", "family", "words"),
    [
        (b"age-encryption.org/v1\n", DecompressDump, "encrypted with age"),
        (b"-----BEGIN PGP MESSAGE-----\n\nhQ", DecompressDump, "encrypted with PGP"),
        (b"Salted__\x01\x02", DecompressDump, "encrypted with OpenSSL"),
        (b"PK\x03\x04", DecompressDump, "compressed with zip"),
        (b"", MakeDumpAgain, "it is empty"),
        (b"PGDMP\x01", MakeDumpAgain, "the archive's head is damaged"),
        (b"\0\1\2", NameADump, "neither a psql script"),
    ],
    ids=["age", "PGP", "OpenSSL", "zip", "empty", "damaged", "binary"],
)
def test_what_is_no_dump(
    tmp_path: Path, content: bytes, family: type[DumpError], words: str
) -> None:
    path = tmp_path / "d"
    path.write_bytes(content)
    with pytest.raises(family, match=words) as refusal:
        recognise(path, option="[dump] files")
    assert str(refusal.value).startswith(f"[dump] files={path}: ")
    assert "\n" not in str(refusal.value)


def test_a_script_is_a_dump(tmp_path: Path) -> None:
    path = tmp_path / "d"
    path.write_text("select 1;\n")
    assert recognise(path).kind is DumpKind.SCRIPT


def test_what_a_script_tells_of_itself() -> None:
    script = read_script(
        b"""\
--
-- PostgreSQL database cluster dump
--
CREATE ROLE ann;
CREATE TABLESPACE fast OWNER ann LOCATION '/fast';
--
-- PostgreSQL database dump
--
-- Dumped from database version 15.20 (Debian 15.20-1)
-- Dumped by pg_dump version 18.6
CREATE DATABASE core WITH TEMPLATE = template0;
\\connect core
SELECT pg_catalog.lo_create('16400');
COPY public.t (a) FROM stdin;
SELECT pg_catalog.lo_create('1');
\\.
-- PostgreSQL database dump complete
-- PostgreSQL database cluster dump complete
""".splitlines(keepends=True)
    )
    assert ("15.20 (Debian 15.20-1)", "18.6") == (script.server, script.pg_dump)
    assert (("core",), ("fast",), {"ann"}) == (script.databases, script.tablespaces, script.made)
    assert (1, 1) == (script.copies, script.large_objects)
    assert (True, True, True) == (script.by_pg_dump, script.of_cluster, script.connects)
    assert script.unfinished is None
