"""Names of tables as people and SQL write them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from checks.names import split_name


@given(st.lists(st.text(alphabet='ab".ÄÖ %', min_size=1), min_size=1, max_size=3))
def test_split_name_undoes_quoting(parts: list[str]) -> None:
    rendered = ".".join('"' + part.replace('"', '""') + '"' for part in parts)
    assert split_name(rendered) == tuple(parts)
