"""The hooks behind the terminal: what is heard of events and reports, and told as it happens."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from reports.events import Sabotaged, typed
from reports.journal import NAME, Events, JournalError
from reports.run_record import RunRecord, read_run
from reports.terminal.choice import choose
from reports.terminal.closing import Closing
from reports.terminal.heartbeat import Heartbeat, doing_in
from reports.terminal.live import Live
from reports.terminal.plain import Plain
from reports.terminal.show import Show
from reports.terminal.words import clean, in_words, introduction, sabotage

# As fixtures.proofs has it, of which reports know nothing: a title without what it cites.
_CITED = re.compile(r"\s*\(R\d{1,2}\b[^)]*\)$")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Stand beside pytest's own reporter, where there is one: an xdist worker has none."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return
    show = choose(config, reporter)
    config.add_cleanup(show.close)
    config.pluginmanager.register(Terminal(config, reporter, show), "restore-drills:terminal")


class Terminal:
    """Hears what happens and has it shown.

    Steps are told by events where they happen in this process, so that the line stands there while
    the step runs; what happens in an xdist worker is told by its reports.
    """

    def __init__(self, config: pytest.Config, reporter: Any, show: Show) -> None:
        self._config = config
        self._reporter = reporter
        self._show = show
        self._told: set[tuple[str, int]] = set()
        self._summing_up = False
        self._headed: str | None = None
        self._started: dict[str, Any] | None = None
        self._before: list[dict[str, Any]] = []
        self._heard: list[dict[str, Any]] = []
        self._at: str | None = None
        self._heart = _heart(config, show, self._doing)

    def pytest_report_header(self) -> list[str]:
        """The facts of the run, before anything is collected."""
        if self._started is None:
            return []
        self._before = [event for event in self._heard if event["event"] == "removed"]
        return [clean(line) for line in introduction(self._started, self._before)]

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
        self._show.pause()
        self._summing_up = True

    def pytest_drill_event(self, event: dict[str, Any]) -> None:
        """Tell what happens in this process."""
        kind = event["event"]
        self._heard.append(event)
        self._said()
        if kind == "run_started":
            self._started = event
            if self._heart is not None:
                self._heart.start()
            if self._config.get_verbosity() <= 0:
                self._reporter.showfspath = False
        elif kind == "step_started":
            self._head(event["drill"])
            if event["drill"] not in {drill for drill, _ in self._told}:
                self._show.idle()  # it is prepared
            self._told.add((event["drill"], event["number"]))
            self._at = f"at step {event['number']} of {event['of']}: {event['title']}"
            self._show.begin_step(event)
        elif kind == "step_note":
            self._head(event["drill"])
            self._show.note(event["text"])
        elif kind == "sabotaged":
            sabotaged = typed(event)
            assert isinstance(sabotaged, Sabotaged)
            self._show.note(f"sabotaged {sabotage(sabotaged)}", alarming=True)
        elif kind == "step_finished":
            self._show.end_step(event)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """An item begins; under xdist nothing else is known of it here until it ended."""
        drill = _drill_of(nodeid)
        if drill is not None and self._is_controller:
            self._show.begin_elsewhere(drill, in_words(nodeid))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """A proof begins, or what comes before the first step; a step tells of itself."""
        drill = _drill_of(item.nodeid)
        if drill is None or "drill_run" not in getattr(item, "fixturenames", ()):
            return
        if not hasattr(getattr(item, "obj", None), "drill_step"):
            self._at = f"at the proof: {_title(item)}"
            self._show.begin_proof(_title(item))
        elif drill not in {known for known, _ in self._told}:
            self._show.begin_proof("Prepare the drill")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        """The last item of a drill undoes its steps, which may take its time."""
        drill = _drill_of(item.nodeid)
        if drill is not None and (nextitem is None or drill != _drill_of(nextitem.nodeid)):
            self._at = "undoing what is to be undone, and clearing away"
            self._show.begin_proof("Undo what is to be undone, and clear away")

    def pytest_runtest_logfinish(self) -> None:
        """Nothing of the item runs any more."""
        if not self._is_controller:
            self._show.idle()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Tell proofs, steps of other processes, and steps that were not reached."""
        content = getattr(report, "drill", None)
        if content is None:
            return
        self._said()
        if content["kind"] == "verdict":
            self._show.idle()
            return
        if content["kind"] != "step":
            self._head(content["drill"])
            self._show.proof(content)
        elif (content["drill"], content["number"]) not in self._told:
            self._head(content["drill"])
            self._told.add((content["drill"], content["number"]))
            self._show.step(content)

    def pytest_keyboard_interrupt(self) -> None:
        """What is in hand has no outcome, and its line ends."""
        self._show.interrupt()

    def pytest_drill_asks(self, begins: bool) -> None:
        """A person is asked, and types."""
        if begins:
            self._show.pause()
        else:
            self._show.resume()

    def pytest_enter_pdb(self) -> None:
        """A person types."""
        self._show.pause()

    def pytest_leave_pdb(self) -> None:
        """The run goes on."""
        self._show.resume()

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_testnodedown(self) -> None:
        """xdist may tell of a worker that crashed."""
        self._show.pause()

    def pytest_terminal_summary(self) -> None:
        """Times, verdict, and where the evidence lies, below pytest's own failures."""
        if self._started is None:
            return
        self._reporter.section("restore-drills")
        closing = Closing(self._run(), told=[typed(event) for event in self._before])
        if isinstance(self._show, Live):
            columns, coloured = self._show.columns, self._config.get_terminal_writer().hasmarkup
            self._reporter.write_raw(closing.table(columns, coloured=coloured))
            return
        for line, style in closing.lines():
            self._reporter.line(line, **dict.fromkeys(style.split(), True))

    def _run(self) -> RunRecord:
        """This process's events are the run's, but under xdist, where the journal has them all, and
        this process what the journal could not take: a disk that is full hides no verdict.
        """
        assert self._started is not None
        if self._is_controller:
            try:
                events = read_run(Path(self._started["folders"]["evidence"]) / NAME).events
                taken = {(one.event, one.at) for one in events}
                heard = [typed(one) for one in self._heard]
                more = [one for one in heard if (one.event, one.at) not in taken]
                return RunRecord(Events([*events, *more], truncated=events.truncated))
            except JournalError as error:
                self._reporter.line(clean(str(error)), red=True)
        return RunRecord(Events([typed(event) for event in self._heard], truncated=False))

    def _said(self) -> None:
        if self._heart is not None:
            self._heart.said()

    def _doing(self) -> str | None:
        """What the run is at; what workers do is in the journal."""
        if self._started is None or self._summing_up:
            return None
        if self._is_controller:
            return doing_in(Path(self._started["folders"]["evidence"]) / NAME)
        return self._at

    @property
    def _is_controller(self) -> bool:
        """Of xdist's workers."""
        return self._config.pluginmanager.hasplugin("dsession")

    def _head(self, drill: str) -> None:
        """Name the drill where the lines of several follow one another."""
        if drill != self._headed and not self._is_alone:
            self._show.heading(drill)
        self._headed = drill

    @property
    def _is_alone(self) -> bool:
        """Whether the arguments name one drill, so that all lines are of it."""
        drills = {_drill_of(argument) for argument in self._config.args}
        return len(drills) == 1 and None not in drills


def _heart(config: pytest.Config, show: Show, doing: Callable[[], str | None]) -> Heartbeat | None:
    """None where lines live, which shows it, and where standard output is no file."""
    if not isinstance(show, Plain):
        return None
    try:
        descriptor = os.dup(sys.stdout.fileno())
    except (AttributeError, OSError):
        return None
    heart = Heartbeat(descriptor, doing, show.broken)
    config.add_cleanup(heart.stop)
    return heart


def _drill_of(place: str) -> str | None:
    """The drill that a node id or an argument lies in: the folder below `drills`."""
    parts: Sequence[str] = Path(place.partition("::")[0]).parts
    if "drills" not in parts[:-1]:
        return None
    return parts[parts.index("drills") + 1]


def _title(item: pytest.Item) -> str:
    first = (getattr(getattr(item, "obj", None), "__doc__", None) or "").strip().partition("\n")[0]
    return _CITED.sub("", first.rstrip(".")) or in_words(item.nodeid)
