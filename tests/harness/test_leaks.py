"""R49: a password that stands in a file is found, in whatever form evidence writes it."""

from __future__ import annotations

import json
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from fixtures.leaks import files_that_hold

SECRET = 'canary"<&>\\of-a-leak'


@pytest.mark.parametrize("write", [str, json.dumps, escape], ids=["as it is", "JSON", "XML"])
def test_a_password_is_found_in_the_form_in_which_it_is_written(
    tmp_path: Path, write: object
) -> None:
    leaking = tmp_path / "run" / "journal.jsonl"
    leaking.parent.mkdir()
    leaking.write_text(f"before {write(SECRET)} after")  # type: ignore[operator]
    (tmp_path / "junit.xml").write_text("nothing of it")

    assert [leaking] == files_that_hold([SECRET], tmp_path)
    assert [] == files_that_hold(["another-password"], tmp_path)


def test_words_that_evidence_is_full_of_are_no_alarm(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").write_text("core")

    assert [] == files_that_hold(["core"], tmp_path)
