"""A pytest plugin that leaves a setting of Cumulus as it was before the module was deployed.

``-p tests.sabotage.references``: the ARN of the login's secret is one of long ago.
"""

from __future__ import annotations

from typing import Any

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart() -> None:
    """The file is written as ever, and then somebody forgets it."""
    # Not sooner: what is imported before the conftest is not rewritten.
    from fixtures.rehearsal import staging

    really = staging.stage_references

    def stale(deployment: Any) -> Any:
        references = really(deployment)
        for file in {one.file for one in references}:
            file.write_text(file.read_text().replace(":secret:", ":secret:before-"))
        return references

    staging.stage_references = stale
