"""What may be sabotaged: only what this copy has, and what the settings have proven."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from checks.content.observation import ContentObservation, LeftOut
from fixtures.claims import BadInput
from fixtures.negative_control.cluster import GOOD_MARKER_GONE, PROGRAM, ROLE_ADDED
from fixtures.negative_control.objects import INDEX_DROPPED
from fixtures.negative_control.rows import ROW_CHANGED, ROW_GONE
from fixtures.negative_control.scope import Scope
from fixtures.negative_control.strike import choices, sabotage, strike
from fixtures.negative_control.table import SABOTAGES
from fixtures.source import Copy, Truth
from tests.sabotage.conftest import clean, site, truth
from tests.sabotage.faults.cluster import DATABASE
from tests.sabotage.site import Site
from tests.settings.helpers import BACKUP, load

__all__ = ["clean", "site", "truth"]

EVERYTHING = {
    "in nobody's truth": PROGRAM,
    "objects": INDEX_DROPPED,
    "numbers": ROW_GONE,
    "rows": ROW_CHANGED,
    "roles": ROLE_ADDED,
    "moment": GOOD_MARKER_GONE,
}


def known(mode: str = "full", *, after: object = None, left_out: bool = False) -> Truth:
    """A truth of the database core, and of none beside it."""
    budget = {"public.granules": LeftOut(reason="max_bytes")} if left_out else {}
    content = ContentObservation(mode=mode, seed=0, tables={}, left_out=budget)
    baseline = SimpleNamespace(databases={"core": SimpleNamespace(content=content)})
    return cast(Truth, SimpleNamespace(baseline=baseline, after=after, ledgers={"core": object()}))


def noticed(folder: Path, text: str, truth: Truth | None, **more: Any) -> dict[str, set[str]]:
    """In which databases somebody could notice what needs this much to be known."""
    scope = Scope.of(["other", "core"], truth, load(folder, BACKUP + text), **more)
    return {name: set(scope.of_sabotage(one)) for name, one in EVERYTHING.items()}


BOTH, CORE, NONE = {"core", "other"}, {"core"}, set[str]()


@pytest.mark.parametrize(
    ("text", "truth", "expected"),
    [
        pytest.param("", known(), (BOTH, CORE, CORE, CORE, CORE, CORE), id="all is known"),
        pytest.param("", None, (BOTH, NONE, NONE, NONE, NONE, NONE), id="no baseline"),
        pytest.param(
            "", known("counts"), (BOTH, CORE, CORE, NONE, CORE, CORE), id="a baseline of counts"
        ),
        pytest.param(
            '[proof]\ncontent = "ranges:10%"\n',
            known(),
            (BOTH, CORE, NONE, NONE, CORE, CORE),
            id="a share of the rows",
        ),
        pytest.param(
            '[proof]\nmax_source_bytes = "1MB"\n',
            known(),
            (BOTH, CORE, NONE, NONE, CORE, CORE),
            id="a budget of bytes",
        ),
        pytest.param(
            "",
            known(left_out=True),
            (BOTH, CORE, NONE, NONE, CORE, CORE),
            id="a baseline that left something out",
        ),
        pytest.param(
            '[content]\nproof = "bounded"\n',
            known(),
            (BOTH, NONE, NONE, NONE, NONE, CORE),
            id="bounds are accepted",
        ),
        pytest.param(
            "", known(after=object()), (BOTH, NONE, NONE, NONE, NONE, CORE), id="two baselines"
        ),
    ],
)
def test_only_what_is_proven_is_sabotaged(
    tmp_path: Path, text: str, truth: Truth | None, expected: tuple[set[str], ...]
) -> None:
    assert dict(zip(EVERYTHING, expected, strict=True)) == noticed(tmp_path, text, truth)


def test_without_globals_no_role_is_sabotaged(tmp_path: Path) -> None:
    assert NONE == noticed(tmp_path, "", known(), brings_roles=False)["roles"]


def test_a_subject_names_its_database_where_findings_do() -> None:
    one, two = Scope(("core",)), Scope(("core", "other"))
    assert "public.t" == one.subject(ROW_GONE, "core", "public.t")
    assert "core: public.t" == two.subject(ROW_GONE, "core", "public.t")
    # There is one of each of these, and findings name no database.
    assert "core_app" == two.subject(ROLE_ADDED, "core", "core_app")
    assert "good marker 7" == two.subject(GOOD_MARKER_GONE, "core", "good marker 7")


class Silent:
    """A record that wants a sabotage, and keeps what it is told."""

    def __init__(self, seed: int | None) -> None:
        self.run = SimpleNamespace(negative_control=seed)
        self.told: list[Any] = []
        self.sabotaged: Any = None

    def note(self, text: str) -> None:
        self.told.append(text)

    def tell(self, event: str, **content: Any) -> None:
        self.told.append((event, content))


def test_where_nothing_applies_it_is_bad_input_and_never_an_alarm() -> None:
    record = Silent(1)
    with pytest.raises(BadInput, match=r"^--negative-control: nothing in the restored copy can be"):
        strike(cast(Copy, SimpleNamespace(connect=None)), Scope(()), cast(Any, record))
    assert [] == record.told
    assert record.sabotaged is None


def test_without_the_option_not_even_a_connection_is_made() -> None:
    record = Silent(None)
    strike(cast(Copy, SimpleNamespace(connect=None)), Scope(("core",)), cast(Any, record))
    assert [] == record.told


def whole() -> Scope:
    """A drill in which everything is proven."""
    here = frozenset({DATABASE})
    return Scope((DATABASE,), here, here, here, True, here)


def test_a_seed_repeats_itself_and_seeds_differ(site: Site) -> None:
    """Chosen alike on two copies; over the seeds, kinds of every family come first."""
    first = []
    with site.copy() as one, site.copy() as other:
        for seed in range(40):
            chosen = [next(choices(copy.connect, whole(), seed)) for copy in (one, other)]
            assert chosen[0] == chosen[1]
            first.append(chosen[0])
    families = {check.partition(".")[0] for kind, _, _ in first for check in kind.noticed_by}
    assert {"counts", "schema", "integrity", "cluster"} <= families
    assert len({kind.name for kind, _, _ in first}) > len(SABOTAGES) // 2


def test_what_the_server_refuses_is_left_for_another_and_no_row_is_quoted(site: Site) -> None:
    """A table on which a view stands cannot be dropped, an overflow not be written."""
    notes: list[str] = []
    with site.copy() as copy:
        for seed in range(60):
            done = sabotage(copy.connect, whole(), seed, notes.append)
            assert done is not None
            assert seed == done.seed
            if notes:
                break
    assert notes
    assert all(
        note.startswith("not sabotaged: ") and note.rpartition(": ")[2].isidentifier()
        for note in notes
    )
