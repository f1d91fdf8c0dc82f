"""Metrics: what Prometheus's own tool takes, what an alarm needs, and no label without an end."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from reports.history.past import PastDrill
from reports.metrics import PREFIX, WORDS, render
from tests.reports import sample
from tests.reports.test_journal import NASTY
from tests.reports.test_renderings import BEGUN, KINDS, nasty, record

PROMTOOL = shutil.which("promtool")
EXAMPLES = Path(__file__).parents[2] / "examples" / "prometheus"
OF = {"cluster": "core-prod", "drill": "pitr", "mode": "rehearsal"}
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(events: list[dict[str, Any]], earlier: tuple[PastDrill, ...] = ()) -> Samples:
    """Value by name (without the prefix) and labels."""
    text = render(replace(record(events), earlier=earlier)).decode()
    return {
        (one.name.removeprefix(f"{PREFIX}_"), frozenset(one.labels.items())): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def value(found: Samples, name: str, **labels: str) -> float | None:
    return found.get((name, frozenset((OF | labels).items())))


def stamp(*moment: int) -> float:
    return datetime(*moment, tzinfo=UTC).timestamp()


def real(events: Iterable[dict[str, Any]] = (), **changes: Any) -> list[dict[str, Any]]:
    """A drill of production that counts."""
    kept = [one for one in events or sample.green() if one["event"] != "sabotaged"]
    return [
        {**one, "mode": "drill", "cloud": "aws", **changes}
        if one["event"] == "run_started"
        else one
        for one in kept
    ]


PAST = PastDrill(
    run="20260501-120000-ab12",
    drill="pitr",
    cluster="core-prod",
    mode="drill",
    began=datetime(2026, 5, 1, 12, tzinfo=UTC),
    word="PROVEN",
    verdict="PROVEN drill of core",
    counts=True,
    measured={},
    outcomes={},
    rows={},
    versions={},
)


def test_a_green_run_tells_what_an_alarm_and_a_graph_need() -> None:
    found = samples(sample.green())
    told = {
        "proven": value(found, "proven"),
        "last run": value(found, "last_run_timestamp_seconds"),
        "writable": value(found, "measured_seconds", measure="time to writable"),
        "objective": value(found, "objective_seconds", measure="time to writable"),
        "duration": value(found, "run_duration_seconds"),
        "step": value(found, "step_duration_seconds", step="restored_cluster"),
        "passed": value(found, "claims", outcome="passed"),
        "withheld": value(found, "claims", outcome="withheld"),
        "failed": value(found, "claims", outcome="failed"),
        "findings": value(found, "findings", family="content"),
        "tables": value(found, "compared_tables"),
        "rows": value(found, "compared_rows"),
        "bytes": value(found, "compared_bytes"),
        "age": value(found, "backup_age_seconds"),
    }
    assert told == {
        "proven": 1,
        "last run": stamp(2026, 6, 1, 12),
        "writable": 8.5,
        "objective": 7200,
        "duration": 31,
        "step": 0.25,
        "passed": 4,
        "withheld": 1,
        "failed": 0,
        "findings": 0,
        "tables": 1,
        "rows": 50000,
        "bytes": 8192000,
        "age": 52,
    }


def test_what_never_began_is_counted_as_not_reached() -> None:
    found = samples([*BEGUN, sample.verdict("FAILED", 1)])
    begun = sum(one["event"] == "step_finished" for one in BEGUN)
    assert len(sample.STEPS) - begun == value(found, "claims", outcome="not reached")


def test_the_oldest_of_several_backups_is_the_one_that_alarms() -> None:
    backup = next(one for one in sample.subject() if one["event"] == "backup_identified")
    backups = [{**backup, "age_seconds": age} for age in (5.0, 90.0, 7.0)]
    assert value(samples([*BEGUN, *backups]), "backup_age_seconds") == 90


def test_a_table_that_was_not_read_was_not_looked_at() -> None:
    table = {"table": "t", "expected": 1, "actual": None, "bytes": None, "content": "not read"}
    tables = [table, {**table, "table": "u", "actual": 1, "content": "equal"}]
    told = sample.event("tables_compared", 20, drill="pitr", database="core", tables=tables)
    assert value(samples([*BEGUN, told]), "compared_tables") == 1


def test_what_was_not_measured_has_no_sample() -> None:
    """A zero would be a record time."""
    found = samples(sample.green())
    assert value(found, "measured_seconds", measure="time to service") is None


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("green", "PROVEN"),
        ("failed", "FAILED"),
        ("not reached", "FAILED"),
        ("unproven", "NOT PROVEN"),
        ("interrupted", "INTERRUPTED"),
    ],
)
def test_one_word_of_all_is_the_verdicts(kind: str, word: str) -> None:
    found = samples(KINDS[kind])
    words = {one: value(found, "verdict", word=one) for one in WORDS}
    assert words == {one: float(one == word) for one in WORDS}
    assert value(found, "proven") == float(word == "PROVEN")


def test_every_word_of_a_verdict_is_known() -> None:
    for word in WORDS:
        found = samples([*BEGUN, sample.verdict(word, 1, word=word)])
        assert value(found, "verdict", word=word) == 1


def test_no_prefix_is_proven_before_its_end() -> None:
    events = sample.green()
    for count in range(1, len(events) + 1):
        proven = value(samples(events[:count]), "proven")
        assert proven == (1.0 if count == len(events) else 0.0)


def test_a_proven_drill_is_the_last_success() -> None:
    found = samples(real(), earlier=(PAST,))
    expected = stamp(2026, 6, 1, 12)
    assert value(found, "last_success_timestamp_seconds", mode="drill") == expected


def test_a_failed_drill_tells_of_the_success_before_it() -> None:
    """So that both can be an alarm: it failed today, and last worked a month ago."""
    found = samples(real(KINDS["failed"]), earlier=(PAST, replace(PAST, drill="snapshot")))
    assert value(found, "proven", mode="drill") == 0
    expected = stamp(2026, 5, 1, 12)
    assert value(found, "last_success_timestamp_seconds", mode="drill") == expected


def test_without_any_success_known_it_is_zero_so_that_it_rings() -> None:
    found = samples(real(KINDS["failed"]), earlier=(replace(PAST, counts=False),))
    assert value(found, "last_success_timestamp_seconds", mode="drill") == 0


def test_a_rehearsal_has_no_success_that_an_alarm_could_trust() -> None:
    found = samples(sample.green(), earlier=(PAST,))
    assert not [name for name, _ in found if name == "last_success_timestamp_seconds"]


@pytest.mark.parametrize("drill", ["readiness", "plan"])
def test_a_drill_that_restores_nothing_has_no_success_either(drill: str) -> None:
    """A zero for ever would be an alarm for ever; that it ran and held is told all the same."""
    events = [{**one, "drill": drill} if "drill" in one else one for one in real()]
    found = samples(events, earlier=(PAST,))
    assert not [name for name, _ in found if name == "last_success_timestamp_seconds"]
    assert value(found, "proven", drill=drill, mode="drill") == 1


def test_a_negative_control_is_no_drill_of_its_cluster() -> None:
    """It has series of its own, so that its file cannot hide that a drill failed."""
    found = samples(real(negative_control=7), earlier=(PAST,))
    assert value(found, "proven", mode="negative control") == 1
    assert {dict(labels)["mode"] for _, labels in found} == {"negative control"}
    assert not [name for name, _ in found if name == "last_success_timestamp_seconds"]


def test_a_copy_that_was_sabotaged_is_no_success() -> None:
    found = samples([*real(), sample.sabotaged()])
    assert value(found, "last_success_timestamp_seconds", mode="drill") == 0


def test_labels_have_an_end_however_large_the_run() -> None:
    """No run, table, finding or proof is a label."""
    rows = [
        {"table": f"t{n}", "expected": 1, "actual": 1, "bytes": 1, "content": "equal"}
        for n in range(500)
    ]
    compared = sample.event("tables_compared", drill="pitr", database="core", tables=rows)
    findings = [{**sample.FINDING, "subject": row["table"]} for row in rows]
    small = samples([*BEGUN, sample.proof("rows", "failed", findings=[sample.FINDING])])
    large = samples([*BEGUN, compared, sample.proof("rows", "failed", findings=findings)])
    added = {name for name, _ in large} - {name for name, _ in small}
    assert added == {"compared_tables", "compared_rows", "compared_bytes"}
    assert len(large) == len(small) + 3
    known = {*OF, "word", "measure", "step", "outcome", "family"}
    known |= {"version", "commit", "postgres", "engine"}
    assert {label for _, labels in samples(sample.green()) for label, _ in labels} == known


@pytest.mark.parametrize("text", NASTY.values(), ids=list(NASTY))
def test_labels_of_any_characters_are_read_back(text: str) -> None:
    found = samples(nasty(text))
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    expected = " ".join("".join(c if not c.isspace() else " " for c in text).split())
    drills = {dict(labels)["drill"] for _, labels in found}
    assert len(drills) == 1
    assert drills <= {" ".join(shown.split()), expected}


def test_the_name_of_every_metric_and_its_help_are_there() -> None:
    families = list(text_string_to_metric_families(render(record(real())).decode()))
    assert all(family.name.startswith(f"{PREFIX}_") for family in families)
    assert all(family.documentation.endswith(".") for family in families)
    described = (EXAMPLES.parents[1] / "docs" / "metrics.md").read_text()
    for family in families:
        assert f"`{family.name}`" in described, family.name


# --- Prometheus's own tool --------------------------------------------------------------------


@pytest.mark.skipif(PROMTOOL is None, reason="needs promtool; the YAML is read without it")
@pytest.mark.parametrize("kind", [*KINDS, "nasty"])
def test_promtool_finds_nothing_to_say_about_the_metrics(kind: str) -> None:
    events = nasty(NASTY["quotes"]) if kind == "nasty" else KINDS[kind]
    done = subprocess.run(
        [str(PROMTOOL), "check", "metrics"],
        input=render(record(events)),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.skipif(PROMTOOL is None, reason="needs promtool; the YAML is read without it")
@pytest.mark.parametrize(
    "command",
    [
        ["check", "rules", "restore-drills.rules.yml"],
        ["test", "rules", "restore-drills.rules.test.yml"],
    ],
)
def test_promtool_takes_the_rules_and_they_ring_when_they_should(command: list[str]) -> None:
    done = subprocess.run(
        [str(PROMTOOL), *command], cwd=EXAMPLES, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SUCCESS" in done.stdout


def test_the_rules_ask_for_metrics_that_there_are_and_each_is_tested() -> None:
    """Without promtool, too: the files are read as YAML."""
    rules = yaml.safe_load((EXAMPLES / "restore-drills.rules.yml").read_text())
    alerts = [rule for group in rules["groups"] for rule in group["rules"]]
    names = {f"{PREFIX}_{name}" for name, _ in samples(real())}
    for rule in alerts:
        asked = {word for word in _words(rule["expr"]) if word.startswith(f"{PREFIX}_")}
        assert asked, rule["alert"]
        assert asked <= names, rule["alert"]
        assert rule["annotations"]["summary"]
    tests = yaml.safe_load((EXAMPLES / "restore-drills.rules.test.yml").read_text())
    tested = {
        one["alertname"]
        for test in tests["tests"]
        for one in test["alert_rule_test"]
        if one.get("exp_alerts")
    }
    assert tested == {rule["alert"] for rule in alerts}


def _words(expression: str) -> set[str]:
    return set("".join(c if c.isalnum() or c == "_" else " " for c in expression).split())
