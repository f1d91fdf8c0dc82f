"""The journal: the one record of a run, an event a line, true up to the moment a run was killed.

Every report is a rendering of it. It is appended to and never rewritten; what is in it was flushed
to the operating system when it happened, and steps and verdicts to the disk.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from reports.events import FORMAT, CorrectEvent, Event, typed

NAME = "journal.jsonl"
# After these the line is forced to the disk: a machine that dies takes no finished step with it.
_DURABLE = frozenset({"run_started", "step_started", "step_finished", "verdict", "run_finished"})
_SECRET_NAMES = (
    *("password", "passwd", "passphrase", "pwd", "token", "credential", "credentials"),
    *("secret", "secretstring", "secretkey", "accesskey", "privatekey", "apikey"),
)
# Unescaped, so never within a text: a quotation mark there has a backslash.
_KIND = re.compile(rb'"event": ?"([a-z_]+)"')
_MASKED = re.compile(r"\**")


class JournalError(Exception):
    """A journal that cannot be written or read; each is named for what to do about it."""


class UnwritableEvidence(JournalError):
    """The evidence cannot be written: name another folder with --evidence, or make room."""


class KeepSecretOut(JournalError):
    """An event holds a key that is a secret's name; who fires it must leave it out."""


class NameJournal(JournalError):
    """There is no journal at this path, or it cannot be read."""


class InspectJournal(JournalError):
    """A line within the journal is not an event: the file was damaged or edited."""


class UpdateHarness(JournalError):
    """The journal was written by a newer version than this one."""


class Journal:
    """Appends events to one file; several processes may hold a Journal on the same one.

    Each event is one write of one line under the file's lock, so lines never mix; a write that
    fails half-way (a full disk) is taken back, so that what is there remains readable.
    """

    def __init__(self, path: Path) -> None:
        """Open `path`, creating it and its folder. Raises UnwritableEvidence."""
        self.path = path
        self._threads = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        except OSError as error:
            raise UnwritableEvidence(self._advice(error, "name a folder that can be")) from error

    def append(self, event: Mapping[str, Any]) -> Event:
        """Validate one event and write it; return it typed.

        Raises CorrectEvent, KeepSecretOut, UnwritableEvidence.
        """
        for place in _secrets(event):
            raise KeepSecretOut(
                f"event {event.get('event')!r}: {place} is a secret's name; leave it out"
            )
        known = typed(_encodable(event))
        line = known.model_dump_json().encode() + b"\n"
        with self._threads:
            try:
                with self._alone():
                    self._write(line)
                if known.event in _DURABLE:
                    os.fsync(self._file)
            except OSError as error:
                raise UnwritableEvidence(
                    self._advice(error, "make room there, or name a folder that can be")
                ) from error
        return known

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _write(self, line: bytes) -> None:
        before = os.fstat(self._file).st_size
        try:
            written = os.write(self._file, line)
            while written < len(line):  # a short write: the next one says what is the matter
                written += os.write(self._file, line[written:])
        except OSError:
            os.ftruncate(self._file, before)
            raise

    def _advice(self, error: OSError, remedy: str) -> str:
        why = error.strerror or type(error).__name__
        return f"{self.path} cannot be written: {why}; {remedy} written with --evidence=DIR"


class Events(list[Event]):
    """The events of a journal in their order; `truncated` if a torn last line was left out."""

    def __init__(self, events: Iterable[Event], *, truncated: bool) -> None:
        super().__init__(events)
        self.truncated = truncated


def read(path: Path, without: Collection[str] = ()) -> Events:
    """Read a journal. A last line that was torn by a kill is left out and reported as such.

    Events of the kinds `without` are left out unseen, for who reads hundreds of journals.
    Raises NameJournal, InspectJournal (with the line's number), UpdateHarness.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise NameJournal(f"{path}: {why}; name a {NAME}") from error
    *lines, last = content.split(b"\n")  # not splitlines: a line may hold other line separators
    events = [
        _event(path, number, line)
        for number, line in enumerate(lines, 1)
        if not (without and _kind(line) in without)
    ]
    if not last:
        return Events(events, truncated=False)
    try:
        events.append(_event(path, len(lines) + 1, last))
    except InspectJournal:
        return Events(events, truncated=True)
    return Events(events, truncated=False)  # only the end of its line was lost


def _kind(line: bytes) -> str | None:
    """Which event a line seems to be; None for what does not even look like a whole one."""
    found = _KIND.search(line) if line.endswith(b"}") else None
    return found[1].decode() if found is not None else None


def _event(path: Path, number: int, line: bytes) -> Event:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        raise InspectJournal(f"{path}: line {number} is not JSON; the file is damaged") from None
    if not isinstance(event, dict):
        raise InspectJournal(f"{path}: line {number} is not an event; the file is damaged")
    written = event.get("format")
    if event.get("event") == "run_started" and isinstance(written, int) and written > FORMAT:
        raise UpdateHarness(
            f"{path}: written in format {written}, this version reads up to {FORMAT}; "
            "use a newer restore-drills"
        )
    try:
        return typed(event)
    except CorrectEvent as error:
        raise InspectJournal(f"{path}: line {number}: {error}") from None


def _secrets(value: object, place: str = "") -> Iterator[str]:
    """Places of keys that are a secret's name and hold something other than a mask or a flag."""
    if isinstance(value, Mapping):
        for key, member in value.items():
            here = f"{place}.{key}" if place else str(key)
            plain = re.sub(r"[^a-z]", "", str(key).lower())
            if plain.endswith(_SECRET_NAMES) and _tells(member):
                yield here
            else:
                yield from _secrets(member, here)
    elif isinstance(value, list | tuple):
        for index, member in enumerate(value):
            yield from _secrets(member, f"{place}[{index}]")


def _tells(member: object) -> bool:
    """Whether a value could be a secret; what lies within a table is judged by its own keys."""
    match member:
        case None | bool() | Mapping():
            return False
        case str():
            return _MASKED.fullmatch(member) is None
        case list() | tuple():
            return any(_tells(one) for one in member)
        case _:
            return True


def _encodable(value: Any) -> Any:
    """The same with lone surrogates spelt out: a file name that is not UTF-8 must not end a run."""
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, Mapping):
        return {_encodable(key): _encodable(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(member) for member in value]
    return value
