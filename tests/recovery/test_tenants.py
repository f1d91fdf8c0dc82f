"""A recovery rewinds the whole cluster: who else lives there is known before, and proven after."""

from __future__ import annotations

import pytest

from tests.recovery.fix_recovery import Recovery

PROOF = "test_what_is_rewound_besides_came_back"


@pytest.fixture
def shared_cluster(recovery: Recovery) -> Recovery:
    """The source has a database of somebody else."""
    with recovery.account.connect("postgres") as conn:
        conn.execute("create database atlas")
    with recovery.account.connect("atlas") as conn:
        conn.execute("create table maps (id integer primary key)")
    return recovery


def named(recovery: Recovery) -> None:
    text = recovery.settings.read_text()
    recovery.settings.write_text(text.replace("[restore]", 'tenants = ["atlas"]\n\n[restore]'))


@pytest.mark.slow
def test_nobody_is_asked_only_where_each_tenant_is_named(shared_cluster: Recovery) -> None:
    """R60: exit 4, and nothing was touched; what `--yes` answers for is in the journal."""
    refused = shared_cluster.command()
    assert 4 == refused.returncode, refused.stdout
    assert "atlas (" in refused.stdout + refused.stderr
    assert '[source] tenants = ["atlas"]' in refused.stdout + refused.stderr
    assert {} == shared_cluster.copies()

    named(shared_cluster)
    result = shared_cluster.run()
    assert 0 == result.status, result.out
    assert "passed" == result.claims()[PROOF]
    notes = [event["text"] for event in result.of("step_note")]
    (told,) = [one for one in notes if one.startswith("recovery: rewound as well: ")]
    assert "atlas (" in told
    assert "not fenced, proven to be there and no more" in told


@pytest.mark.slow
def test_a_drill_lists_and_proves_them_too(shared_cluster: Recovery) -> None:
    """R59, R60: with databases = ["core"] the other is no stranger in the copy."""
    result = shared_cluster.drill.run(*shared_cluster.drilling)
    assert "passed" == result.claims()[PROOF], result.out
    assert "passed" == result.claims()["test_every_database_came_back"]
    assert "atlas (" in str(result.facts("tenants"))
