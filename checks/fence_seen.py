"""What is read of a fence by those who judge it.

Described here, because checks import nothing of the packages that observe.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from checks.accessors import Accessor

BY_LIMIT, BY_GROUPS, BY_COMMAND = "connection-limit", "security-group", "command"


class Backends(Accessor, Protocol):
    """Backends that are alike, counted, and of what kind they are."""

    @property
    def backend(self) -> str: ...
    @property
    def superuser(self) -> bool: ...


class Prepared(Protocol):
    """A prepared transaction."""

    @property
    def database(self) -> str: ...
    @property
    def owner(self) -> str: ...
    @property
    def name(self) -> str: ...


class Subscription(Protocol):
    """A subscription that is switched on: whatever its publisher sends is written here."""

    @property
    def database(self) -> str: ...
    @property
    def name(self) -> str: ...


class Login(Protocol):
    """What came of the application's login to one database."""

    @property
    def database(self) -> str: ...
    @property
    def admitted(self) -> bool: ...
    @property
    def sqlstate(self) -> str | None: ...
    @property
    def words(self) -> str: ...
    @property
    def wrote(self) -> bool: ...


class Observation(Protocol):
    """A fenced source, as seen."""

    @property
    def databases(self) -> Sequence[str]: ...
    @property
    def maintenance(self) -> str: ...
    @property
    def door_open(self) -> bool: ...
    @property
    def limits(self) -> Mapping[str, int]: ...
    @property
    def clients(self) -> Sequence[Backends]: ...
    @property
    def workers(self) -> Sequence[Backends]: ...
    @property
    def prepared(self) -> Sequence[Prepared]: ...
    @property
    def subscriptions(self) -> Sequence[Subscription]: ...
    @property
    def cron_jobs(self) -> int | None:
        """Active jobs of pg_cron in the databases; 0 without it, None: nobody can tell."""
        ...

    @property
    def logins(self) -> Sequence[Login]: ...
    @property
    def xmax_before(self) -> int: ...
    @property
    def xmax_after(self) -> int: ...
    @property
    def quiet_seconds(self) -> float: ...


class Rule(Protocol):
    """An ingress rule of a security group that reaches the source's port."""

    @property
    def group(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def said(self) -> str:
        """``tcp 5432 from 10.0.0.0/8``"""
        ...
