"""WAL positions, against PostgreSQL's own arithmetic."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.postgres.lsn import Lsn
from fixtures.postgres.server import Server

POSITIONS = st.integers(0, 2**64 - 1).map(Lsn)

# No example database: a clone may be somebody else's, and not writable.
quietly = settings(database=None)


@quietly
@given(POSITIONS)
def test_a_position_reads_back_as_it_was_written(position: Lsn) -> None:
    assert Lsn.parse(str(position)) == position


@quietly
@given(POSITIONS, POSITIONS)
def test_positions_sort_as_numbers_not_as_text(one: Lsn, other: Lsn) -> None:
    assert (Lsn.parse(str(one)) < Lsn.parse(str(other))) == (int(one) < int(other))


def test_nine_is_before_ten_in_hexadecimal_too() -> None:
    assert Lsn.parse("0/9000000") < Lsn.parse("0/10000000") < Lsn.parse("1/0")


@pytest.mark.parametrize(
    "text", ["", "16B3748", "0/", "/0", "0/16G", "-1/0", "123456789/0", "0/1/2"]
)
def test_what_is_no_position_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a WAL position"):
        Lsn.parse(text)


def test_it_is_shown_as_postgres_shows_it() -> None:
    position = Lsn(0x1_0000_0000 + 0x16B3748)
    assert (str(position), f"{position}") == ("1/16B3748", "1/16B3748")
    assert repr(position) == "Lsn.parse('1/16B3748')"


def test_segments_are_named_as_the_server_names_them(server: Server) -> None:
    # None of them on a segment boundary, where pg_walfile_name changed in PostgreSQL 17.
    positions = ["0/1", "0/16B3748", "0/FFFFFFFF", "1/1000001", "7F/ABCDEF01"]
    with server.connect() as connection:
        for text in positions:
            row = connection.execute("SELECT pg_walfile_name(%s::pg_lsn)", [text]).fetchone()
            assert row is not None
            position = Lsn.parse(text)
            assert row[0] == position.segment_name(1)
            # The first of a 16 MiB segment's own bytes, as replay counts them.
            assert position.segment() == int(position) >> 24
