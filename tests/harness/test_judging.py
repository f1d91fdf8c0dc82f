"""What becomes of proofs that hand judgements to `judge`, with a real pytest around them.

Most tests look at one run in which every proof says something else: a run takes seconds, whatever
it holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from checks.finding import Finding
from checks.judgement import Gap
from fixtures.claims import Outcome
from fixtures.judging import Judged
from fixtures.outcomes import _is_unmade
from tests.harness.fix_project import Project, Result, new_project

SECRET = "hunter2-canary"
PIECES = f"""
FINDING = Finding("schema.indexes.validity", "public.i", True, False, "Reindex.")
OTHER = Finding("counts", "public.t", 2, 1, "Restore again.")
EXPIRED = Finding("schema.indexes", "public.e", "create index e", None, "Reindex.")
GAP = Gap("schema.roles", "roles", "pg_authid cannot be read; grant pg_read_all_settings")
BOUND = Bound("content", "public.t", "10 to 12 rows")
SECRETS = [
    Finding("schema.views", "public.v", "select dblink('password={SECRET}')", None, "Restore."),
    Finding("c.d", "s", {{"password": "{SECRET}"}}, "alter user u password '{SECRET}'", "Restore."),
]
"""
PROOF = """
def test_{name}(writable_copy, judge):
    findings = judge(Judgement({said}))

    assert findings == []
    {after}
"""
WAIVER = """
[[waiver]]
check = "schema.indexes"
object = "{object}"
property = "{property}"
reason = "rebuilt on Sunday"
expires = {expires}
by = "dba@example.org"
"""
WAIVED = WAIVER.format(object="public.i", property="validity", expires="2999-01-31")
NEEDED = '''
@pytest.mark.after_proofs
def test_every_waiver_was_needed(judge):
    """Every waiver was needed."""
    findings = judge(judge.unneeded_waivers())

    assert findings == []
'''

# name: (what its judgement holds, what the proof does after its assertion, outcome)
PROOFS = {
    "nothing": ("", "", "passed"),
    "finding": ("(OTHER,)", "", "failed"),
    "gap": ("(), (GAP,)", "", "not proven"),
    "bound": ("(), (), (BOUND,)", "", "bounded"),
    "waived": ("(FINDING,)", "", "waived"),
    "gap_and_bound": ("(), (GAP,), (BOUND,)", "", "not proven"),
    "finding_and_all": ("(OTHER, FINDING), (GAP,), (BOUND,)", "", "failed"),
    "bound_and_waived": ("(FINDING,), (), (BOUND,)", "", "bounded"),
    "gap_and_waived": ("(FINDING,), (GAP,)", "", "not proven"),
    "expired": ("(EXPIRED,)", "", "failed"),
    "gap_then_bounded": ("(), (GAP,)", 'raise Bounded("said by it")', "not proven"),
    "gap_then_not_applicable": ("(), (GAP,)", 'raise NotApplicable("said by it")', "not proven"),
    "gap_then_not_proven": ("(), (GAP,)", 'raise NotProven("said by it")', "not proven"),
    "gap_then_skip": ("(), (GAP,)", 'pytest.skip("said by it")', "not proven"),
    "many": ("(OTHER,) * 45, (GAP,) * 15", "", "failed"),
    "facts": (f'facts={{"rows": 12, "subject": "password={SECRET}"}}', "", "passed"),
    "secrets": (f'tuple(SECRETS), (Gap("c", "s", "token={SECRET}"),)', "", "failed"),
    "secret_gap": (f'(), (Gap("c", "s", "password={SECRET}"),)', "", "not proven"),
    "secret_bound": (f'(), (), (Bound("c", "s", "pwd={SECRET}"),)', "", "bounded"),
}
# Proofs that forget to assert, and how they end instead.
FORGETFUL = {
    "forgets": "pass",
    "forgets_and_is_not_proven": 'raise NotProven("no")',
    "forgets_and_is_bounded": 'raise Bounded("no")',
    "forgets_and_skips": 'pytest.skip("no")',
}
OTHERS = """
def test_several_judgements(writable_copy, judge):
    findings = judge(Judgement((), (), (BOUND,))) + judge(Judgement((OTHER,)))
    findings += judge(Judgement((EXPIRED,), (GAP,)))

    assert findings == []

