"""The dangers inside an innocent update, each beside a change of that attribute that is none."""

from __future__ import annotations

import pytest

from tests.checks.plan import made_up
from tests.checks.plan.made_up import CLUSTER, COPY, PASSWORD, adopt, change, checks

ANY = "sg-0access"

WANTED = {"skip_final_snapshot": False, "final_snapshot_identifier": "the name of a snapshot"}
"""What is expected of those that an import cannot read; of the others, what was there before."""


@pytest.mark.parametrize(
    ("name", "was", "harmless", "danger"),
    [
        ("deletion_protection", False, True, ...),
        ("deletion_protection", True, True, False),
        ("deletion_protection", True, True, None),
        ("backup_retention_period", 7, 14, 1),
        ("backup_retention_period", 7, 7, 0),
        ("skip_final_snapshot", True, False, True),
        ("skip_final_snapshot", False, False, True),
        ("final_snapshot_identifier", None, "core-2-final", None),
        ("final_snapshot_identifier", "core-2-final", "core-2-last", ""),
        ("delete_automated_backups", True, False, ...),
        ("delete_automated_backups", False, False, True),
        ("delete_automated_backups", None, True, ...),
        ("snapshot_identifier", None, None, "core-before"),
        ("snapshot_identifier", "core-before", None, "core-other"),
        ("restore_to_point_in_time", [], [], [{"source_cluster_identifier": "core-1"}]),
        ("engine", "aurora-postgresql", "aurora-postgresql", "aurora-mysql"),
        ("engine_mode", "provisioned", "provisioned", "serverless"),
        ("engine_version", "17.4", "17.10", "17.3"),
        ("engine_version", "17.4", "17", "16"),
        ("engine_version", "17.4", "17.4", "18.1"),
        ("engine_version", "17.4", "17.5", None),
        ("engine_version", "9.6.22", "9.6.24", "9.5.1"),
        ("engine_version", "8.0.mysql_aurora.3.04.0", "8.0.mysql_aurora.3.05.2", "x"),
        ("db_cluster_parameter_group_name", "default.aurora-postgresql17", "core", ...),
        ("db_cluster_parameter_group_name", "quarantine", "core", "default.aurora-postgresql17"),
        ("db_cluster_parameter_group_name", "core", "core-b", None),
        ("vpc_security_group_ids", ["sg-9", ANY], [ANY, "sg-9"], []),
        ("vpc_security_group_ids", ["sg-0quarantine"], [ANY], ["sg-0quarantine", "sg-0world"]),
        ("vpc_security_group_ids", ["sg-9"], ["sg-9"], ["sg-0world"]),
        ("master_password_wo_version", None, 1, ...),
        ("master_password_wo_version", 1, 1, 2),
        ("manage_master_user_password", None, None, True),
        ("manage_master_user_password", True, True, None),
        ("iam_database_authentication_enabled", False, True, ...),
        ("iam_database_authentication_enabled", True, True, None),
        ("iam_roles", [], None, ["arn:aws:iam::1:role/load"]),
        ("iam_roles", ["arn:aws:iam::1:role/load"], ["arn:aws:iam::1:role/load"], []),
        ("enabled_cloudwatch_logs_exports", [], ["postgresql"], ...),
        ("enabled_cloudwatch_logs_exports", ["postgresql"], ["postgresql"], []),
        ("global_cluster_identifier", "", None, "everywhere"),
        ("replication_source_identifier", "", None, "arn:aws:rds:eu-west-1:1:cluster:x"),
        ("port", 5432, 5432, 5433),
        ("storage_encrypted", True, True, False),
        ("kms_key_id", "arn:aws:kms:1", "arn:aws:kms:1", "arn:aws:kms:2"),
        ("db_subnet_group_name", "core", "core", "default"),
        ("database_name", "core", "core", "other"),
        ("master_username", "core_admin", "core_admin", "root"),
        ("availability_zones", ["a", "b"], ["a", "b"], ["a"]),
        (
            "serverlessv2_scaling_configuration",
            [{"min_capacity": 1, "max_capacity": 4}],
            [{"min_capacity": 0.5, "max_capacity": 8}],
            [{"min_capacity": 0, "max_capacity": 4}],
        ),
        (
            "serverlessv2_scaling_configuration",
            [],
            [{"min_capacity": 0.5, "max_capacity": 8}],
            [{"min_capacity": 0, "max_capacity": 8}],
        ),
        (
            "serverlessv2_scaling_configuration",
            [{"min_capacity": 1, "max_capacity": 4}],
            [{"min_capacity": 1, "max_capacity": 4}],
            [],
        ),
        (
            "scaling_configuration",
            [{"min_capacity": 2, "auto_pause": False}],
            [{"min_capacity": 4, "auto_pause": False}],
            [{"min_capacity": 2, "auto_pause": True}],
        ),
        # Nobody has thought about these.
        ("storage_type", "", "", "aurora-iopt1"),
        ("network_type", "IPV4", "IPV4", "DUAL"),
        ("something_of_version_9", None, False, True),
    ],
)
def test_a_danger_inside_an_update_is_refused_and_its_harmless_twin_is_not(
    name: str, was: object, harmless: object, danger: object
) -> None:
    """R46, R48. `...` is no danger of its own."""
    for becomes, expected in ((harmless, []), (danger, [f"plan.cluster.{name}"])):
        if becomes is ...:
            continue
        plan = made_up.adopting()
        change(plan, CLUSTER)["before"][name] = was
        change(plan, CLUSTER)["after"][name] = becomes
        judged = adopt(plan)

        assert expected == checks(judged)
        for finding in judged.findings:
            assert (CLUSTER, becomes) == (finding.subject, finding.actual)
            assert WANTED.get(name, was) == finding.expected


