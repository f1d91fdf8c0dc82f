"""How the terminal words things: nothing that steers a terminal, paths as one types them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reports.events import Kept, Removed, Sabotaged
from reports.phrases import done

# Control characters, those that turn the direction of text, lone surrogates, line ends.
_STEERING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def clean(text: str) -> str:
    """A text without what a terminal obeys: a table may be called ESC [ 2 J."""
    if text.isprintable():
        return text
    return "".join(
        character if unicodedata.category(character) not in _STEERING else _escaped(character)
        for character in text
    )


def short(path: str) -> str:
    """A path below the working folder as one would type it."""
    full = Path(path)
    return str(full.relative_to(Path.cwd())) if full.is_relative_to(Path.cwd()) else path


def introduction(event: dict[str, Any], last: list[dict[str, Any]]) -> Iterator[str]:
    """The facts of a run, from `run_started` and what was removed before it."""
    folders = event["folders"]
    run = [f"run: {event['run']}", f"evidence in {short(folders['evidence'])}"]
    if folders["work"]:
        run.insert(1, f"work in {folders['work']}")
    yield ", ".join([f"restore-drills: {event['versions']['restore-drills']}", *_kind(event)])
    yield ", ".join(run)
    for removed in last:
        yield f"removed: {removed['place']} ({removed['what']})"


def outlived(event: Kept | Removed) -> str:
    """What was kept or removed, where, and until when."""
    if event.place.startswith("pytest "):  # the command that goes on with a run, or takes it back
        return f"{event.what}: {event.place}"
    until = f" until {event.until.isoformat()}; --reap removes it then" if event.until else ""
    return f"{event.event}: {event.what} in {event.place}{until}"


def sabotage(event: Sabotaged) -> str:
    """What was made wrong on purpose, of what."""
    return f"on purpose, seed {event.seed}: {done(event)}"


def in_words(nodeid: str) -> str:
    """An item by its node id alone, which is all that is known of it while another process has it.

    A row is `07-restored_cluster`, a proof `test_every_index_is_valid`.
    """
    number, dash, state = nodeid.rpartition("::")[2].partition("-")
    if dash and number.isdigit():
        return f"step {int(number)}: {state.replace('_', ' ')}"
    return nodeid.rpartition("::")[2].removeprefix("test_").replace("_", " ")


def _kind(event: dict[str, Any]) -> list[str]:
    """What kind of run it is, and whose Postgres it starts, if it starts one."""
    engine = event["engine"]
    if not engine["origin"]:
        return [event["mode"]]
    server = f"PostgreSQL {engine['version']}" if engine["version"] else "PostgreSQL"
    return [event["mode"], f"{server} from {engine['origin']}"]


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
