"""What an adoption needs to know of a state, and that nothing of it is shown."""

from __future__ import annotations

import json

import pytest

from fixtures.terraform.errors import NameAnotherWorkspace
from fixtures.terraform.state import SECRET_VERSION, State
from tests.terraform.states import CLUSTER, GROUP, OBJECTS, PASSWORD, READER, WRITER, state_of


def test_addresses_are_told_as_terraform_tells_them() -> None:
    state = state_of(OBJECTS)

    assert {CLUSTER: "core-1", WRITER: "core-1-1", READER: "core-1-2", GROUP: "sg-0"} == (
        state.identifiers()
    )
    assert {WRITER: "core-1-1", READER: "core-1-2"} == state.instances_of("core-1")
    assert {} == state.instances_of("core-2")
    assert "core-1" == state.at(CLUSTER)
    assert state.at("aws_rds_cluster.nobody") is None


def test_data_sources_and_deposed_objects_are_left_out() -> None:
    document = json.loads(state_of(OBJECTS).content)
    document["resources"] += [
        {"mode": "data", "type": "aws_vpc", "name": "x", "instances": [{"attributes": {}}]},
        {
            "mode": "managed",
            "type": "aws_rds_cluster",
            "name": "other",
            "instances": [{"deposed": "00000001", "attributes": {"id": "old"}}],
        },
    ]

    assert set(OBJECTS) == set(State.of(json.dumps(document).encode()).identifiers())


def test_passwords_are_found_and_never_shown() -> None:
    secret = {"username": "core", "password": "canary-of-a-secret", "host": "db"}
    state = state_of(
        {**OBJECTS, "m.aws_secretsmanager_secret_version.v": {"secret_string": json.dumps(secret)}}
    )

    assert {PASSWORD, "canary-of-a-secret"} == state.secrets()
    assert "canary" not in repr(state)


def test_a_refresh_reads_the_secrets_whose_values_the_state_has() -> None:
    """Of data sources too, and none of a secret without a version of Terraform's."""
    kinds = [("managed", SECRET_VERSION), ("data", SECRET_VERSION)]
    resources = [
        {
            "mode": mode,
            "type": kind,
            "name": "v",
            "instances": [{"attributes": {"secret_id": f"arn:{mode}", "secret_string": "x"}}],
        }
        for mode, kind in kinds
    ]
    resources += [
        {"mode": "managed", "type": "aws_secretsmanager_secret", "name": "s",
         "instances": [{"attributes": {"id": "arn:alone"}}]},
        {"mode": "managed", "type": SECRET_VERSION, "name": "n", "instances": []},
    ]  # fmt: skip
    state = State.of(json.dumps({"version": 4, "resources": resources}).encode())
    assert ["arn:data", "arn:managed"] == state.secrets_read()
    assert [] == state_of({}).secrets_read()


def test_logins_of_a_cluster_are_told_from_other_secrets() -> None:
    def version(text: str) -> dict[str, str]:
        return {"secret_id": f"arn:{text[:20]}", "secret_string": text}

    state = state_of(
        {
            "m.aws_secretsmanager_secret_version.ours": {
                "secret_id": "arn:ours",
                "secret_string": '{"dbClusterIdentifier": "core-2", "host": "h"}',
            },
            "m.aws_secretsmanager_secret_version.other": version('{"host": "elsewhere"}'),
            "m.aws_secretsmanager_secret_version.key": version("an api key"),
        }
    )

    assert ["arn:ours"] == state.logins_of({"core-1", "core-2"})
    assert [] == state.logins_of({"core-3"})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "there is no state"),
        (b"\n", "there is no state"),
        (b"{}", "no format"),
        (b"{", "no f"),
    ],
)
def test_what_is_no_state_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(NameAnotherWorkspace, match=said):
        State.of(content)