def test_a_login_that_rds_keeps_already_may_be_configured_so() -> None:
    """An import finds the secret, and not the setting that made it."""
    plan = made_up.adopting()
    for side in ("before", "after"):
        change(plan, CLUSTER)[side]["master_user_secret"] = [{"secret_arn": "arn:aws:sm:x"}]
    change(plan, CLUSTER)["after"]["manage_master_user_password"] = True

    assert [] == checks(adopt(plan))


@pytest.mark.parametrize(
    ("was", "becomes", "expected"),
    [
        (None, PASSWORD, []),
        (PASSWORD, PASSWORD, []),
        (PASSWORD, "another-canary", ["plan.cluster.master_password"]),
        (PASSWORD, None, ["plan.cluster.master_password"]),
    ],
    ids=["import's", "same", "another", "none"],
)
def test_a_password_may_be_set_where_an_import_could_not_read_it_and_not_changed(
    was: str | None, becomes: str | None, expected: list[str]
) -> None:
    plan = made_up.adopting()
    change(plan, CLUSTER)["before"]["master_password"] = was
    change(plan, CLUSTER)["after"]["master_password"] = becomes

    assert expected == checks(adopt(plan))


@pytest.mark.parametrize("marks", ["marked", "unmarked"])
def test_a_changed_password_is_told_as_changed(marks: str) -> None:
    """R49: by its name, if the provider forgot to mark it."""
    plan = made_up.adopting()
    changing = change(plan, CLUSTER)
    changing["before"]["master_password"] = "another-canary"
    if marks == "unmarked":
        changing["before_sensitive"] = changing["after_sensitive"] = {}

    (finding,) = adopt(plan).findings
    assert ("a sensitive value", "changed") == (finding.expected, finding.actual)
    assert "canary" not in str(finding)


def test_what_the_configuration_marks_as_sensitive_is_not_shown() -> None:
    plan = made_up.adopting()
    changing = change(plan, CLUSTER)
    changing["after"]["port"] = 54321
    changing["after_sensitive"]["port"] = True

    (finding,) = adopt(plan).findings
    assert ("a sensitive value", "changed") == (finding.expected, finding.actual)


@pytest.mark.parametrize(
    ("name", "becomes"),
    [
        ("tags", {"team": "other"}),
        ("tags_all", {}),
        ("apply_immediately", False),
        ("copy_tags_to_snapshot", True),
        ("preferred_backup_window", "01:00-03:00"),
        ("enable_http_endpoint", True),
        ("enable_global_write_forwarding", False),
        ("backtrack_window", 0),
        ("cluster_members", [f"{COPY}-1", f"{COPY}-2"]),
    ],
)
def test_what_takes_nothing_away_may_change(name: str, becomes: object) -> None:
    plan = made_up.adopting()
    change(plan, CLUSTER)["after"][name] = becomes

    assert [] == checks(adopt(plan))


@pytest.mark.parametrize(
    ("name", "danger"), [("skip_final_snapshot", True), ("final_snapshot_identifier", None)]
)
def test_what_an_import_cannot_read_is_told_as_it_is_wanted(name: str, danger: object) -> None:
    """Not as it was: an unchanged danger would read as if it were what is expected."""
    plan = made_up.adopting()
    change(plan, CLUSTER)["before"][name] = danger
    change(plan, CLUSTER)["after"][name] = danger

    (finding,) = adopt(plan).findings

    assert (WANTED[name], danger) == (finding.expected, finding.actual)


@pytest.mark.parametrize(
    ("least", "unknown", "refused"),
    [
        (0.5, "seconds_until_auto_pause", False),
        (0, "seconds_until_auto_pause", True),
        (0.5, "min_capacity", True),
    ],
)
def test_only_the_seconds_until_a_pause_may_be_known_after_the_apply(
    least: float, unknown: str, refused: bool
) -> None:
    """The provider computes them, and above a minimum of 0 there is no pause."""
    name = "serverlessv2_scaling_configuration"
    plan = made_up.adopting()
    change(plan, CLUSTER)["after"][name] = [{"max_capacity": 4, "min_capacity": least}]
    change(plan, CLUSTER)["after_unknown"][name] = [{unknown: True}]

    assert ([f"plan.cluster.{name}"] if refused else []) == checks(adopt(plan))
