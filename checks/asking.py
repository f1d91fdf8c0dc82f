"""One question after another, of a server that may refuse any of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, LiteralString

import psycopg

from checks.database import RowCursor, is_damage, reason


@dataclass(frozen=True, slots=True)
class Unseen:
    """A question without an answer.

    why     what is missing and how to supply it, one sentence
    damage  whether the server could not read its own data, which is more than a gap
    """

    check: str
    subject: str
    why: str
    damage: bool = False


@dataclass(slots=True)
class Asking:
    """Asks within the caller's snapshot, each question in a savepoint of its own.

    What the server refuses is kept in `unseen`, and the other questions are still asked. A lost
    connection is raised: it must never pass for "nothing found".
    """

    cursor: RowCursor
    unseen: list[Unseen] = field(default_factory=list)

    @property
    def version(self) -> int:
        """As ``server_version_num`` has it: 150020."""
        return self.cursor.connection.info.server_version

    def rows(
        self,
        check: str,
        subject: str,
        query: LiteralString,
        parameters: Sequence[Any] | Mapping[str, Any] | None = None,
        *,
        remedy: str = "ask again as a role that may read it",
    ) -> list[tuple[Any, ...]] | None:
        """The answer; None where it was refused, which is then kept under `check` and `subject`."""
        try:
            # Rolled back, not released: locks on what was read are given back at once.
            with self.cursor.connection.transaction(force_rollback=True):
                return self.cursor.execute(query, parameters).fetchall()
        except psycopg.Error as error:
            if error.sqlstate is None or error.sqlstate.startswith(("08", "57P")):
                raise
            damage = is_damage(error)
            why = reason(error) if damage else f"{reason(error)}; {remedy}"
            self.unseen.append(Unseen(check, subject, why, damage))
            return None

    def hidden(self, check: str, subject: str, role: str) -> None:
        """Note that this login is shown less than there is, and which role would show it."""
        self.unseen.append(
            Unseen(check, subject, f"hidden from this login: grant it {role}, and ask again")
        )
