"""R43, R44, R48, R67: the state after an adoption, held against the one before."""

from __future__ import annotations

import pytest

from checks.adoption import check_leaks, check_logins, check_managed, check_second_plan

CLUSTER = "module.db.aws_rds_cluster.cumulus"
WRITER = "module.db.aws_rds_cluster_instance.cumulus[0]"
SECRET = "module.db.aws_secretsmanager_secret.rds_login"
VERSION = "module.db.aws_secretsmanager_secret_version.rds_login"
GROUP = "module.db.aws_security_group.access"
BEFORE = {
    CLUSTER: "core",
    WRITER: "core-1",
    SECRET: "arn:secret",
    VERSION: "arn:secret|1",
    GROUP: "sg-0",
}
AFTER = {**BEFORE, CLUSTER: "copy", WRITER: "copy-1", VERSION: "arn:secret|2"}
MOVED = {CLUSTER: ("core", "copy"), WRITER: ("core-1", "copy-1")}


def judge(after: dict[str, str]) -> set[tuple[str, str]]:
    findings = check_managed(BEFORE, after, cluster_address=CLUSTER, moved=MOVED)
    return {(finding.check, finding.subject) for finding in findings}


def test_an_adoption_that_moved_what_it_meant_is_silent() -> None:
    assert set() == judge(AFTER)


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ({**AFTER, CLUSTER: "other"}, {("adoption.cluster", CLUSTER)}),
        (
            {**AFTER, CLUSTER: "core"},
            {("adoption.cluster", CLUSTER), ("adoption.old_id", CLUSTER)},
        ),
        (
            {one: held for one, held in AFTER.items() if one != CLUSTER},
            {("adoption.cluster", CLUSTER)},
        ),
        (
            {**AFTER, WRITER: "core-1"},
            {("adoption.others", WRITER), ("adoption.old_id", WRITER)},
        ),
        ({one: held for one, held in AFTER.items() if one != GROUP}, {("adoption.others", GROUP)}),
        ({**AFTER, SECRET: "arn:other"}, {("adoption.others", SECRET)}),
        (
            {**AFTER, "aws_rds_cluster.second": "core"},
            {
                ("adoption.others", "aws_rds_cluster.second"),
                ("adoption.old_id", "aws_rds_cluster.second"),
            },
        ),
    ],
    ids=[
        "another cluster",
        "the old cluster",
        "no cluster",
        "an old instance",
        "a group lost",
        "another secret",
        "the old cluster elsewhere",
    ],
)
def test_one_that_moved_something_else_is_told(
    after: dict[str, str], said: set[tuple[str, str]]
) -> None:
    assert said == judge(after)


def test_an_empty_second_plan_is_silent_and_a_change_is_told() -> None:
    """R50."""
    assert [] == check_second_plan([])
    assert [f"update {CLUSTER}"] == [
        finding.actual for finding in check_second_plan([f"update {CLUSTER}"])
    ]


def test_a_login_that_reaches_the_copy_is_silent_and_another_is_told() -> None:
    """R47."""
    assert [] == check_logins("copy:1", {"arn:secret": "copy:1"})
    (finding,) = check_logins("copy:1", {"arn:secret": "copy:1", "arn:other": "old:1"})
    assert ("adoption.login", "arn:other") == (finding.check, finding.subject)


def test_a_file_with_a_password_is_told() -> None:
    """R49."""
    assert [] == check_leaks([])
    assert ["journal.jsonl"] == [finding.subject for finding in check_leaks(["journal.jsonl"])]