def test_without_judge(writable_copy):
    assert [*SECRETS, OTHER] == []
"""


def prepare(project: Project, *proofs: str, waivers: str = "", restore: str = "pass") -> None:
    project.drill(proofs="\n".join([PIECES, *proofs, NEEDED]), restore=restore)
    (project.folder / "drill.toml").write_text(waivers)
    # [[waiver]] is refused where no drill applies it; the drill written here does.
    conftest = project.folder / "conftest.py"
    conftest.write_text(
        f"{conftest.read_text()}\nimport fixtures.refusals\nfixtures.refusals.NOT_BUILT = {{}}\n"
    )


def proof(said: str = "", name: str = "it") -> str:
    return PROOF.format(name=name, said=said, after="")


@pytest.fixture(scope="module", params=[(), ("-n2",)], ids=["alone", "-n2"])
def everything(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Result]:
    """One run of all of the above."""
    proofs = [
        PROOF.format(name=name, said=said, after=after) for name, (said, after, _) in PROOFS.items()
    ]
    proofs += [
        f"def test_{name}(writable_copy, judge):\n    judge(Judgement((OTHER,)))\n    {instead}\n"
        for name, instead in FORGETFUL.items()
    ]
    expired = WAIVER.format(object="public.e", property="presence", expires="2020-02-29")
    with new_project(tmp_path_factory.mktemp("project")) as project:
        prepare(project, *proofs, OTHERS, waivers=WAIVED + expired)
        yield project.run(*request.param, "drills/sample")


def told(result: Result, name: str) -> dict[str, Any]:
    """The journal's line on a proof."""
    return next(
        event
        for event in result.events
        if event["event"] == "proof_finished" and event["name"].endswith(f"::test_{name}")
    )


def below(result: Result, name: str) -> list[str]:
    """What the terminal says below a proof's line."""
    lines = result.out.splitlines()
    start = next(i for i, line in enumerate(lines) if line.strip().startswith(f"{name} ..."))
    said = []
    for line in lines[start + 1 :]:
        if not line.startswith(" " * 11):
            break
        said.append(line.strip())
    return said


def test_the_worst_that_was_said_is_the_outcome(everything: Result) -> None:
    """Failed before not proven, before bounded, before waived, before passed (DESIGN 8)."""
    expected = {f"test_{name}": outcome for name, (_, _, outcome) in PROOFS.items()}
    expected |= dict.fromkeys((f"test_{name}" for name in FORGETFUL), "failed")
    outcomes = everything.outcomes()
    assert expected == {name: outcomes[name] for name in expected}
    assert 1 == everything.status
    assert everything.verdict.startswith("FAILED sample: 11 failed, 0 not reached")


@pytest.mark.parametrize("name", PROOFS)
def test_all_that_was_said_is_journalled(everything: Result, name: str) -> None:
    said = PROOFS[name][0]
    event = told(everything, name)
    waived = said.count("FINDING")
    failing = said.count("OTHER") * (45 if name == "many" else 1) + said.count("EXPIRED")
    failing += 2 * said.count("SECRETS")
    gaps = said.count("GAP") * (15 if name == "many" else 1) + said.count("Gap(")
    bounds = said.count("BOUND") + said.count("Bound(")
    kinds = ("findings", "gaps", "bounds", "waived")
    assert [failing, gaps, bounds, waived] == [len(event[kind]) for kind in kinds]


def test_findings_that_a_proof_forgets_are_reported(everything: Result) -> None:
    for name in FORGETFUL:
        event = told(everything, name)
        assert ["counts"] == [one["check"] for one in event["findings"]]
        assert "1 finding" == event["reason"]


