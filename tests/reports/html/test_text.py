"""How names, numbers and times are shown."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reports.html import text


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0 s"),
        (0.0004, "0 s"),
        (0.04, "40 ms"),
        (0.633, "0.63 s"),
        (5.175, "5.2 s"),
        (4.04, "4.0 s"),
        (7, "7 s"),
        (59.97, "1 min"),
        (59.9, "59.9 s"),
        (125, "2 min 5 s"),
        (3599.6, "1 h"),
        (7200, "2 h"),
        (7380, "2 h 3 min"),
        (90000, "1 d 1 h"),
        (-2.5, "−2.5 s"),
    ],
)
def test_durations_are_in_the_unit_in_which_they_are_read(seconds: float, expected: str) -> None:
    assert expected == text.spoken(seconds)


def test_the_number_itself_stands_in_the_markup() -> None:
    assert '<data value="5.175">5.2 s</data>' == text.duration(5.175)
    assert '<data value="49978">49,978</data>' == text.count(49978)
    assert '<data value="8192000">8.2 MB</data>' == text.size(8192000)


def test_times_say_their_zone() -> None:
    exact = datetime(2026, 6, 1, 11, 59, 20, tzinfo=UTC)
    assert "2026-06-01 11:59:20 UTC" == text.stamp(exact)
    assert "2026-06-01 11:59:20.367 UTC" == text.stamp(exact.replace(microsecond=367_900))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("<b>", "<bdi>&lt;b&gt;</bdi>"),
        ("a\nb", '<bdi>a<span class="unseen">\\n</span>b</bdi>'),
        ("\x00", '<bdi><span class="unseen">\\x00</span></bdi>'),
        ("\u202e", '<bdi><span class="unseen">\\u202e</span></bdi>'),
        ("\U000e0041", '<bdi><span class="unseen">\\U000e0041</span></bdi>'),
        ("日本 ñ 🦊", "<bdi>日本 ñ 🦊</bdi>"),
    ],
)
def test_a_name_is_escaped_spelt_out_and_isolated(given: str, expected: str) -> None:
    assert expected == text.name(given)


def test_a_long_side_is_folded_and_an_endless_one_cut() -> None:
    assert text.side("x" * 300).startswith("<code")
    assert text.side("x" * 301).startswith("<details><summary>301 characters")
    endless = text.side("x" * 100_000)
    assert "100,000 characters, whole in the journal" in endless
    assert 5000 > len(endless)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, "nothing"), (0, "0"), (False, "False"), ("", ""), (1234, "1234")],
)
def test_no_side_is_taken_for_another(value: object, expected: str) -> None:
    assert expected == text.side(value).striptags()


def test_thousands_of_a_count_are_set_apart() -> None:
    assert "49,978" == text.side(49978, counted=True).striptags()
