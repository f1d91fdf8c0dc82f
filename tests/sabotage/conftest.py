"""A source with the samples, and what is said of a copy that nobody broke."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from checks.judgement import Judgement
from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.binaries import Binaries
from tests.sabotage.judges import Truth, judge
from tests.sabotage.site import Site, open_site


@pytest.fixture(scope="session")
def site(guardian: Guardian, binaries: Binaries, account: Account) -> Iterator[Site]:
    with open_site(guardian, binaries, account) as opened:
        yield opened


@pytest.fixture(scope="session")
def truth(site: Site) -> Truth:
    """What the source holds."""
    return Truth.of(site.source)


@pytest.fixture(scope="session")
def clean(site: Site, truth: Truth) -> Judgement:
    """What is said of a faithful physical copy."""
    with site.copy() as copy:
        return judge(truth, copy, physical=True)
