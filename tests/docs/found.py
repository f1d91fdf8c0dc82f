"""The commands in the documents: lines of shell in fenced blocks, and those within a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
AGREED = {"design.md", "requirements.md", "restores-that-lie.md"}
"""What was agreed and what was learned; nobody types from them."""

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
_SHELL = {"", "sh", "bash", "shell", "console"}
_BEGINS = re.compile(
    r"(?:\$ |T\d? +)?((?:\.venv/bin/|python3? |pytest |tox |terraform |pg_\w+ |psql |aws |export "
    r"|docker |kubectl |git |curl |pip )\S.*)"
)
# Within a sentence: what stands there without an argument is the name of a program.
_SENTENCE = re.compile(
    r"`((?:\.venv/bin/\w+|python3?|pytest|tox)\s+(?:-m\s+\w|-e\s+\w|drills/|--)[^`]*)`"
)


@dataclass(frozen=True)
class Command:
    """`text` in one line, without ``.venv/bin/``, which people whose environment is active omit."""

    text: str
    document: str


def commands() -> Iterator[Command]:
    """Every command of README, CONTRIBUTING, docs and examples, in their order."""
    paths = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    paths += sorted((ROOT / "docs").rglob("*.md")) + sorted((ROOT / "examples").rglob("*.md"))
    for path in paths:
        if path.name not in AGREED:
            for text in shown_in(path.read_text()):
                yield Command(text, str(path.relative_to(ROOT)))


def shown_in(document: str) -> Iterator[str]:
    """The commands that a document shows, each in one line."""
    for fence in _FENCE.finditer(document):
        if fence[2] in _SHELL:
            for line in re.sub(r" *\\\n *", " ", fence[3]).splitlines():
                if begins := _BEGINS.fullmatch(line.strip()):
                    yield plain(begins[1])
    for sentence in _SENTENCE.finditer(_FENCE.sub("", document)):
        yield plain(sentence[1])


def plain(command: str) -> str:
    """Without line breaks and without the environment's folder."""
    return " ".join(command.split()).replace(".venv/bin/", "")
