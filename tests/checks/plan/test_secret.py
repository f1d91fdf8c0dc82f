"""R47 to R49: the login's secret gets a new version, in which only the host differs."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.checks.plan import made_up
from tests.checks.plan.made_up import (
    ADOPTION,
    COPY,
    LOGIN,
    PASSWORD,
    SECRET,
    SOURCE,
    Document,
    adopt,
    change,
    checks,
    idle,
    login,
)


@pytest.fixture(name="plan")
def _plan() -> Document:
    return made_up.adopting()


@pytest.mark.parametrize("order", [["delete", "create"], ["create", "delete"]], ids="-".join)
def test_a_new_version_with_another_host_is_safe(plan: Document, order: list[str]) -> None:
    change(plan, LOGIN)["actions"] = order

    assert [] == checks(adopt(plan))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("password", "another-canary"),
        ("username", "canary-user"),
        ("database", "canary-database"),
        ("engine", "mysql"),
        ("port", 5433),
        ("canary-new-key", "canary-value"),
    ],
)
def test_anything_else_in_it_that_changes_is_refused_by_its_key_alone(
    plan: Document, key: str, value: object
) -> None:
    change(plan, LOGIN)["after"]["secret_string"] = login(COPY, **{key: value})

    (finding,) = adopt(plan).findings
    assert ("plan.secret.secret_string", LOGIN) == (finding.check, finding.subject)
    assert "changed" == finding.actual
    assert key in str(finding.expected)
    assert PASSWORD not in str(finding)
    assert str(value) not in str(finding.as_dict())


def test_a_key_that_goes_is_refused(plan: Document) -> None:
    text = json.loads(login(COPY))
    del text["hostReader"]
    change(plan, LOGIN)["after"]["secret_string"] = json.dumps(text)

    assert ["plan.secret.secret_string"] == checks(adopt(plan))


def test_the_port_may_change_where_clusters_differ_by_it(plan: Document) -> None:
    """In a rehearsal, and nowhere else."""
    change(plan, LOGIN)["after"]["secret_string"] = login(COPY, port=40001)

    assert ["plan.secret.secret_string"] == checks(adopt(plan))
    assert [] == checks(adopt(plan, replace(ADOPTION, own_port=True)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": "elsewhere.example.com"},
        {"hostReader": "elsewhere.example.com"},
        {"dbClusterIdentifier": "core-3"},
        {"dbClusterIdentifier": None},
        {"host": None},
        {"host": ""},
    ],
)
def test_the_new_host_is_the_restored_clusters(plan: Document, wrong: Document) -> None:
    """R47: a third host is as wrong as the old one."""
    change(plan, LOGIN)["after"]["secret_string"] = login(COPY, **wrong)

    assert ["plan.secret.secret_string"] == checks(adopt(plan))


@pytest.mark.parametrize("key", ["host", "hostReader"])
def test_a_login_that_moves_and_keeps_the_old_host_is_refused(plan: Document, key: str) -> None:
    """It would name the copy and lead to the source."""
    old = json.loads(login(SOURCE))[key]
    change(plan, LOGIN)["after"]["secret_string"] = login(COPY, **{key: old})

    (finding,) = adopt(plan).findings

    assert "plan.secret.secret_string" == finding.check
    assert key in str(finding.expected)
    assert old not in str(finding.as_dict())


def test_a_login_that_does_not_move_may_keep_a_host_of_ones_own(plan: Document) -> None:
    """Such as an alias in DNS, which is moved elsewhere: it names the restored copy already."""
    for when, reader in (("before", "reader.example.com"), ("after", None)):
        text = json.loads(login(COPY, host="db.example.com"))
        text["hostReader"] = reader or text["hostReader"]
        change(plan, LOGIN)[when]["secret_string"] = json.dumps(text)

    assert [] == checks(adopt(plan))


def test_a_login_that_moves_to_a_host_that_was_the_copys_already_is_safe(plan: Document) -> None:
    """Somebody had corrected the host by hand before; the plan makes up for the name."""
    hosts = {key: json.loads(login(COPY))[key] for key in ("host", "hostReader")}
    change(plan, LOGIN)["before"]["secret_string"] = login(SOURCE, **hosts)

    assert [] == checks(adopt(plan))


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("text", ["canary", '["canary"]', '{"host": "canary', "", None])
def test_a_text_that_is_no_object_cannot_be_judged(
    plan: Document, when: str, text: str | None
) -> None:
    change(plan, LOGIN)[when]["secret_string"] = text

    (finding,) = adopt(plan).findings
    assert "plan.secret.secret_string" == finding.check
    assert "canary" not in str(finding)


def test_a_text_that_is_not_known_yet_is_refused(plan: Document) -> None:
    """In an adoption the endpoint is known; without it nobody can see the password change."""
    del change(plan, LOGIN)["after"]["secret_string"]
    change(plan, LOGIN)["after_unknown"]["secret_string"] = True

    assert ["plan.secret.secret_string"] == checks(adopt(plan))


@pytest.mark.parametrize("paths", [None, [], [["secret_id"]], [["secret_string"], ["secret_id"]]])
def test_a_version_is_replaced_for_its_text_alone(plan: Document, paths: object) -> None:
    """Without paths it was tainted, or -replace asked for it."""
    change(plan, LOGIN)["replace_paths"] = paths

    assert ["plan.secret.replace_paths"] == checks(adopt(plan))


def test_the_version_of_another_secret_is_refused(plan: Document) -> None:
    change(plan, LOGIN)["after"]["secret_id"] = "arn:aws:secretsmanager:us-east-1:1:secret:other"

    assert ["plan.secret.secret_id"] == checks(adopt(plan))


@pytest.mark.parametrize("actions", [["delete"], ["update"], ["forget"], ["create"]], ids="-".join)
def test_a_version_is_replaced_or_left_alone(plan: Document, actions: list[str]) -> None:
    change(plan, LOGIN)["actions"] = actions

    assert ["plan.secret.action"] == checks(adopt(plan))


def test_a_login_that_goes_on_naming_the_source_is_stale(plan: Document) -> None:
    """R47: the second secret, which nothing updates, is the one that the application reads."""
    second = f"{LOGIN}_of_the_application"
    for name, expected in ((COPY, []), (SOURCE, ["plan.secret.dbClusterIdentifier"])):
        plan["resource_changes"] = [
            one for one in plan["resource_changes"] if one["address"] != second
        ] + [idle(second, secret_id="x", secret_string=login(name))]

        assert expected == checks(adopt(plan))


@pytest.mark.parametrize(
    "actions", [["delete"], ["delete", "create"], ["create"], ["forget"]], ids="-".join
)
def test_the_secret_itself_keeps_its_arn(plan: Document, actions: list[str]) -> None:
    """R48."""
    change(plan, SECRET)["actions"] = actions

    (finding,) = adopt(plan).findings
    assert ("plan.other.action", SECRET) == (finding.check, finding.subject)


def test_a_secret_that_could_not_be_had_back_is_refused(plan: Document) -> None:
    change(plan, SECRET)["actions"] = ["update"]
    change(plan, SECRET)["after"]["recovery_window_in_days"] = 0

    window, action = adopt(plan).findings
    assert ("plan.secret.recovery_window_in_days", 30, 0) == (
        window.check,
        window.expected,
        window.actual,
    )
    assert "plan.other.action" == action.check
