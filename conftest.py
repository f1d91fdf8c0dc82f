"""Assertion rewriting for our own packages, then the plugins. Nothing else belongs here."""

import pytest

pytest.register_assert_rewrite("checks", "drills.proofs", "fixtures", "reports")

pytest_plugins = [
    "fixtures.logs",
    "fixtures.events",
    "fixtures.options",
    "fixtures.ordering",
    "fixtures.judging",
    "fixtures.outcomes",
    "fixtures.scheduling",
    "fixtures.run",
    "fixtures.recording",
    "fixtures.commands",
    "fixtures.runbook",
    "fixtures.lifecycle",
    "reports.plugin",
    "reports.terminal.plugin",
]
