"""Whether lines may live: only where a person looks at a terminal that nobody else writes on."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import pytest

from reports.terminal.layout import Layout
from reports.terminal.live import Live
from reports.terminal.plain import OUTCOME, WIDTH, Plain
from reports.terminal.screen import Screen
from reports.terminal.show import Show

_DUMB = frozenset({"", "dumb", "unknown"})
_NO = frozenset({"", "0", "false", "no"})


def choose(config: pytest.Config, reporter: Any) -> Show:
    """Live lines where they can be painted, else plain ones."""
    descriptor = terminal_of(config, reporter, os.environ)
    if descriptor is None:
        columns = shutil.get_terminal_size().columns
        is_log = not reporter.isatty or _is_ci(os.environ)
        return Plain(config, reporter, WIDTH if is_log else min(WIDTH, columns - OUTCOME))
    screen = Screen(os.dup(descriptor), getattr(sys.stdout, "encoding", None) or "utf-8")
    return Live(screen, layout_of(config), lambda: _fresh(config, reporter))


def layout_of(config: pytest.Config) -> Layout:
    """With colours where pytest has them: --color, NO_COLOR, FORCE_COLOR, PY_COLORS."""
    return Layout(coloured=config.get_terminal_writer().hasmarkup)


def terminal_of(config: pytest.Config, reporter: Any, environ: Mapping[str, str]) -> int | None:
    """The terminal's file descriptor, None where lines must be plain.

    A CI server may lend a terminal and still keep a log. With -s, --capture=sys, live logs or
    --setup-show others write where the region is, and rows would be painted over theirs.
    """
    if not reporter.isatty or environ.get("TERM", "") in _DUMB:
        return None
    if _is_ci(environ):
        return None
    option = config.option
    logs = option.log_cli_level is not None or config.getini("log_cli")
    if option.capture != "fd" or logs or option.setupshow or option.trace:
        return None
    try:
        return sys.stdout.fileno()
    except (AttributeError, OSError):
        return None


def _is_ci(environ: Mapping[str, str]) -> bool:
    return any(environ.get(name, "").lower() not in _NO for name in ("CI", "BUILD_NUMBER"))


def _fresh(config: pytest.Config, reporter: Any) -> AbstractContextManager[None]:
    """With -v pytest has begun a line, and what ends it must pass by the capture."""
    if reporter.currentfspath is None:
        return nullcontext()
    return _ended(config, reporter)


@contextmanager
def _ended(config: pytest.Config, reporter: Any) -> Any:
    capture: Any = config.pluginmanager.get_plugin("capturemanager")
    with capture.global_and_fixture_disabled():
        reporter.ensure_newline()
        reporter.flush()
    yield
