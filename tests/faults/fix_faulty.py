"""Somebody's account behind a faulty door, and whole drills against it."""

from __future__ import annotations

import json
import secrets
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fixtures.guardian import Guardian
from tests.account.fix_account import Somebody, somebody
from tests.drills.fix_drill import Drill, Outcome
from tests.drills.test_kill import processes
from tests.faults.log import Entry, Mutation, entries, mutations
from tests.faults.rule import Rule
from tests.faults.source import names_of, source_of


@dataclass
class Faulty:
    """An account, its faults, and its server's log of requests."""

    account: Somebody
    log: Path

    def obey(self, rules: Sequence[Rule]) -> None:
        """From now on these."""
        self._ask(json.dumps([rule.as_json() for rule in rules]).encode())

    @property
    def struck(self) -> list[int]:
        """How often each rule did."""
        return self._ask(None)

    def _ask(self, body: bytes | None) -> list[int]:
        url = f"{self.account.cloud.endpoint}/faults"
        with urllib.request.urlopen(url, body) as answer:  # noqa: S310 - http, loopback
            struck: list[int] = json.load(answer)
            return struck

    def entries(self) -> list[Entry]:
        return entries(self.log)

    def mutations(self) -> list[Mutation]:
        return mutations(self.log)


@contextmanager
def faulty(folder: Path) -> Iterator[Faulty]:
    """An account whose application has stopped writing, so that its data can be compared."""
    log = folder / "requests.jsonl"
    arguments = [f"--requests={log}"]
    with (
        Guardian.start() as guardian,
        somebody(guardian, module="tests.faults.cloud", arguments=arguments) as account,
    ):
        account.writer.pause()
        yield Faulty(account, log)


@dataclass
class Night:
    """One whole drill against a faulty account, and what it left; `mark` is in the environment of
    all its processes."""

    result: Outcome
    before: dict[str, Any]
    after: dict[str, Any]
    changes: list[Mutation]
    names: set[str]
    mark: str
    work: Path

    def touched_nothing(self) -> None:
        """No request for a change to the source, and its data, schema and settings as they were."""
        assert [] == [change for change in self.changes if change.touches(self.names)]
        assert {k: v for k, v in self.before.items() if k != "account"} == {
            k: v for k, v in self.after.items() if k != "account"
        }

    def left_nothing(self) -> None:
        """Nor anything beside the source, in the account and on this machine."""
        self.touched_nothing()
        assert self.before["account"] == self.after["account"]
        assert {} == processes(self.mark, str(self.work))
        assert [] == list(self.work.iterdir())


def night(
    faulty: Faulty,
    drill: Drill,
    settings: Path,
    rules: Sequence[Rule] | Callable[[int], Sequence[Rule]],
    *more: str,
) -> Night:
    """Run ``pytest drills/pitr --cloud=aws`` while these faults happen.

    rules  may be made of the process id of pytest
    """
    account = faulty.account
    mark = f"mark-{secrets.token_hex(8)}"
    drill.environ |= {**account.environ, "DRILL_TEST_MARK": mark}
    before, names = source_of(account), names_of(account)
    begun, known = len(faulty.mutations()), drill.folders()
    running = drill.start(
        "--cloud=aws", f"--drill-config={settings}", "--keep-restored=never", *more
    )
    # It takes seconds to ask its first question.
    rules = rules(running.pid) if callable(rules) else rules
    faulty.obey(rules)
    try:
        out, _ = running.communicate(timeout=900)
        struck = faulty.struck
    finally:
        faulty.obey([])
        running.kill()  # else it would go on without us
    assert not rules or any(struck), f"the fault never happened: {out}"
    new = drill.folders() - known
    return Night(
        Outcome(running.returncode, out, new.pop() if new else drill.evidence),
        before,
        source_of(account),
        faulty.mutations()[begun:],
        names,
        mark,
        drill.work,
    )
