"""Versions, as programs and servers write them."""

from __future__ import annotations

import pytest

from fixtures.postgres.version import ServerVersion


@pytest.mark.parametrize(
    ("text", "major", "number"),
    [
        ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", 15, "15.18"),
        ("initdb (PostgreSQL) 18.6\n", 18, "18.6"),
        ("15.18 (Debian 15.18-0+deb12u1)", 15, "15.18"),
        ("postgres (PostgreSQL) 19beta1", 19, "19beta1"),
        ("postgres (PostgreSQL) 19devel", 19, "19devel"),
        ("postgres (PostgreSQL) 9.6.24", 9, "9.6.24"),
        ("16.8 (Homebrew)", 16, "16.8"),
    ],
)
def test_a_version_is_read_from_what_programs_print(text: str, major: int, number: str) -> None:
    version = ServerVersion.parse(text)
    assert (version.major, str(version)) == (major, number)


def test_versions_sort_by_number() -> None:
    in_order = ["9.6.24", "13.9", "13.21", "15.2", "15.10", "18devel", "18beta2", "18rc1", "18.0"]
    assert in_order == [str(v) for v in sorted(map(ServerVersion.parse, reversed(in_order)))]


def test_the_packagers_addition_is_no_difference() -> None:
    debian = ServerVersion.parse("15.18 (Debian 15.18-0+deb12u1)")
    assert debian == ServerVersion.parse("postgres (PostgreSQL) 15.18")
    assert debian != ServerVersion.parse("15.17")


def test_no_version_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="no PostgreSQL version"):
        ServerVersion.parse("command not found")
