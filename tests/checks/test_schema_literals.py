"""R49: what stands in a definition as a value is compared, and never kept or shown."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.schema.literals import leaves_out, told_apart, without_literals

CANARY = "cAnArY"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CHECK ((state <> 'cAnArY'::text))", "CHECK ((state <> '…1'::text))"),
        ("(name = 'it''s cAnArY'::text)", "(name = '…1'::text)"),
        (r"(path = E'a\\b''c\'cAnArY')", "(path = '…1')"),
        ("B'1010' = X'cAnArY' or N'cAnArY' or U&'cAnArY'", "'…1' = '…2' or '…3' or '…4'"),
        ("$$cAnArY$$ || $a$ '$$' cAnArY $a$ || 'b'", "'…1' || '…2' || '…3'"),
        ("FROM ('cAnArY') TO ('z', MINVALUE)", "FROM ('…1') TO ('…2', MINVALUE)"),
        ("(a = 'cAnArY' OR b = 'cAnArY')", "(a = '…1' OR b = '…1')"),
        ("(card <> 4111111111111111)", "(card <> '…1')"),
        ("(card <> '4111111111111111'::bigint)", "(card <> '…1'::bigint)"),
        ("('123456789.5'::numeric, 1.123456789)", "('…1'::numeric, '…2')"),
        ("never ended 'cAnArY", "never ended '…1'"),
        ("never ended $q$cAnArY", "never ended '…1'"),
    ],
)  # fmt: skip
def test_a_literal_becomes_a_number(text: str, expected: str) -> None:
    kept = without_literals(text)
    assert CANARY not in kept
    assert (expected,) == told_apart(kept)


@pytest.mark.parametrize(
    "text",
    [
        "nextval('core.passes'::regclass)",
        "CHECK ((name <> ''::text))",
        "((n > '-1'::integer) AND (n < 12345678))",
        "WITH (fillfactor='90')",
        '"it\'s a ""name\'"."an\'other"',
        "numeric(12,4)",
        "to_char(day, core.form_1234567890)",
        "p_20261126123456",
        "a$1$b",
    ],
)
def test_names_short_numbers_and_nothing_at_all_are_shown(text: str) -> None:
    assert text == without_literals(text)
    assert not leaves_out(text)


@pytest.mark.parametrize(
    "text",
    ["options (user 'x', password 'cAnArY')", "x := 'y' password=cAnArY", "(p = 'cAnArY'::text)"],
)
def test_what_went_through_once_stays_as_it_is(text: str) -> None:
    kept = without_literals(text)
    assert CANARY not in kept
    assert kept == without_literals(kept)


def test_two_sides_are_told_apart_by_number_and_hold_no_digest() -> None:
    one = without_literals("(state = ANY (ARRAY['open'::text, 'cAnArY'::text]))")
    other = without_literals("(state = ANY (ARRAY['open'::text, 'shut'::text]))")
    told = told_apart(one, other)
    assert "(state = ANY (ARRAY['…1'::text, '…2'::text]))" == told[0]
    assert "(state = ANY (ARRAY['…1'::text, '…3'::text]))" == told[1]
    assert not any(leaves_out(side) for side in told)


def test_two_texts_that_are_held_back_are_told_apart() -> None:
    assert ("held back, text 1", "held back, text 2") == told_apart(
        without_literals("password=one"), without_literals("password=two")
    )


_PIECE = st.sampled_from(["'", "''", "\\", "$", "$$", "$a$", '"', "E", "U&", " ", "1", "a", CANARY])


@given(st.lists(_PIECE, max_size=12).map("".join))
def test_whatever_is_quoted_leaves_no_trace(text: str) -> None:
    """However quotes nest: a literal's own text is never in what is kept."""
    literal = "'" + text.replace("'", "''") + "'"
    kept = without_literals(f'select "a b", {literal}::text')
    plain = not text or re.fullmatch(r"-?\d{1,8}", text)
    assert plain or CANARY not in kept
    assert kept.startswith('select "a b", ')
    assert kept.endswith("::text")
