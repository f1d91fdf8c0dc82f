"""The rows of the runbook, and the verdict."""

from __future__ import annotations

from drills.readiness.conftest import procedure

runbook = procedure.runbook()
