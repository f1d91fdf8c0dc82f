"""Which clusters are expected, and within which time: typed by people, so refused with a remedy."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from reports.fleet.expected import BadExpectation, expected_clusters, parse_within


def test_every_settings_file_is_a_cluster(tmp_path: Path) -> None:
    for name in ("core-prod.toml", "a b.c.toml", ".hidden.toml", "notes.md"):
        (tmp_path / name).touch()
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "other.toml").touch()
    assert list(expected_clusters([tmp_path])) == ["a b.c", "core-prod"]
    assert list(expected_clusters([tmp_path, tmp_path / "more"])) == ["a b.c", "core-prod", "other"]
    assert list(expected_clusters([tmp_path / "core-prod.toml"])) == ["core-prod"]


def test_the_same_folder_twice_is_no_contradiction(tmp_path: Path) -> None:
    (tmp_path / "core.toml").touch()
    assert list(expected_clusters([tmp_path, tmp_path / "." / "core.toml"])) == ["core"]


def test_two_clusters_of_one_name_are_refused(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "core.toml").touch()
    with pytest.raises(BadExpectation) as refused:
        expected_clusters([tmp_path / "a", tmp_path / "b"])
    a, b = (tmp_path / folder / "core.toml" for folder in ("a", "b"))
    assert str(refused.value) == f"--expect: {a} and {b} both name a cluster 'core'; rename one"


def test_a_folder_that_expects_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "README").touch()
    for place, why in (
        (tmp_path, "no *.toml there; put the settings file of each cluster into it"),
        (tmp_path / "README", "no *.toml there; put the settings file of each cluster into it"),
        (
            tmp_path / "none",
            "No such file or directory; name a folder with a settings file a cluster",
        ),
    ):
        with pytest.raises(BadExpectation) as refused:
            expected_clusters([place])
        assert str(refused.value) == f"--expect={place}: {why}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("26h", timedelta(hours=26)),
        ("90m", timedelta(minutes=90)),
        ("2d", timedelta(days=2)),
        ("1w", timedelta(weeks=1)),
        ("1d12h", timedelta(hours=36)),
        ("30s", timedelta(seconds=30)),
    ],
)
def test_a_time_is_written_as_one_says_it(text: str, expected: timedelta) -> None:
    assert parse_within(text) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not a time"),
        ("26", "not a time"),
        ("a day", "not a time"),
        ("26 h", "not a time"),
        ("-1h", "not a time"),
        ("26h!", "not a time"),
        ("0h", "nothing is as young as that"),
        ("9" * 30 + "d", "longer than can be counted"),
    ],
)
def test_what_is_no_time_is_refused(text: str, why: str) -> None:
    with pytest.raises(BadExpectation) as refused:
        parse_within(text)
    expected = f"--within={text}: {why}; write a time such as 26h, 90m, 2d or 1d12h"
    assert str(refused.value) == expected
