"""A recovered copy is the cluster that was meant, and left its source's archive alone."""

from __future__ import annotations

from typing import Any

import pytest

from checks.identity import Identity
from checks.recovery import (
    ARCHIVE,
    CLUSTER,
    POSITION,
    STATE,
    TIMELINE,
    check_archive,
    check_reached,
)

ENDED = 0x1_0000_0100


SEEN = Identity(
    database="shop",
    server_version=180000,
    system_identifier="7",
    timeline=2,
    lsn="1/100",
    in_recovery=False,
)
"""What a promoted copy says of itself."""


def test_the_cluster_that_was_meant_is_silent() -> None:
    """R65: at the backup's end to the byte, too."""
    assert [] == check_reached(SEEN, system_identifier=7, timeline=1, ended=ENDED)
    assert [] == check_reached(SEEN, system_identifier=None, timeline=None, ended=None)


@pytest.mark.parametrize(
    ("check", "told"),
    [
        (STATE, {"in_recovery": True}),
        (STATE, {"in_recovery": None}),
        (CLUSTER, {"system_identifier": "8"}),
        (CLUSTER, {"system_identifier": None}),
        (TIMELINE, {"timeline": 1}),
        (TIMELINE, {"timeline": None}),
        (POSITION, {"lsn": "1/FF"}),
        (POSITION, {"lsn": "0/FFFFFFFF"}),
        (POSITION, {"lsn": None}),
    ],
)
def test_any_other_is_told_by_what_it_is(check: str, told: dict[str, Any]) -> None:
    """R65: rows 5, 26 and 27, and files that are torn; not told is not the same as right."""
    other = SEEN.model_copy(update=told)

    (finding,) = check_reached(other, system_identifier=7, timeline=1, ended=ENDED)

    assert check == finding.check
    assert finding.remedy


BEFORE = ["000000010000000000000001", "000000010000000000000002"]


def test_a_source_that_goes_on_archiving_is_silent() -> None:
    """R32: on its own timeline, or on a branch of somebody else's."""
    more = [*BEFORE, "000000010000000000000003", "00000003.history"]

    assert [] == check_archive(BEFORE, BEFORE, 2, "/srv/wal")
    assert [] == check_archive(BEFORE, more, 2, "/srv/wal")


@pytest.mark.parametrize("name", ["00000002.history", "000000020000000000000002"])
def test_what_the_copy_archived_is_named(name: str) -> None:
    """R32, R64: row 2; the next restore to the latest would follow it."""
    (finding,) = check_archive(BEFORE, [*BEFORE, name], 2, "/srv/wal")

    assert (ARCHIVE, "/srv/wal") == (finding.check, finding.subject)
    assert name in str(finding.actual)


def test_what_is_gone_is_named() -> None:
    """R63: expired while it was being restored."""
    (finding,) = check_archive(BEFORE, BEFORE[1:], 2, "/srv/wal")

    assert ARCHIVE == finding.check
    assert BEFORE[0] in str(finding.actual)
