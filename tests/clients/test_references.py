"""R67: settings that refer to the cluster equal the module's outputs, and a stale one is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from checks.references import Referred, check_references
from fixtures.clients.references import read_references
from fixtures.settings.clients import Reference
from fixtures.terraform.state import State

ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:core-rds-login-AbCdEf"
GROUP = "sg-0123456789abcdef0"
OUTPUTS = {"login_secret_arn": ARN, "security_group_id": GROUP, "groups": ["b", "a"]}
TFVARS = f"""
# of an operator
rds_user_access_secret_arn = "{ARN}"
rds_security_group = "{GROUP}"
groups = ["a", "b"]
by_hand = "${{local.x}}"
by_whom = {{ "clients" = "sg-1", runner = "sg-2" }}
"""


def reference(file: Path, variable: str, output: str) -> Reference:
    return Reference(file=file, variable=variable, output=output)


def read(file: Path, variable: str, output: str = "login_secret_arn") -> Referred:
    (found,) = read_references([reference(file, variable, output)])
    return found


@pytest.fixture
def tfvars(tmp_path: Path) -> Path:
    file = tmp_path / "cumulus-tf" / "terraform.tfvars"
    file.parent.mkdir()
    file.write_text(TFVARS)
    return file


def test_what_equals_the_outputs_is_silent(tfvars: Path) -> None:
    """Lists whatever their order; JSON as well as HCL."""
    as_json = tfvars.with_name("more.tfvars.json")
    as_json.write_text(json.dumps({"rds_user_access_secret_arn": ARN}))
    pairs = [
        (tfvars, "rds_user_access_secret_arn", "login_secret_arn"),
        (tfvars, "rds_security_group", "security_group_id"),
        (tfvars, "groups", "groups"),
        (as_json, "rds_user_access_secret_arn", "login_secret_arn"),
    ]
    referred = read_references(reference(*one) for one in pairs)

    judged = check_references(referred, OUTPUTS, "before the plan")

    assert ((), ()) == (judged.findings, judged.gaps)


def test_a_stale_reference_is_told_with_both_names(tfvars: Path) -> None:
    old = ARN.replace("AbCdEf", "GoneBy")
    tfvars.write_text(TFVARS.replace(ARN, old))

    judged = check_references(
        [read(tfvars, "rds_user_access_secret_arn")], OUTPUTS, "after the apply"
    )

    (finding,) = judged.findings
    assert "references.value" == finding.check
    assert "rds_user_access_secret_arn in cumulus-tf/terraform.tfvars" == finding.subject
    assert f"{ARN}, which is output login_secret_arn after the apply" == finding.expected
    assert old == finding.actual


def test_a_value_that_is_no_name_of_aws_s_is_not_shown(tfvars: Path) -> None:
    tfvars.write_text('password = "canary-in-a-reference"\n')

    judged = check_references([read(tfvars, "password")], {"login_secret_arn": "hunter2"}, "now")

    (finding,) = judged.findings
    assert "canary" not in str(finding)
    assert "hunter2" not in str(finding)


def test_an_output_that_is_not_there_is_told(tfvars: Path) -> None:
    judged = check_references([read(tfvars, "groups", "no_such")], OUTPUTS, "before the plan")

    (finding,) = judged.findings
    assert ("references.output", "there is groups, login_secret_arn, security_group_id") == (
        finding.check,
        finding.actual,
    )


@pytest.mark.parametrize(
    ("variable", "text", "why"),
    [
        ("not_there", TFVARS, "sets no not_there"),
        ("by_hand", TFVARS, "by_hand is an expression"),
        ("groups", "groups = [\n", "is not HCL"),
        ("groups", None, "cannot be read as UTF-8"),
    ],
)
def test_what_cannot_be_read_is_a_gap_and_never_silent(
    tfvars: Path, variable: str, text: str | None, why: str
) -> None:
    if text is None:
        tfvars.unlink()
    else:
        tfvars.write_text(text)

    judged = check_references([read(tfvars, variable)], OUTPUTS, "before the plan")

    assert () == judged.findings
    (gap,) = judged.gaps
    assert why in gap.reason


def test_keys_in_quotes_are_their_names(tfvars: Path) -> None:
    assert {"clients": "sg-1", "runner": "sg-2"} == read(tfvars, "by_whom").value


def test_outputs_are_read_from_the_state() -> None:
    content = {
        "version": 4,
        "resources": [],
        "outputs": {
            "login_secret_arn": {"value": ARN, "type": "string", "sensitive": True},
            "groups": {"value": ["a"], "type": ["tuple", ["string"]]},
        },
    }
    state = State.of(json.dumps(content).encode())

    assert {"login_secret_arn": ARN, "groups": ["a"]} == state.outputs()
    assert {} == State.of(b'{"version": 4}').outputs()
