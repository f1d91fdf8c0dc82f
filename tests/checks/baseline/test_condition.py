"""Conditions of frozen ranges: `:t` is found where it is one; what proves nothing is refused."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from checks.baseline.condition import Condition, CorrectCondition

T = datetime(2024, 5, 1, 14, 0, 0, 120, timezone(timedelta(hours=2)))
TOLD = "(timestamptz '2024-05-01 12:00:00.000120+00')"


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("created_at < :t - interval '1 day'", f"created_at < {TOLD} - interval '1 day'"),
        ("created_at<:t", f"created_at<{TOLD}"),
        (":t > created_at or :t is null", f"{TOLD} > created_at or {TOLD} is null"),
    ],
)
def test_t_is_put_in(where: str, expected: str) -> None:
    condition = Condition(where)
    assert condition.names_time
    assert expected == condition.at(T)


@pytest.mark.parametrize(
    "where",
    [
        "a::time < b::text",
        "note = ':t'",
        "note = e'\\':t'",
        "note = $$:t$$ or note = $a$ $$ :t $a$",
        '":t" = 1',
        "a = 1 -- not :t",
        "a = 1 /* not :t */",
        "a = 1 and kind in ('done', 'it''s (:t')",
    ],
)
def test_what_only_looks_like_t_is_left_alone(where: str) -> None:
    condition = Condition(where)
    assert not condition.names_time
    assert where == condition.at(T)
    assert where == condition.at(None)


def test_a_condition_with_t_needs_a_time() -> None:
    with pytest.raises(CorrectCondition, match="the recovery target's time is not known"):
        Condition("a < :t").at(None)


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("  ", "is empty"),
        ("a = 1; drop table b", '";" stands in it'),
        ("a = (1", "parentheses"),
        ("a = 1) or (b = 2", "parentheses"),
        ("f(a = 1", "parentheses"),
        ("created_at < now() - interval '1 day'", "now differs between"),
        ("created_at < CURRENT_DATE", "current_date differs between"),
        ("created_at < 'today'", "'today' differs between"),
        ("random () < 0.5", "random differs between"),
        ("owner = current_user", "current_user differs between"),
    ],
)
def test_what_proves_nothing_is_refused(where: str, words: str) -> None:
    with pytest.raises(CorrectCondition, match=words):
        Condition(where)


def test_a_column_may_have_the_name_of_a_function() -> None:
    assert "t.now < 3 and random = 1" == Condition("t.now < 3 and random = 1").at(None)


def test_what_is_called_is_known() -> None:
    assert {"lower", "is_old", "Odd"} <= set(
        Condition("lower(a) = 'x(' and app.Is_Old (b) and \"Odd\" (c)").functions
    )
