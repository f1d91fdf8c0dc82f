"""A fault: one thing wrong with a copy, and the check that must say so."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a copy.

    check, subject  the check that must report it, and of which object; it may say more than that
    sql             the statements that break it, one by one as a superuser; between ``begin`` and
                    ``commit`` in one transaction
    undo            statements that take back what would outlive the copy: a role, a subscription
                    (its database cannot be dropped), a setting of the server
    since           ``server_version_num`` from which it can be done; left out on older servers
    needs           an extension that the server must have at hand, else it is left out
    """

    name: str
    check: str
    subject: str
    sql: tuple[str, ...]
    undo: tuple[str, ...] = ()
    since: int = 0
    needs: str | None = None

    @property
    def family(self) -> str:
        """The family of checks that must ring: schema, content, integrity …"""
        return self.check.partition(".")[0]


def fault(
    name: str,
    check: str,
    subject: str,
    *sql: str,
    undo: tuple[str, ...] = (),
    since: int = 0,
    needs: str | None = None,
) -> Fault:
    """A row of a table of faults."""
    return Fault(name, check, subject, sql, undo, since, needs)
