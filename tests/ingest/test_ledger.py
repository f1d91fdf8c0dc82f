"""What was enabled, in the comment of a database: beside what else stands there."""

from __future__ import annotations

import pytest

from checks.ingest.seen import States
from fixtures.aws.ingest.errors import GoOnWithThatRun
from fixtures.ingest.ledger import Kept, Ledger, forget_captured
from fixtures.postgres.fence import raise_fence
from fixtures.postgres.fence_mark import Marker
from fixtures.postgres.server import Server

RUN = "20261127-120000-ab12"
STATES = States({"it's": True, "b]": False}, {"core-b": True}, {"arn to core": False}, {"q": "1a"})


@pytest.fixture
def ledger(core: Server) -> Ledger:
    return Ledger(core.connect, "postgres", "core")


def comment(server: Server) -> str | None:
    with server.connect() as connection:
        row = connection.execute(
            "select shobj_description(oid, 'pg_database') from pg_database where datname = 'core'"
        ).fetchone()
    return None if row is None else row[0]


@pytest.mark.parametrize("before", [None, "the archive's [core]"])
def test_the_comment_is_as_it_was_afterwards(
    core: Server, ledger: Ledger, before: str | None
) -> None:
    """R57: whether the fence comes and goes within it, or stays behind it."""
    if before is not None:
        with core.connect() as connection:
            connection.execute("comment on database core is 'the archive''s [core]'")
    assert ledger.read() is None
    ledger.write(RUN, STATES)
    fence = raise_fence(core.connect, ["core"], maintenance="postgres", marker=Marker(RUN, "h"))
    entry = ledger.read()
    assert entry is not None
    assert (RUN, STATES, "core") == (entry.run, entry.states, entry.database)

    ledger.wipe()
    assert ledger.read() is None
    assert (comment(core) or "").startswith(before or "[fenced by")
    ledger.write(RUN, STATES)
    fence.lift()
    assert ledger.read() is not None
    ledger.wipe()
    assert before == comment(core)


def test_writing_it_again_leaves_one(core: Server, ledger: Ledger) -> None:
    ledger.write(RUN, States())
    ledger.write(RUN, STATES)
    entry = ledger.read()
    assert entry is not None
    assert STATES == entry.states
    assert 1 == (comment(core) or "").count("ingest halted")


def test_a_copy_from_after_the_halt_says_it_no_more(core: Server, ledger: Ledger) -> None:
    """R57: it is the source's to say."""
    ledger.write(RUN, STATES)
    forget_captured(core.connect, "postgres")
    assert comment(core) is None


def test_what_was_resumed_on_the_copy_is_still_known(core: Server, ledger: Ledger) -> None:
    """R57: it halts nothing any more, another run is refused, and a back-out knows what it was."""
    kept = Kept(ledger, RUN, lambda _: None)
    kept.write(STATES)

    kept.forget(moved=True)

    assert kept.read() is None
    entry = ledger.read()
    assert entry is not None
    assert (True, STATES) == (entry.moved, entry.states)
    with pytest.raises(GoOnWithThatRun, match=RUN):
        Kept(ledger, "20261127-130000-cd34", lambda _: None).read()

    ledger.wipe()
    assert comment(core) is None
