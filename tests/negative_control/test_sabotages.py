"""Each sabotage rings, on a copy that was really restored; and is silent where nobody looks."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg
import pytest

from checks.finding import Finding
from checks.judgement import Judgement
from fixtures.claims import Outcome
from fixtures.negative_control.alarm import Sabotaged, hear
from fixtures.negative_control.sabotage import Sabotage, Target
from fixtures.negative_control.strike import TRIES, Unharmed, harm, targets_of
from fixtures.negative_control.table import SABOTAGES
from fixtures.postgres.server import Server
from fixtures.verdict import TESTS_FAILED, Claim, judge
from tests.sabotage.conftest import clean, site, truth
from tests.sabotage.faults.cluster import DATABASE
from tests.sabotage.judges import Truth
from tests.sabotage.judges import judge as ask_every_judge
from tests.sabotage.site import Site

__all__ = ["clean", "site", "truth"]

Connect = Callable[[], psycopg.Connection[Any]]


FAMILIES = {one.noticed_by[0].partition(".")[0]: one for one in reversed(SABOTAGES)}
"""The first that each family of checks must notice: the others are left to the night."""


@pytest.mark.parametrize(
    "sabotage",
    [
        pytest.param(one, marks=[] if one in FAMILIES.values() else pytest.mark.slow, id=one.name)
        for one in SABOTAGES
    ],
)
def test_every_sabotage_rings(
    sabotage: Sabotage, site: Site, truth: Truth, clean: Judgement
) -> None:
    rings(sabotage, 1, site, truth, clean)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 6))
@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda one: one.name)
def test_every_sabotage_rings_wherever_it_strikes(
    sabotage: Sabotage, seed: int, site: Site, truth: Truth, clean: Judgement
) -> None:
    rings(sabotage, seed, site, truth, clean)


def rings(sabotage: Sabotage, seed: int, site: Site, truth: Truth, clean: Judgement) -> None:
    """Do it to a copy of its own, ask every judge: the alarm rings, and without those named it is
    silent.
    """
    with site.copy() as copy:
        if (prepare := PREPARED.get(sabotage.name)) is not None:
            prepare(copy)
        target = struck(sabotage, seed, partial(copy.connect, DATABASE))
        judged = ask_every_judge(truth, copy, physical=True)
    done = Sabotaged(seed, sabotage.name, target.subject, sabotage.did, sabotage.noticed_by)
    # What is said of a clean copy too proves nothing.
    said = [one for one in judged.findings if one not in clean.findings]
    blind = [one for one in said if not done.is_met_by(one.as_dict())]

    assert "ALARM RANG" == verdict(done, said), "\n".join(map(str, [target, *said]))
    assert "ALARM SILENT" == verdict(done, blind)
    assert "ALARM SILENT" == verdict(done, blind, waived=said)


def struck(sabotage: Sabotage, seed: int, connect: Connect) -> Target:
    """What was harmed: as `fixtures.negative_control.strike` tries one after the other."""
    dice = random.Random(seed)  # noqa: S311 - it must repeat
    with connect() as connection:
        targets = targets_of(connection, sabotage, dice.randrange(1000))
    refused = []
    for target in dice.sample(targets, min(TRIES, len(targets))):
        try:
            with connect() as connection:
                harm(connection, sabotage, target)
        except (psycopg.Error, Unharmed) as refusal:
            refused.append(f"{target}: {refusal!r}")
        else:
            return target
    pytest.fail("\n".join(["nothing could be harmed", *refused]))


def no_workers(copy: Server) -> None:
    """As a copy is started in isolation: no subscription can be applied."""
    copy.stop()
    copy.settings["max_logical_replication_workers"] = "0"
    copy.start()


def nothing_depends(copy: Server) -> None:
    """No table of the copy uses an extension's types."""
    with copy.connect(DATABASE) as connection:
        connection.execute("drop table rows.extended cascade")


PREPARED = {"subscription enabled": no_workers, "extension dropped": nothing_depends}


def verdict(done: Sabotaged, findings: list[Finding], waived: list[Finding] | None = None) -> str:
    """What a drill would say, one of whose proofs has these findings."""
    report = {
        "kind": "proof",
        "title": "A proof",
        "outcome": str(Outcome.FAILED if findings else Outcome.PASSED),
        "reason": None,
        "findings": [one.as_dict() for one in findings],
        "waived": [one.as_dict() for one in waived or ()],
        "gaps": [],
        "sabotaged": done.as_dict(),
    }
    claims = [Claim("test_proof", Outcome(report["outcome"]), "content")]
    heard = hear(judge("rehearsal", claims, unproven="fail", size=1), "rehearsal", [report])
    assert (0 if heard.word == "ALARM RANG" else TESTS_FAILED) == heard.exit_status
    return heard.word
