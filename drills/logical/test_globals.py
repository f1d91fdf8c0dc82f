"""What belongs to no single database came back with its rights."""

from __future__ import annotations

from checks.dumped import compare_roles
from checks.judgement import Judgement
from fixtures.claims import NotProven
from fixtures.judging import Judge
from fixtures.own.logical import Globals, WholeDumps
from fixtures.source import Copy, Origin


def test_every_role_of_the_globals_came_back(
    restored_globals: Globals,
    whole_dumps: WholeDumps,
    writable_copy: Copy,
    source: Origin,
    judge: Judge,
) -> None:
    """Every role that the globals make is in the copy (R34)."""
    if not whole_dumps.bring_roles:
        roles = len(restored_globals.placeholders)
        raise NotProven(
            f"[dump] globals names no file: {roles} roles that the dumps name were made without "
            "rights; dump them with `pg_dumpall --globals-only`"
        )
    with writable_copy.connect(source.maintenance) as connection:
        restored = [name for (name,) in connection.execute("select rolname from pg_roles")]

    findings = judge(Judgement(tuple(compare_roles(whole_dumps.roles, restored))))

    assert findings == []
