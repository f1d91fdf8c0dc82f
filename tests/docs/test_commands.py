"""Each command that a document shows is known to the table, and does what the document says."""

from __future__ import annotations

import ast
import configparser
import itertools
import re

import pytest

from tests.docs.fix_clone import Clone
from tests.docs.found import ROOT, commands, shown_in
from tests.docs.table import COMMANDS, Elsewhere, NotHere, Run, Tox

SHOWN = {command.text: command.document for command in commands()}


def test_every_command_that_is_shown_has_an_entry() -> None:
    assert {} == {text: place for text, place in SHOWN.items() if text not in COMMANDS}


def test_every_entry_is_of_a_command_that_is_shown() -> None:
    assert [] == [text for text in COMMANDS if text not in SHOWN]


def test_commands_are_found_in_every_form() -> None:
    """So that the two tests above cannot pass because nothing was found."""
    document = (
        "Type `.venv/bin/tox -e pitr`, or `pytest\ndrills/pitr`; `pg_dump -n` is no command.\n\n"
        "```\n$ .venv/bin/pytest drills/plan \\\n    --plan-for=adopt\nnot a command\n```\n"
        "```toml\npytest = 1\n```\n```sh\npsql -c 'x'\n```\n"
    )
    expected = ["pytest drills/plan --plan-for=adopt", "psql -c 'x'", "tox -e pitr"]
    assert [*expected, "pytest drills/pitr"] == list(shown_in(document))


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(text, marks=[pytest.mark.slow] if how.slow else [])
        for text, how in COMMANDS.items()
        if isinstance(how, Run)
    ],
)
def test_the_command_does_what_its_document_says(clone: Clone, command: str) -> None:
    how = COMMANDS[command]
    assert isinstance(how, Run)

    status, said = clone.run(command)

    assert how.endless or how.status == status, said
    assert how.says in said
    assert how.makes is None or (clone.folder / how.makes).exists()


@pytest.mark.parametrize("test", [h.test for h in COMMANDS.values() if isinstance(h, Elsewhere)])
def test_a_test_that_is_named_is_there(test: str) -> None:
    path, _, name = test.partition("::")
    tree = ast.parse((ROOT / path).read_text())
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(
    "name", sorted({h.environment for h in COMMANDS.values() if isinstance(h, Tox)})
)
def test_an_environment_that_is_named_is_there_and_runs_something(name: str) -> None:
    ini = configparser.ConfigParser(interpolation=None)
    ini.read(ROOT / "tox.ini")
    assert name in {n for section in ini.sections() for n in _names(section)}
    (section,) = [section for section in ini.sections() if name in _names(section)]
    assert ini[section]["commands"].strip()


def test_what_cannot_run_here_says_why() -> None:
    assert all(how.reason for how in COMMANDS.values() if isinstance(how, NotHere))


def _names(section: str) -> list[str]:
    """``testenv:bench-{a,b}`` → ``bench-a``, ``bench-b``."""
    name = section.removeprefix("testenv:")
    parts = [part.split(",") for part in re.split(r"[{}]", name)]
    return ["".join(one) for one in itertools.product(*parts)]
