"""Where lines live, and where they must be plain."""

from __future__ import annotations

import os
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from reports.terminal.choice import terminal_of
from tests.reports.terminal.window import Window

USUAL = {"capture": "fd", "log_cli_level": None, "setupshow": False, "trace": False}


def decided(*, isatty: bool = True, environ: dict[str, str] | None = None, **changes: Any) -> bool:
    """Whether lines live, with these things other than usual."""
    log_cli = changes.pop("log_cli", False)
    option = SimpleNamespace(**{**USUAL, **changes})
    config: Any = SimpleNamespace(option=option, getini=lambda name: log_cli)
    reporter = SimpleNamespace(isatty=isatty)
    given = {"TERM": "xterm-256color", **(environ or {})}
    return terminal_of(config, reporter, given) is not None


@pytest.fixture(autouse=True)
def output(window: Window, monkeypatch: pytest.MonkeyPatch) -> Any:
    with os.fdopen(os.dup(window.terminal), "w") as file:
        monkeypatch.setattr(sys, "stdout", file)
        yield


def test_lines_live_on_a_terminal() -> None:
    assert decided()


@pytest.mark.parametrize("value", ["", "0", "false", "no"])
def test_a_ci_server_that_says_it_is_none_is_none(value: str) -> None:
    assert decided(environ={"CI": value})


@pytest.mark.parametrize(
    "changes",
    [
        {"isatty": False},
        {"environ": {"CI": "true"}},
        {"environ": {"BUILD_NUMBER": "7"}},
        {"environ": {"TERM": "dumb"}},
        {"environ": {"TERM": ""}},
        {"capture": "no"},
        {"capture": "sys"},
        {"capture": "tee-sys"},
        {"log_cli_level": "DEBUG"},
        {"log_cli": True},
        {"setupshow": True},
        {"trace": True},
    ],
    ids=str,
)
def test_lines_are_plain_where_a_log_is_kept_or_others_write(changes: dict[str, Any]) -> None:
    assert not decided(**changes)
