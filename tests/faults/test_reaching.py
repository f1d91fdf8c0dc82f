"""A copy that is available and cannot be reached yet is waited for, and not for ever."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest

from fixtures.aws.wait import Pace
from fixtures.reaching import NotReached, reached
from fixtures.source import Address, Connection, Copy, Login
from tests.aws.fix_aws import FakeClock

NO_NAME = 'could not translate host name "copy.rds" to address: Name or service not known'
NO_PORT = 'connection to server at "10.0.0.7", port 5432 failed: Connection refused'
RECOVERS = "FATAL: the database system is starting up"
NO_WAY_IN = (
    'FATAL: password authentication failed for user "core_admin"',
    'FATAL: no pg_hba.conf entry for host "10.0.0.8", user "core_admin", database "postgres"',
    'FATAL: too many connections for database "postgres"',
)


class Open:
    """A session that can be closed."""

    def __enter__(self) -> Open:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class Reluctant(Address):
    """Refuses with these words, one after the other, and lets everybody in then."""

    words: list[str] = field(default_factory=list)

    def connect(self, login: Login, database: str) -> Connection:
        if self.words:
            raise psycopg.OperationalError(self.words.pop(0))
        session: Any = Open()
        return session


def copy_that_says(*words: str) -> Copy:
    address = Reluctant("copy.rds", 5432, list(words))
    return Copy("core-copy", address, Login("core_admin", "correct-horse"))


def test_dns_a_port_and_a_recovery_are_waited_for(clock: FakeClock) -> None:
    copy = copy_that_says(NO_NAME, NO_NAME, NO_PORT, RECOVERS)
    pace = Pace(clock=clock, sleep=clock.sleep)

    assert copy is reached(copy, "postgres", pace)
    assert [pace.poll] * 4 == clock.slept


def test_a_name_that_never_resolves_ends_the_wait_with_its_words(clock: FakeClock) -> None:
    copy = copy_that_says(*[NO_NAME] * 1000)

    with pytest.raises(NotReached, match=r"after 900 s: could not translate host name") as end:
        reached(copy, "postgres", Pace(clock=clock, sleep=clock.sleep))
    assert "correct-horse" not in str(end.value)


@pytest.mark.parametrize("words", NO_WAY_IN)
def test_a_login_that_is_refused_is_not_tried_again(clock: FakeClock, words: str) -> None:
    with pytest.raises(NotReached, match=re.escape(words)):
        reached(copy_that_says(words, words), "postgres", Pace(clock=clock))
    assert [] == clock.slept


def test_a_real_port_that_nobody_listens_on_yet_is_waited_for(clock: FakeClock) -> None:
    """libpq's own words are of those that pass."""
    copy = Copy("core-copy", Address("127.0.0.1", 1), Login("core_admin", "correct-horse"))

    with pytest.raises(NotReached, match="after 45 s: connection failed"):
        reached(copy, "postgres", Pace(deadline=40, clock=clock, sleep=clock.sleep))
    assert 3 == len(clock.slept)
