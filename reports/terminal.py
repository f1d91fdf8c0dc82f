"""What the operator sees: facts first, a live line a step, findings, the verdict by name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

WIDTH = 73
MOST_FINDINGS = 20
MOST_OTHERS = 10
LONGEST = 300
"""Characters of one side of a finding; a view's definition may be pages long."""
_COLOURS = {
    "passed": {"green": True},
    "failed": {"red": True, "bold": True},
    "bounded": {"cyan": True},
    "waived": {"cyan": True},
}
_UNSURE = {"yellow": True}
_LISTED = {"failed": "findings", "not proven": "gaps", "bounded": "bounds", "waived": "waived"}


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Stand beside pytest's own reporter, where there is one: an xdist worker has none."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        config.pluginmanager.register(Terminal(config, reporter), "restore-drills:terminal")


class Terminal:
    """Lines on pytest's own terminal writer.

    Steps are told by events where they happen in this process, so that the line stands there while
    the step runs; what happens in an xdist worker is told by its reports.
    """

    def __init__(self, config: pytest.Config, reporter: Any) -> None:
        self._config = config
        self._reporter = reporter
        self._told: set[tuple[str, int]] = set()
        self._reason: str | None = None
        self._open = False
        self._noted = False
        self._summing_up = False
        self._started: dict[str, Any] = {}
        self._last: list[dict[str, Any]] = []

    def pytest_report_header(self) -> list[str]:
        """The facts of the run, before anything is collected."""
        if not self._started:
            return []
        event, folders = self._started, self._started["folders"]
        run = [f"run: {event['run']}", f"evidence in {_short(folders['evidence'])}"]
        if folders["work"]:
            run.insert(1, f"work in {folders['work']}")
        lines = [
            ", ".join([f"restore-drills: {event['versions']['restore-drills']}", *_kind(event)]),
            ", ".join(run),
        ]
        for removed in self._last:
            lines.append(f"removed: {removed['place']} ({removed['what']})")
        self._last.clear()
        return lines

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Count a drill's outcomes by their own names, and leave the lines to this class."""
        content = getattr(report, "drill", None)
        if content is None:
            return None
        # A word makes pytest write a line of its own; in its summary it wants one.
        return content["outcome"], "", content["outcome"].upper() if self._summing_up else ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """What follows is pytest's summary."""
        self._summing_up = True

    def pytest_drill_event(self, event: dict[str, Any]) -> None:
        """Tell what happens in this process."""
        kind = event["event"]
        if kind == "run_started":
            self._started = event
            if self._config.get_verbosity() <= 0:
                self._reporter.showfspath = False
        elif kind in ("verdict", "measured", "kept", "removed", "run_finished"):
            self._last.append(event)
        elif kind == "step_started":
            with self._writing():
                self._open_line(event)
        elif kind == "step_note":
            with self._writing():
                self._note(event["text"])
        elif kind == "step_finished":
            with self._writing():
                self._close_line(event)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Tell proofs, steps of other processes, and steps that were not reached."""
        content = getattr(report, "drill", None)
        if content is None or content["kind"] == "verdict":
            return
        if content["kind"] == "step":
            if (content["drill"], content["number"]) in self._told:
                return
            self._open_line(content)
            self._close_line(content)
            return
        self._fresh_line()
        self._write(f"         {content['title']} ".ljust(WIDTH, "."))
        self._outcome(content)
        for line in details(content):
            self._line(f"           {line}")

    def pytest_terminal_summary(self) -> None:
        """The times, the verdict and where the evidence lies, below pytest's own failures."""
        if not self._started:
            return
        self._reporter.section("restore-drills")
        for event in (e for e in self._last if e["event"] == "measured"):
            self._line(_measured(event))
        for event in (e for e in self._last if e["event"] == "verdict"):
            for word in ("not_proven", "withheld"):
                for name in event[word]:
                    self._line(f"{word.replace('_', ' ')}: {name}")
            good = event["exit_status"] == 0
            self._line(
                f"{event['drill']}: {event['verdict']}",
                **({"green": True, "bold": True} if good else {"red": True, "bold": True}),
            )
        for event in (e for e in self._last if e["event"] in ("kept", "removed")):
            until = f" until {event['until']}; --reap removes it then" if event["until"] else ""
            self._line(f"{event['event']}: {event['what']} in {event['place']}{until}")
        self._line(f"evidence: {_short(self._started['folders']['evidence'])}")

    def _open_line(self, step: dict[str, Any]) -> None:
        self._fresh_line()
        self._told.add((step["drill"], step["number"]))
        self._write(f"  {step['number']:>2}/{step['of']}  {step['title']} ".ljust(WIDTH, "."))
        self._open, self._noted = True, False

    def _note(self, text: str) -> None:
        if self._open and not self._noted:
            self._line("")
        self._noted = True
        self._line(f"           {text}")

    def _close_line(self, step: dict[str, Any]) -> None:
        if self._noted:
            self._write(" " * 9 + "".ljust(WIDTH - 9, "."))
        self._outcome(step)
        self._open = self._noted = False

    def _outcome(self, content: dict[str, Any]) -> None:
        outcome = content["outcome"]
        seconds = f"{content['seconds']:7.2f} s" if outcome != "not reached" else ""
        self._reporter.write(f" {outcome:<11}", **_COLOURS.get(outcome, _UNSURE))
        self._line(seconds)
        reason = content.get("reason")
        if reason and outcome not in ("passed", "not reached") and not _is_listed(content):
            # Every step behind one that lacks something says the same.
            told = reason == self._reason and outcome != "failed"
            self._line("           as above" if told else f"           {reason}")
        self._reason = reason

    def _fresh_line(self) -> None:
        if self._open:
            self._line("")
        self._open = False
        self._reporter.ensure_newline()

    def _write(self, text: str) -> None:
        self._reporter.write(text, flush=True)

    def _line(self, text: str, **markup: bool) -> None:
        self._reporter.line(text, **markup)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Fixtures run with standard output captured; a live line must pass by that."""
        capture = self._config.pluginmanager.get_plugin("capturemanager")
        if capture is None:
            yield
            return
        with capture.global_and_fixture_disabled():
            yield


def details(content: dict[str, Any]) -> Iterator[str]:
    """What stands below a proof's line: findings, and what was not seen, bounded or waived.

    A finding names check, subject and property, which is what a waiver of it must name.
    """
    yield from _capped([_finding(one) for one in content["findings"]], MOST_FINDINGS)
    for kind, said in (("gaps", "reason"), ("bounds", "bound")):
        label = {"gaps": "not seen", "bounds": "bounded"}[kind]
        lines = [
            [f"{label}: {one['check']}: {one['subject']}: {_cut(one[said])}"]
            for one in content[kind]
        ]
        yield from _capped(lines, MOST_OTHERS)
    waived = [
        [f"waived: {_finding(one)[0]}", f"  until {one['expires']} by {one['by']}: {one['reason']}"]
        for one in content["waived"]
    ]
    yield from _capped(waived, MOST_OTHERS)


def _is_listed(content: dict[str, Any]) -> bool:
    """Whether the reason of an outcome is the first of the lines that follow it."""
    kind = _LISTED.get(content["outcome"], "")
    first = next(iter(content.get(kind, ())), None)
    if first is None:
        return False
    return kind == "findings" or content["reason"].startswith(f"{first['check']}: ")


def _finding(finding: dict[str, Any]) -> list[str]:
    sides = (f"{word} {_cut(finding[word])}" for word in ("expected", "actual"))
    return [
        f"{finding['check']}: {finding['subject']} ({finding['property']}): {', '.join(sides)}",
        f"  → {finding['remedy']}",
    ]


def _cut(side: object) -> str:
    """One side of a finding on one line, cut where it is long; the journal has it whole."""
    text = "nothing" if side is None else " ".join(str(side).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _capped(entries: list[list[str]], most: int) -> Iterator[str]:
    for entry in entries[:most]:
        yield from entry
    if entries[most:]:
        yield f"… and {len(entries) - most:,} more, in the journal"


def _kind(event: dict[str, Any]) -> list[str]:
    """What kind of run it is, and whose Postgres it starts, if it starts one."""
    engine = event["engine"]
    if not engine["origin"]:
        return [event["mode"]]
    server = f"PostgreSQL {engine['version']}" if engine["version"] else "PostgreSQL"
    return [event["mode"], f"{server} from {engine['origin']}"]


def _measured(event: dict[str, Any]) -> str:
    seconds = event["seconds"]
    value = "not measured" if seconds is None else f"{seconds:.1f} s"
    objective = event["objective_seconds"]
    against = "" if objective is None else f" (objective {objective:.0f} s)"
    note = f" · {event['note']}" if event["note"] else ""
    return f"{event['name']}: {value}{against}{note}"


def _short(path: str) -> str:
    """A path below the working folder as one would type it."""
    full = Path(path)
    return str(full.relative_to(Path.cwd())) if full.is_relative_to(Path.cwd()) else path
