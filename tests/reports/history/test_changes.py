"""What changed since the last green run: what matters is told, noise is not, and never pages."""

from __future__ import annotations

from typing import Any

import pytest

from reports.history.changes import MOST, changes_since, last_green
from reports.history.past import Change
from tests.reports.history.nights import night, past

ROWS = "every table kept its rows"


def words(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    changes = changes_since(past(night(1, **before)), past(night(2, **after)))
    return [change.in_words for change in changes]


CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "verdict": ({}, {"word": "FAILED"}, "verdict: PROVEN → FAILED core"),
    "an outcome": ({}, {"outcomes": {ROWS: "failed"}}, f"{ROWS}: passed → failed"),
    "a version": (
        {"versions": {"moto": "5.2.4"}},
        {"versions": {"moto": "5.2.5"}},
        "version of moto: 5.2.4 → 5.2.5",
    ),
    "a program that came": (
        {"versions": {}},
        {"versions": {"moto": "5.2.5"}},
        "version of moto: new, 5.2.5",
    ),
    "the harness": ({}, {"commit": "c0ffee1"}, "version of the harness: 3ebce1d → c0ffee1"),
    "a setting": (
        {"settings": {"objectives": {"data_loss": "5m"}}},
        {"settings": {"objectives": {"data_loss": "1d"}}},
        "setting objectives.data_loss: 5m → 1d",
    ),
    "a setting that went": (
        {"settings": {"proof": {"must_have_tables": ["rules"]}}},
        {"settings": {"proof": {}}},
        'setting proof.must_have_tables: gone, was ["rules"]',
    ),
    "a table that shrank": (
        {"rows": {"public.rules": 1000}},
        {"rows": {"public.rules": 700}},
        "rows of core: public.rules: 1,000 → 700",
    ),
    "a table that was emptied": (
        {"rows": {"public.rules": 3}},
        {"rows": {"public.rules": 0}},
        "rows of core: public.rules: 3 → 0",
    ),
    "a table that grew": (
        {"rows": {"public.rules": 0}},
        {"rows": {"public.rules": 1000}},
        "rows of core: public.rules: 0 → 1,000",
    ),
    "a table that went": (
        {"rows": {"public.rules": 3, "public.x": 4}},
        {"rows": {"public.x": 4}},
        "table core: public.rules: gone, was 3 rows",
    ),
    "a table that came": (
        {"rows": {"public.x": 4}},
        {"rows": {"public.rules": 3, "public.x": 4}},
        "table core: public.rules: new, 3 rows",
    ),
    "no table at all": ({}, {"rows": {}}, "tables compared: 1 → none"),
    "a time": (
        {"measured": {"time to writable": 100.0}},
        {"measured": {"time to writable": 190.0}},
        "time to writable: 1 min 40 s → 3 min 10 s",
    ),
    "a time that was not measured": (
        {"measured": {"data loss": 1.0}},
        {"measured": {"data loss": None}},
        "data loss: 1.0 s → not measured",
    ),
    "the backup's age": (
        {"backup_age": 3600.0},
        {"backup_age": 90_000.0},
        "age of the backup: 1 h → 25 h",
    ),
}


@pytest.mark.parametrize(("before", "after", "told"), CHANGES.values(), ids=list(CHANGES))
def test_this_is_told(before: dict[str, Any], after: dict[str, Any], told: str) -> None:
    assert [told] == words(before, after)


NOISE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing": ({}, {}),
    "seconds": ({"measured": {"x": 5.9}}, {"measured": {"x": 28.9}}),
    "some per cent of an hour": ({"measured": {"x": 3600.0}}, {"measured": {"x": 4000.0}}),
    "a table as it grows": ({"rows": {"x": 1000}}, {"rows": {"x": 1100}}),
    "a handful of rows": ({"rows": {"x": 3}}, {"rows": {"x": 40}}),
    "a backup some minutes older": ({"backup_age": 600.0}, {"backup_age": 1800.0}),
}


@pytest.mark.parametrize(("before", "after"), NOISE.values(), ids=list(NOISE))
def test_this_is_not_worth_a_line(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert [] == words(before, after)


@pytest.mark.parametrize("word", ["PARTIAL", "INTERRUPTED"])
def test_what_was_not_selected_or_not_reached_has_not_gone(word: str) -> None:
    before = {"outcomes": {ROWS: "passed", "it holds": "passed"}}
    told = words(before, {"word": word, "outcomes": {ROWS: "failed"}})
    assert [f"verdict: PROVEN → {word} core", f"{ROWS}: passed → failed"] == told


def test_of_each_kind_some_are_told_and_then_how_many_more() -> None:
    before = {f"t{number:04}": 1000 for number in range(5000)}
    after = dict.fromkeys(before, 0)
    told = words({"rows": before}, {"rows": after, "versions": {"moto": "5.2.5"}})
    assert told[MOST] == "and 4,988 more tables that differ"
    assert told[MOST + 1 :] == ["version of pytest: gone, was 9.2.0"]


def test_tables_that_lost_rows_come_before_those_that_won_some() -> None:
    told = words({"rows": {"a": 0, "b": 900}}, {"rows": {"a": 900, "b": 0}})
    assert ["rows of core: b: 900 → 0", "rows of core: a: 0 → 900"] == told


def test_a_long_setting_is_cut() -> None:
    (told,) = words({"settings": {}}, {"settings": {"expect": ["x" * 5000]}})
    assert told.endswith("…")
    assert len(told) < 250


def test_the_last_green_run_is_of_the_same_cluster_drill_and_mode() -> None:
    earlier = [
        past(night(1)),
        past(night(2)),
        past(night(3, "FAILED")),
        past(night(4, "PARTIAL")),
        past(night(5, "ALARM RANG", negative_control=7)),
        past(night(6, cluster="other")),
        past(night(7, drill="snapshot")),
        past(night(8, mode="rehearsal")),
        past(night(10)),
    ]
    assert last_green(earlier, past(night(9))) == earlier[1]
    assert last_green(earlier, past(night(9, mode="rehearsal"))) == earlier[7]
    assert last_green(earlier, past(night(9, drill="logical"))) is None


def test_a_change_says_what_came_and_went() -> None:
    assert Change("x", "1", "2").in_words == "x: 1 → 2"
    assert Change("x", None, "2").in_words == "x: new, 2"
    assert Change("x", "1", None).in_words == "x: gone, was 1"
    assert Change("and 3 more", None, None).in_words == "and 3 more"
