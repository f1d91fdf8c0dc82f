"""A pytest plugin with which the first connection to the copy fails, its password in every frame.

The password is also written to a file of the test's, so that the test knows what to look for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Iterator[Any]:
    """Send the administrator to a port where nobody listens, once the copy was reached."""
    value = yield
    if fixturedef.argname != "writable_copy":
        return value
    work = Path(request.config.option.work_dir)
    (work / "password").write_text(value.admin.password)
    broken = replace(value, address=replace(value.address, port=1))
    fixturedef.cached_result = (broken, *fixturedef.cached_result[1:])  # type: ignore[index]
    return broken
