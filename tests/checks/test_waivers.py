"""Waivers cover what they name and nothing else, until their day, and never what must not be."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.finding import Finding
from checks.judgement import Gap
from checks.waivers import (
    UNSEEN,
    FixWhatItFound,
    Waiver,
    apply_to_gaps,
    apply_waivers,
    is_never_waived,
    judge_unmatched,
)
from fixtures.settings import FixSettings, load_settings

DAY = date(2026, 6, 1)
INDEX = Finding("schema.indexes.validity", "public.i", True, False, "Reindex.")
GONE = Finding("schema.indexes", "public.i", "create index i", None, "Create it.")
COUNT = Finding("counts", "public.t", 2, 1, "Restore again.")


def waiver(
    check: str = "schema.indexes",
    object: str = "public.i",
    property: str = "validity",
    *,
    expires: date = DAY,
    optional: bool = False,
) -> Waiver:
    return Waiver(check, object, property, "known", expires, "dba", optional)


@pytest.mark.parametrize("check", ["schema.indexes.validity", "schema.indexes", "schema"])
def test_a_check_is_named_in_full_or_up_to_a_dot(check: str) -> None:
    applied = apply_waivers([INDEX], [waiver(check)], today=DAY)
    assert ((), (INDEX,)) == (applied.findings, tuple(one.finding for one in applied.waived))


@pytest.mark.parametrize(
    "other",
    [
        waiver("schema.index"),
        waiver("schema.indexes.valid"),
        waiver("schema.indexes.validity.x"),
        waiver("Schema.indexes"),
        waiver("indexes"),
        waiver(object="public.I"),
        waiver(object="i"),
        waiver(object="public.i "),
        waiver(property="indexes"),
        waiver(property="presence"),
    ],
    ids=str,
)
def test_what_is_not_named_exactly_is_not_covered(other: Waiver) -> None:
    applied = apply_waivers([INDEX], [other], today=DAY)
    assert ((INDEX,), (), frozenset()) == (applied.findings, applied.waived, applied.matched)


def test_one_waiver_covers_every_finding_of_its_object_and_property() -> None:
    again = Finding("schema.indexes.validity", "public.i", "ready", "not ready", "Reindex.")
    applied = apply_waivers([INDEX, GONE, again], [waiver()], today=DAY)
    assert (GONE,) == applied.findings
    assert [INDEX, again] == [one.finding for one in applied.waived]


def test_a_waiver_can_be_written_from_what_is_journalled() -> None:
    for finding in (INDEX, GONE, COUNT):
        row = json.loads(json.dumps(finding.as_dict()))
        written = waiver(row["check"], row["subject"], row["property"])
        assert () == apply_waivers([finding], [written], today=DAY).findings


def test_a_waiver_holds_through_its_last_day() -> None:
    assert () == apply_waivers([INDEX], [waiver()], today=DAY).findings


def test_an_expired_waiver_fails_and_says_when_it_expired() -> None:
    applied = apply_waivers([INDEX], [waiver()], today=DAY + timedelta(days=1))
    (finding,) = applied.findings
    assert finding.remedy == (
        "Reindex. The waiver of this expired on 2026-06-01 (accepted by dba: known)."
    )
    assert (INDEX.check, INDEX.subject, INDEX.expected) == (
        finding.check,
        finding.subject,
        finding.expected,
    )
    assert frozenset([waiver()]) == applied.matched


def test_a_renewed_waiver_outweighs_the_expired_one() -> None:
    renewed = waiver("schema", expires=DAY + timedelta(days=9))
    applied = apply_waivers([INDEX], [waiver(), renewed], today=DAY + timedelta(days=2))
    assert () == applied.findings
    assert renewed == applied.waived[0].waiver


def test_what_is_waived_is_journalled_with_who_why_and_until_when() -> None:
    (waived,) = apply_waivers([INDEX], [waiver()], today=DAY).waived
    assert {
        **INDEX.as_dict(),
        "reason": "known",
        "expires": "2026-06-01",
        "by": "dba",
    } == waived.as_dict()
    assert "schema.indexes.validity: public.i: validity, accepted by dba until 2026-06-01" in str(
        waived
    )


# --- never waived -----------------------------------------------------------------------------

NEVER = [
    *("isolation", "isolation.network", "Isolation.network", "isolation-network", "plan_safety"),
    *("identity", "configuration.identity", "plan", "plan.replace.cluster", "waivers"),
]
WAIVABLE = [
    *("schema", "schema.columns", "schema.columns.identity", "counts", "content"),
    *("planner", "configuration", "configuration.parameters"),
]


@pytest.mark.parametrize("check", NEVER)
def test_what_is_never_waived_is_refused(check: str) -> None:
    with pytest.raises(FixWhatItFound, match="never waived"):
        waiver(check)


@pytest.mark.parametrize("check", ["configuration.identity", "configuration.identity.arn"])
def test_a_wider_waiver_covers_nothing_that_is_never_waived(check: str) -> None:
    finding = Finding(check, "core", "a", "b", "Stop.")
    wide = waiver("configuration", "core", finding.property)
    assert (finding,) == apply_waivers([finding], [wide], today=DAY).findings


@pytest.mark.parametrize("check", [*NEVER, *WAIVABLE])
def test_the_settings_refuse_what_is_refused_here(check: str, tmp_path: Path) -> None:
    """Settings import nothing of checks: the rule stands twice, and is the same."""
    file = tmp_path / "drill.toml"
    file.write_text(
        f'[[waiver]]\ncheck = "{check}"\nobject = "o"\nproperty = "p"\nreason = "r"\n'
        'expires = 2027-01-01\nby = "b"\n'
    )
    refused = False
    try:
        load_settings(file, environ={}, invocation_dir=tmp_path)
    except FixSettings:
        refused = True
    assert refused == is_never_waived(check)


# --- needed -----------------------------------------------------------------------------------


def test_a_waiver_that_nothing_matched_is_a_finding() -> None:
    judgement = judge_unmatched([waiver(), waiver("counts")], {waiver()})
    (finding,) = judgement.findings
    assert ("waivers", "[[waiver]] number 2 (counts · public.i · validity)") == (
        finding.check,
        finding.subject,
    )
    assert () == judgement.gaps


def test_an_optional_waiver_may_match_nothing() -> None:
    judgement = judge_unmatched([waiver(optional=True)], set(), incomplete="it was stopped")
    assert ((), ()) == (judgement.findings, judgement.gaps)


@pytest.mark.parametrize("unseen", ["schema", "schema.indexes", "schema.indexes.validity"])
def test_what_was_not_seen_leaves_the_need_of_its_waiver_open(unseen: str) -> None:
    gap = Gap(unseen, "db core", "cannot connect")
    judgement = judge_unmatched([waiver(), waiver("counts")], set(), gaps=[gap])
    assert ["[[waiver]] number 2 (counts · public.i · validity)"] == [
        finding.subject for finding in judgement.findings
    ]
    (left_open,) = judgement.gaps
    assert "nothing matched it, perhaps because db core could not be looked at" == left_open.reason


def test_in_an_incomplete_drill_no_waiver_is_known_to_be_unneeded() -> None:
    judgement = judge_unmatched([waiver(), waiver("counts")], set(), incomplete="it was stopped")
    assert ((), 2) == (judgement.findings, len(judgement.gaps))


# --- any findings, any waivers ----------------------------------------------------------------

CHECKS = ["schema", "schema.indexes", "schema.indexes.validity", "counts", "isolation.network"]
OBJECTS = ["public.i", "public.j"]
SIDES = st.sampled_from([None, 1, "x"])
FINDINGS = st.lists(
    st.builds(
        Finding,
        check=st.sampled_from(CHECKS),
        subject=st.sampled_from(OBJECTS),
        expected=SIDES,
        actual=SIDES,
        remedy=st.sampled_from(["Restore again.", "Reindex."]),
    )
)
WAIVERS = st.lists(
    st.builds(
        waiver,
        check=st.sampled_from([check for check in CHECKS if not is_never_waived(check)]),
        object=st.sampled_from(OBJECTS),
        property=st.sampled_from(["presence", "validity", "indexes", "counts", "network"]),
        expires=st.sampled_from([DAY - timedelta(days=1), DAY]),
    ),
    max_size=6,
)


@given(FINDINGS, WAIVERS)
def test_nothing_is_lost_and_nothing_invented(
    findings: list[Finding], waivers: list[Waiver]
) -> None:
    """What is not covered comes back in order; the rest is waived in order; each is one of ours."""
    applied = apply_waivers(findings, waivers, today=DAY)
    covered = [one.finding for one in applied.waived]
    holding = [one for one in waivers if not one.expired(DAY)]

    def is_covered(finding: Finding) -> bool:
        return any(
            one.object == finding.subject
            and one.property == finding.property
            and (finding.check + ".").startswith(one.check + ".")
            for one in holding
        ) and not finding.check.startswith("isolation")

    expected = [finding for finding in findings if not is_covered(finding)]
    assert [(one.check, one.subject, one.expected, one.actual) for one in expected] == [
        (one.check, one.subject, one.expected, one.actual) for one in applied.findings
    ]
    assert all(
        failing is given_one or failing.remedy.startswith(given_one.remedy)
        for failing, given_one in zip(applied.findings, expected, strict=True)
    )
    assert [finding for finding in findings if is_covered(finding)] == covered
    assert applied.matched <= set(waivers)
    assert {one.waiver for one in applied.waived} <= applied.matched


@given(FINDINGS)
def test_without_waivers_every_finding_fails(findings: list[Finding]) -> None:
    assert tuple(findings) == apply_waivers(findings, [], today=DAY).findings


# What could not be looked at

BLIND = Gap("integrity.indexes", "public.documents_words_idx", "amcheck knows no GIN before 18")


def test_a_gap_is_accepted_by_name_until_its_day() -> None:
    accepting = waiver(BLIND.check, BLIND.subject, UNSEEN)
    other = Gap(BLIND.check, "public.other_idx", BLIND.reason)
    applied = apply_to_gaps([BLIND, other], [accepting], today=DAY)
    assert (other,) == applied.gaps
    (accepted,) = applied.accepted
    assert {"property": UNSEEN, "remedy": BLIND.reason}.items() <= accepted.as_dict().items()
    late = apply_to_gaps([BLIND], [accepting], today=DAY + timedelta(days=1))
    (again,) = late.gaps
    assert (BLIND.subject, frozenset({accepting})) == (again.subject, late.matched)
    assert again.reason.startswith(f"{BLIND.reason}. The waiver of this expired on {DAY}")


@pytest.mark.parametrize(
    "other",
    [
        waiver(BLIND.check, BLIND.subject, "presence"),
        waiver("integrity.rows", BLIND.subject, UNSEEN),
        waiver(BLIND.check, "documents_words_idx", UNSEEN),
    ],
    ids=str,
)
def test_a_gap_is_not_accepted_by_a_waiver_of_something_else(other: Waiver) -> None:
    applied = apply_to_gaps([BLIND], [other], today=DAY)
    assert ((BLIND,), ()) == (applied.gaps, applied.accepted)


def test_a_gap_in_isolation_is_never_accepted() -> None:
    unseen = Gap("isolation.archiving", "archive_command", "not readable")
    with pytest.raises(FixWhatItFound):
        waiver("isolation", "archive_command", UNSEEN)
    wide = waiver("isolationist", unseen.subject, UNSEEN)
    assert (unseen,) == apply_to_gaps([unseen], [wide], today=DAY).gaps