def test_several_judgements_of_one_proof_count_together(everything: Result) -> None:
    event = told(everything, "several_judgements")
    assert "failed" == event["outcome"]
    assert ["counts", "schema.indexes"] == [one["check"] for one in event["findings"]]
    assert (1, 1) == (len(event["gaps"]), len(event["bounds"]))


def test_findings_that_came_without_judge_are_journalled_too(everything: Result) -> None:
    event = told(everything, "without_judge")
    assert ["schema.views", "c.d", "counts"] == [one["check"] for one in event["findings"]]


def test_facts_stand_under_the_proofs_family(everything: Result) -> None:
    (event,) = [event for event in everything.events if event["event"] == "facts"]
    assert ("counts", {"rows": 12, "subject": "password=***"}) == (event["subject"], event["facts"])


def test_the_terminal_lists_what_decided_the_outcome(everything: Result) -> None:
    gap = "not seen: schema.roles: roles: pg_authid cannot be read; grant pg_read_all_settings"
    bound = "bounded: content: public.t: 10 to 12 rows"
    waived = [
        "waived: schema.indexes.validity: public.i (validity): expected True, actual False",
        "until 2999-01-31 by dba@example.org: rebuilt on Sunday",
    ]
    other = ["counts: public.t (counts): expected 2, actual 1", "→ Restore again."]
    assert [] == below(everything, "nothing")
    assert other == below(everything, "finding")
    assert [gap] == below(everything, "gap")
    assert [bound] == below(everything, "bound")
    assert waived == below(everything, "waived")
    assert [*other, gap, bound, *waived] == below(everything, "finding and all")
    assert ["said by it", gap] == below(everything, "gap then not proven")
    assert [gap] == below(everything, "gap then bounded")


def test_many_findings_are_capped_on_the_terminal(everything: Result) -> None:
    lines = below(everything, "many")
    assert 20 * 2 + 1 + 10 + 1 == len(lines)
    assert "… and 25 more, in the journal" == lines[40]
    assert "… and 5 more, in the journal" == lines[51]


def test_an_expired_waiver_waives_nothing_and_says_so(everything: Result) -> None:
    (finding,) = told(everything, "expired")["findings"]
    assert finding["remedy"] == (
        "Reindex. The waiver of this expired on 2020-02-29 "
        "(accepted by dba@example.org: rebuilt on Sunday)."
    )


def test_a_waived_finding_is_journalled_with_its_waiver(everything: Result) -> None:
    (waived,) = told(everything, "waived")["waived"]
    assert {
        "check": "schema.indexes.validity",
        "subject": "public.i",
        "property": "validity",
        "expected": True,
        "actual": False,
        "remedy": "Reindex.",
        "reason": "rebuilt on Sunday",
        "expires": "2999-01-31",
        "by": "dba@example.org",
    } == waived


def test_a_waiver_that_a_finding_matched_was_needed_even_if_it_expired(everything: Result) -> None:
    assert "passed" == everything.outcomes()["test_every_waiver_was_needed"]


def test_no_password_is_printed_or_kept(everything: Result) -> None:
    files = [path for path in (everything.folder / "evidence").rglob("*.*") if path.is_file()]
    assert {"journal.jsonl", "junit.xml"} <= {path.name for path in files}
    said = [everything.out, everything.err, *(path.read_text() for path in files)]
    assert [] == [text for text in said if SECRET in text]
    assert "password=***" in told(everything, "secrets")["findings"][0]["expected"]


def test_a_waiver_that_nothing_needed_fails_unless_it_is_optional(project: Project) -> None:
    unneeded = WAIVER.format(object="public.j", property="validity", expires="2999-01-31")
    optional = WAIVER.format(object="public.k", property="presence", expires="2999-01-31")
    prepare(project, proof(), waivers=f"{unneeded}{optional}optional = true\n")
    result = project.run("drills/sample")
    assert (1, "FAILED sample: 1 failed, 0 not reached") == (result.status, result.verdict)
    (finding,) = told(result, "every_waiver_was_needed")["findings"]
    expected = "[[waiver]] number 1 (schema.indexes · public.j · validity)"
    assert expected == finding["subject"]


