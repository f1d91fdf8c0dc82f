"""What PostgreSQL writes in two ways is one thing, and nothing more is."""

from __future__ import annotations

import pytest

from checks.schema.alike import in_one_spelling, same
from checks.schema.observation import SchemaObservation

ONE = (150000, 150000)
FROM_15 = (150000, 160000)
FROM_16 = (160000, 170000)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (
            "((x)::text = ANY ((ARRAY['a'::character varying,"
            " 'it''s'::character varying])::text[]))",
            "((x)::text = ANY (ARRAY[('a'::character varying)::text,"
            " ('it''s'::character varying)::text]))",
            True,
        ),
        (
            "((x)::text = ANY ((ARRAY['a'::character varying])::text[]))",
            "((x)::text = ANY (ARRAY[('b'::character varying)::text]))",
            False,
        ),
        (
            "((x)::text = ANY ((ARRAY['a'::character varying])::text[]))",
            "((x)::text = ANY (ARRAY['a'::character varying]))",
            False,
        ),
        ("(x)::text", "x", False),
    ],
)
def test_a_list_of_varchar_cast_as_a_whole_or_one_by_one(
    one: str, other: str, expected: bool
) -> None:
    assert expected == same("constraints", "definition", one, other, ONE)
    assert expected == same("constraints", "definition", other, one, ONE)


@pytest.mark.parametrize(
    ("older", "newer", "expected"),
    [
        (" SELECT g.id,\n    g.n\n   FROM core.g;", " SELECT id,\n    n\n   FROM core.g;", True),
        (' SELECT "G".id\n   FROM core."G";', ' SELECT id\n   FROM core."G";', True),
        (" SELECT core.id\n   FROM core.core;", " SELECT id\n   FROM core.core;", True),
        (" SELECT a.id, b.n FROM s.a, s.b;", " SELECT id, n FROM s.a, s.b;", False),
        (" SELECT g.id FROM core.g;", " SELECT n FROM core.g;", False),
        (" SELECT g.id FROM core.g;", " SELECT id FROM core.h;", False),
        (" SELECT g.id FROM core.g;", " SELECT id FROM g;", False),
    ],
)
def test_a_view_of_one_relation_across_16(older: str, newer: str, expected: bool) -> None:
    assert expected == same("views", "definition", older, newer, FROM_15)
    assert expected == same("views", "definition", newer, older, (160000, 150000))
    assert not same("views", "definition", older, newer, ONE)


def test_the_privilege_that_came_with_17() -> None:
    before, after = "a=r/o, o=arwdDxt/o", "a=r/o, o=arwdDxtm/o"
    assert same("tables", "acl", before, after, FROM_16)
    assert not same("tables", "acl", before, "a=rm/o, o=arwdDx/o", FROM_16)
    assert not same("tables", "acl", before, after, (170000, 180000))
    assert not same("tables", "acl", "adam=r/o", "ada=r/o", FROM_16)


def columns(version: int, name: str, after: str, comment: str = "") -> SchemaObservation:
    """One column, as a server of this version names it and the one before it."""
    return SchemaObservation(
        server_version=version,
        kinds={"columns": {f"s.t.{name}": {"after": after, "comment": comment}}},
    )


def test_a_name_that_became_a_keyword_is_one_name_across_majors() -> None:
    older, newer = columns(150000, "json", "json_table"), columns(180000, '"json"', '"json_table"')
    one, other = in_one_spelling(older, newer)
    assert older.kinds == one.kinds == other.kinds


@pytest.mark.parametrize(
    ("name", "after", "comment"),
    [
        ('"Json"', "json_table", ""),
        ('"a""json"""', "json_table", ""),
        ("json", "json_value", ""),
        ("json", "json_table", '"json"'),
    ],
)
def test_another_name_or_comment_stays_another(name: str, after: str, comment: str) -> None:
    one, other = in_one_spelling(
        columns(150000, "json", "json_table"), columns(180000, name, after, comment)
    )
    assert one.kinds != other.kinds


def test_within_one_major_nothing_is_respelled() -> None:
    quoted = columns(150000, '"json"', "x")
    assert (quoted, quoted) == in_one_spelling(quoted, quoted)
