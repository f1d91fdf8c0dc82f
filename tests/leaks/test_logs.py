"""R49: what a library logs of a request is not heard, however loud pytest is told to be."""

from __future__ import annotations

import logging

import pytest

from fixtures.logs import TALKATIVE, pytest_configure, pytest_unconfigure

TEST = """
import logging
def test_it():
    logging.getLogger("botocore.endpoint").debug("body: %s", "cAn" + "ArY")
    logging.getLogger("ours").debug("heard")
    assert False
"""


def test_a_request_is_not_heard_at_debug(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TEST)
    log = pytester.path / "all.log"
    result = pytester.runpytest(
        *("-p", "fixtures.logs", "--log-level=DEBUG", "-o", "log_cli=true"),
        *(f"--log-file={log}", "--log-file-level=DEBUG", "--junit-xml=x.xml"),
        *("-o", "junit_logging=all"),
    )
    said = result.stdout.str() + log.read_text() + (pytester.path / "x.xml").read_text()
    assert "heard" in said
    assert "cAnArY" not in said


def test_levels_are_as_they_were_afterwards(pytestconfig: pytest.Config) -> None:
    class Stub:
        stash = pytest.Stash()

    before = {name: logging.getLogger(name).level for name in TALKATIVE}
    logging.getLogger("boto3").setLevel(logging.ERROR)
    pytest_configure(Stub)  # type: ignore[arg-type]
    assert logging.INFO == logging.getLogger("boto3").level
    pytest_unconfigure(Stub)  # type: ignore[arg-type]
    assert logging.ERROR == logging.getLogger("boto3").level
    logging.getLogger("boto3").setLevel(before["boto3"])