def test_waived_and_bounded_are_counted_in_the_verdict(project: Project) -> None:
    prepare(project, proof("(FINDING,), (), (BOUND,)"), waivers=WAIVED)
    result = project.run("drills/sample")
    assert (0, "PROVEN sample (1 bounded, 1 waived)") == (result.status, result.verdict)


def test_without_waivers_their_need_is_not_applicable(project: Project) -> None:
    prepare(project, proof())
    result = project.run("drills/sample")
    assert (0, "PROVEN sample (1 not applicable)") == (result.status, result.verdict)


def test_a_selection_cannot_tell_whether_a_waiver_is_needed(project: Project) -> None:
    prepare(project, proof(), waivers=WAIVED)
    result = project.run("drills/sample", "-k", "waiver")
    event = told(result, "every_waiver_was_needed")
    assert "not proven" == event["outcome"]
    assert "perhaps because only part of the drill was selected" in event["gaps"][0]["reason"]


def test_a_failed_step_leaves_the_need_of_a_waiver_open(project: Project) -> None:
    prepare(project, proof(), waivers=WAIVED, restore='raise RuntimeError("no")')
    result = project.run("drills/sample")
    event = told(result, "every_waiver_was_needed")
    assert "not proven" == event["outcome"]
    assert "perhaps because test_it could not be made" in event["gaps"][0]["reason"]


def test_waivers_are_judged_after_measurements_and_nothing_else(project: Project) -> None:
    """Asked too early, it is not proven: what comes later may need the waiver."""
    early = NEEDED.replace("@pytest.mark.after_proofs", "").replace("_every", "_early_every")
    later = "@pytest.mark.after_proofs" + proof("(FINDING,)", name="measurement")
    prepare(project, early, later, waivers=WAIVED)
    result = project.run("drills/sample")
    outcomes = result.outcomes()
    assert "passed" == outcomes["test_every_waiver_was_needed"]
    (gap,) = told(result, "early_every_waiver_was_needed")["gaps"]
    assert gap["reason"].endswith("come after this one, which must be the last")


def test_judge_is_for_drills_only(project: Project) -> None:
    (project.folder / "test_other.py").write_text("def test_x(judge):\n    judge()\n")
    result = project.run("test_other.py")
    assert 1 == result.status
    assert "judge is for the proofs of a drill" in result.out


FINDING = Finding("counts", "public.t", 2, 1, "Restore again.")
GAP = Gap("counts", "public.t", "locked")


@pytest.mark.parametrize(
    ("outcome", "judged", "broken_off", "unmade"),
    [
        (Outcome.PASSED, Judged(), False, False),
        (Outcome.NOT_APPLICABLE, Judged(), True, False),
        (Outcome.BOUNDED, Judged(), True, False),
        (Outcome.FAILED, Judged(findings=[FINDING]), True, False),
        (Outcome.FAILED, Judged(asserted=[FINDING]), True, False),
        (Outcome.FAILED, Judged(), True, True),
        (Outcome.NOT_PROVEN, Judged(gaps=[GAP]), False, False),  # judged by its gaps themselves
        (Outcome.NOT_PROVEN, Judged(gaps=[GAP]), True, True),
        (Outcome.NOT_PROVEN, Judged(), True, True),
        (Outcome.WITHHELD, Judged(), True, True),
        (Outcome.NOT_REACHED, Judged(), True, True),
    ],
)
def test_a_proof_is_made_when_its_checks_have_looked(
    outcome: Outcome, judged: Judged, broken_off: bool, unmade: bool
) -> None:
    assert unmade == _is_unmade(outcome, judged, broken_off=broken_off)
