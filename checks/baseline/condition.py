"""An operator's condition of frozen rows: ``:t`` in it becomes T, and what cannot be compared is
refused before a server sees it.

The condition is the operator's own SQL and is not understood here, only cut into words, so that
what stands in a string, a quoted name or a comment is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import UTC, datetime

from checks.database import CheckError

_TOKEN = re.compile(
    r"""
      (?P<string> [eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*'
                | \$(?P<tag>[A-Za-z_]?\w*)\$ .*? \$(?P=tag)\$ )
    | (?P<name> "(?:[^"]|"")*" ) (?P<named> \s*\( )?
    | (?P<comment> --[^\n]* | /\*.*?\*/ )
    | (?P<cast> :: )
    | (?P<time> :t(?![\w$]) )
    | (?P<word> [^\W\d][\w$]* ) (?P<call> \s*\( )?
    | (?P<sign> . )
    """,
    re.VERBOSE | re.DOTALL,
)

_MOVING_WORDS = {
    *("current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"),
    *("current_role", "current_user", "session_user", "user"),
}
_MOVING_FUNCTIONS = {
    *("now", "transaction_timestamp", "statement_timestamp", "clock_timestamp", "timeofday"),
    *("random", "gen_random_uuid", "uuidv4", "uuidv7", "pg_current_xact_id", "txid_current"),
    *("current_setting", "inet_server_addr", "inet_server_port", "inet_client_addr"),
    *("pg_backend_pid", "pg_postmaster_start_time", "pg_sleep"),
}
"""What gives another value in the other database, or a second later."""

_MOVING_STRINGS = {"'now'", "'today'", "'tomorrow'", "'yesterday'"}


class CorrectCondition(CheckError):
    """A condition that proves nothing as it is written; says in one line why."""


class Condition:
    """One condition, cut into words. Raises CorrectCondition."""

    def __init__(self, where: str) -> None:
        self._tokens = list(_TOKEN.finditer(where))
        if not where.strip():
            raise CorrectCondition("the condition is empty")
        self._require_one_expression()
        if moving := self._moving():
            raise CorrectCondition(
                f"{moving} differs between the two databases, or between two moments: use :t, the "
                "recovery target's time"
            )

    @property
    def names_time(self) -> bool:
        """Whether ``:t`` stands in it."""
        return any(token["time"] for token in self._tokens)

    @property
    def functions(self) -> Collection[str]:
        """The names, as SQL folds them, of what is called in it; without their schemas."""
        return {_word(token) for token in self._tokens if token["call"]} | {
            token["name"][1:-1].replace('""', '"') for token in self._tokens if token["named"]
        }

    def at(self, t: datetime | None) -> str:
        """The SQL with T in place of ``:t``; the time must be aware. Raises CorrectCondition."""
        if t is None and self.names_time:
            raise CorrectCondition(
                "it names :t, and the recovery target's time is not known: restore to a time, or "
                "write a condition without :t"
            )
        literal = f"(timestamptz '{t.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}+00')" if t else ""
        told = (literal if token["time"] else token.group() for token in self._tokens)
        return "".join(told)

    def _require_one_expression(self) -> None:
        depth = 0
        for sign in self._signs():
            depth += (sign == "(") - (sign == ")")
            if depth < 0:
                break
            if sign == ";":
                raise CorrectCondition('";" stands in it: write one condition, not a statement')
        if depth:
            raise CorrectCondition("its parentheses do not match")

    def _signs(self) -> Iterator[str]:
        for token in self._tokens:
            if token["call"] or token["named"]:
                yield "("
            elif token["sign"]:
                yield token["sign"]

    def _moving(self) -> str | None:
        for token in self._tokens:
            if token["word"]:
                word = _word(token)
                if word in _MOVING_WORDS or (token["call"] and word in _MOVING_FUNCTIONS):
                    return word
            if token["string"] and token["string"].lower() in _MOVING_STRINGS:
                return token["string"]
        return None


def _word(token: re.Match[str]) -> str:
    return token["word"].lower()
