"""Is the source reached from here: its name, its port, its login, the databases that are meant?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from checks.finding import Finding
from checks.judgement import Judgement
from checks.names import is_named
from checks.readiness.unasked import Unasked, unasked

NAME = "readiness.name"
PORT = "readiness.port"
LOGIN = "readiness.login"
DATABASES = "readiness.databases"
INVENTORY = "readiness.inventory"


@dataclass(frozen=True, slots=True)
class Entered:
    """What a login found: the databases that it can connect to, and the tables in each.

    version  the server's, ``15.4``
    amcheck  the version that the server could install; None where it has none
    tables   (schema, table) by database; a database that could not be entered is not in it
    refused  why a database could not be entered, by database
    """

    version: str
    amcheck: str | None
    databases: tuple[str, ...]
    tables: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far one comes towards the source.

    addresses  what its name resolves to; empty where it does not
    port_said  why its port was not reached; None where it was, or the name did not resolve
    own        this machine's address on the way there; None where the port was not reached
    entered    what a login found, or why it was refused; None where no login is known, or the port
               was not reached
    """

    host: str
    port: int
    addresses: tuple[str, ...] = ()
    name_said: str | None = None
    port_said: str | None = None
    own: str | None = None
    entered: Entered | str | None = None

    @property
    def place(self) -> str:
        return f"{self.host}:{self.port}"


def check_reach(reach: Reach) -> list[Finding]:
    """Its name resolves, and its port takes connections from here."""
    if not reach.addresses:
        return [
            Finding(
                NAME,
                reach.host,
                "a name that resolves",
                reach.name_said or "no address",
                "Run where the VPC's names resolve, or correct the resolver of this machine.",
            )
        ]
    if reach.own is None:
        return [
            Finding(
                PORT,
                reach.place,
                "a connection is accepted",
                reach.port_said or "no connection",
                "Let this machine in: security groups, network ACLs, routes; and see that the "
                "source has an instance that runs.",
            )
        ]
    return []


def judge_login(reach: Reach) -> Judgement:
    """The login that the settings name is let in; the caller asks only where there is one."""
    if reach.own is None:
        return unasked(LOGIN, reach.place, Unasked("the source's port was not reached"))
    if isinstance(reach.entered, str):
        return Judgement(
            (
                Finding(
                    LOGIN,
                    reach.place,
                    "the login is let in",
                    reach.entered,
                    "Correct [source] login: its user, its password, pg_hba or rds_iam.",
                ),
            )
        )
    return Judgement()


def judge_databases(reach: Reach, named: Collection[str] | None) -> Judgement:
    """R59: every database that is named is there, and lets the login in."""
    entered = reach.entered
    if not isinstance(entered, Entered):
        return unasked(DATABASES, reach.place, Unasked("nobody could log in to look"))
    findings = [
        Finding(
            DATABASES,
            name,
            "a database that can be connected to",
            "no such database",
            "Correct [source] databases, or see where the database went.",
        )
        for name in named or ()
        if name not in entered.databases
    ]
    findings += [
        Finding(
            DATABASES,
            name,
            "a database that the login can connect to",
            said,
            "Grant the login CONNECT on it, or leave it out of [source] databases.",
        )
        for name, said in entered.refused.items()
        if named is None or name in named
    ]
    return Judgement(tuple(findings))


def judge_inventory(reach: Reach, must_have: Collection[str]) -> Judgement:
    """R5: the tables that a copy must hold are in the source, or no restore will bring them."""
    entered = reach.entered
    if not isinstance(entered, Entered):
        return unasked(INVENTORY, reach.place, Unasked("nobody could log in to look"))
    tables = [table for each in entered.tables.values() for table in each]
    return Judgement(
        tuple(
            Finding(
                INVENTORY,
                name,
                "table present in the source",
                None,
                "See whether it was dropped, or must_have_tables names it wrongly.",
            )
            for name in must_have
            if not any(is_named(name, table) for table in tables)
        )
    )
