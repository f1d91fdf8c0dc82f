"""The configurations that the provider is given."""

from __future__ import annotations

import subprocess

import pytest

from tests.terraform.terraform import CONFIGURATIONS, program

pytestmark = pytest.mark.provider


def test_they_are_formatted_as_terraform_has_it() -> None:
    formatted = subprocess.run(
        [program(), "fmt", "-check", "-diff", "-recursive", CONFIGURATIONS],
        capture_output=True,
        text=True,
        check=False,
    )

    assert "" == formatted.stdout
    assert 0 == formatted.returncode
