"""R25: the copy's identifier is legal, unused, and not the source's."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.aws.errors import ChooseAnotherIdentifier
from fixtures.aws.names import (
    check_identifier,
    check_new,
    instance_identifier,
    is_named_by,
    new_identifier,
)
from fixtures.aws.session import Client

LEGAL = st.from_regex(r"[a-zA-Z](-?[a-zA-Z0-9]){0,31}", fullmatch=True)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "empty"),
        ("a" * 64, "64 characters"),
        ("1core", "a letter first"),
        ("-core", "a letter first"),
        ("core-", "no hyphen last"),
        ("core--prod", "single hyphens"),
        ("core_prod", "letters, digits"),
        ("core prod", "letters, digits"),
        ("cöre", "letters, digits"),
        ("core\n", "letters, digits"),
    ],
)
def test_an_illegal_identifier_is_refused_with_its_rule(name: str, said: str) -> None:
    """R25."""
    with pytest.raises(ChooseAnotherIdentifier, match=said):
        check_identifier(name)


@pytest.mark.parametrize("name", ["a", "a" * 63, "core-prod-2", "c0"])
def test_a_legal_identifier_is_kept(name: str) -> None:
    assert check_identifier(name) == name


def test_an_identifier_is_kept_as_rds_keeps_it() -> None:
    assert check_identifier("Core-Prod") == "core-prod"


@given(source=LEGAL, run=st.text(max_size=80))
def test_a_new_identifier_is_always_legal_and_leaves_room_for_instances(
    source: str, run: str
) -> None:
    """R25, for whatever a run is called."""
    name = new_identifier(source, run)
    assert re.fullmatch(r"[a-z](-?[a-z0-9])*", name)
    assert len(name) <= 60
    assert name != source.lower()
    for number in (1, 99):
        assert instance_identifier(name, number) == f"{name}-{number}"


def test_the_run_makes_the_name_unique_even_beside_a_long_source() -> None:
    source = "a" * 63
    assert new_identifier(source, "20260301-a1") != new_identifier(source, "20260301-a2")
    assert new_identifier("core-prod", "20260301-a1") == "core-prod-drill-20260301-a1"


def test_an_instance_of_a_longest_cluster_gets_a_legal_name() -> None:
    assert len(instance_identifier("c" * 63, 12)) == 63


def test_the_source_s_own_name_is_refused_in_any_spelling(rds: Client, source: str) -> None:
    """R25."""
    with pytest.raises(ChooseAnotherIdentifier, match="the source itself"):
        check_new(rds, source.upper(), source_id=source)


def test_a_used_name_is_refused(rds: Client, source: str) -> None:
    """R25: plain moto, asked to restore onto it, would overwrite that cluster."""
    with pytest.raises(ChooseAnotherIdentifier, match="exists already"):
        check_new(rds, source, source_id="another")


def test_an_unused_name_is_taken(rds: Client, source: str) -> None:
    assert check_new(rds, "Core-Copy", source_id=source) == "core-copy"


@pytest.mark.parametrize("name", ["COPY", "COPY-1", "COPY-quarantine", "COPY-99"])
def test_a_run_knows_what_it_named(name: str) -> None:
    copy = new_identifier("core-prod", "20260314-010000-ab12")
    assert is_named_by(name.replace("COPY", copy), "20260314-010000-ab12")


@pytest.mark.parametrize(
    "name",
    [
        "core-prod",
        "core-prod-drill-20260314-010000-ab1",
        "core-prod-drill-20260314-010000-ab123",
        "-drill-20260314-010000-ab12",
        "core-prod-drill-other",
    ],
)
def test_a_run_knows_nothing_else_by_its_name(name: str) -> None:
    assert not is_named_by(name, "20260314-010000-ab12")


def test_a_run_whose_name_does_not_fit_knows_its_own_all_the_same() -> None:
    long = "a run of a CI system: pipeline 4711, job 12"
    assert is_named_by(new_identifier("core-prod", long), long)
