"""The guard held against every operation that botocore knows of RDS and EC2."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ParamValidationError
from botocore.model import OperationModel, StructureShape
from hypothesis import given
from hypothesis import strategies as st

from fixtures.aws.errors import GuardRefused
from fixtures.aws.guard import Guard
from fixtures.aws.guard_table import (
    BACK_OUT,
    CHANGES,
    ITEM_READS,
    READS_OF,
    SECRET_READS,
    Operation,
)
from fixtures.aws.names import new_identifier
from fixtures.aws.session import Client
from tests.aws.fix_aws import ACCESS

ACCOUNT, REGION = "123456789012", "us-east-1"
SOURCE = "core-prod"
COPY = new_identifier(SOURCE, "run-1")
READS = READS_OF["back-out"]
"""The widest, as its changes are."""


def arn(name: str, *, account: str = ACCOUNT, region: str = REGION) -> str:
    return f"arn:aws:rds:{region}:{account}:cluster:{name}"


NOT_OWN = [
    SOURCE,
    SOURCE.upper(),
    f"{SOURCE}-1",
    arn(SOURCE),
    arn(SOURCE.upper()),
    f"{COPY}X",
    f"{COPY}x-1",
    COPY[:-1],
    f"x{COPY}",
    f"{COPY}-",
    f"{COPY}-1 ",
    f"{COPY}\n",
    f"rds:{COPY}",
    arn(f"{COPY}X"),
    arn(COPY, account="999999999999"),
    arn(COPY, region="eu-west-1"),
    arn(COPY).replace(":rds:", ":ec2:"),
    f"{arn(COPY)}:{SOURCE}",
    new_identifier(SOURCE, "run-2"),
    "sg-0123456789abcdef0",
    "",
]
TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/"
NO_TABLES_OF_OWN = [
    "core-GranulesTable",
    f"{TABLE}core-GranulesTable",
    COPY,
    f"{TABLE}{COPY}",
    f"{COPY.upper()}-core-GranulesTable",
    f"{COPY}X-core-GranulesTable",
    f"x{COPY}-core-GranulesTable",
    f"{COPY}-",
    f"{COPY}-core/GranulesTable",
    f"{COPY}-core-GranulesTable\n",
    f"{TABLE}{COPY}-core-GranulesTable/index/by-collection",
    f"{TABLE}{COPY}-core-GranulesTable".replace(ACCOUNT, "999999999999"),
    f"{TABLE}{COPY}-core-GranulesTable".replace(REGION, "eu-west-1"),
    arn(COPY),
    new_identifier(SOURCE, "run-2") + "-core-GranulesTable",
    "",
]
TABLES_OF_OWN = [f"{COPY}-core-GranulesTable", f"{TABLE}{COPY}-core.Granules_Table-2"]
OWN = [COPY, f"{COPY}-1", f"{COPY}-quarantine", arn(COPY), arn(f"{COPY}-1")]


@cache
def guarded(service: str) -> Client:
    """A client behind a back-out's guard, the widest; what passes is answered here, empty."""
    client = ACCESS.client(service)
    keeper = Guard(mode="back-out", account=ACCOUNT, region=REGION, copy=COPY)
    keeper.stand_before(client)
    client.meta.events.register("before-call", lambda **_: (SimpleNamespace(status_code=200), {}))
    return client


def passes(service: str, operation: str, params: dict[str, Any]) -> bool:
    """Whether the guard lets it through; what botocore thinks of the parameters comes after it."""
    try:
        guarded(service)._make_api_call(operation, params)
    except GuardRefused:
        return False
    except ParamValidationError:
        return True
    return True


def is_known_reading(service: str, operation: str) -> bool:
    return any(fnmatchcase(operation, known) for known in READS[service])


def model(operation: Operation) -> OperationModel:
    service, name = operation
    return guarded(service).meta.service_model.operation_model(name)


def everywhere(shape: StructureShape | None, name: str) -> dict[str, Any]:
    """Parameters in which the name stands wherever text or a list of text can."""
    found: dict[str, Any] = {}
    for key, member in (shape.members if shape else {}).items():
        if member.type_name == "string":
            found[key] = name
        elif member.type_name == "list" and member.member.type_name == "string":
            found[key] = [name]
    return found


@pytest.mark.parametrize("service", ["rds", "ec2"])
def test_every_operation_that_is_no_known_reading_is_refused_for_the_source(service: str) -> None:
    """The service's whole model: of RDS 168 operations and of EC2 830 in botocore 1.44."""
    operations = guarded(service).meta.service_model.operation_names
    passed = [
        (operation, name)
        for operation in operations
        if not is_known_reading(service, operation)
        for name in (SOURCE, arn(SOURCE), SOURCE.upper(), f"{COPY}X", "sg-0123456789abcdef0")
        if passes(service, operation, everywhere(model((service, operation)).input_shape, name))
    ]
    assert [] == passed
    assert len(operations) > 100


@pytest.mark.parametrize("service", ["rds", "ec2"])
def test_every_operation_that_is_in_no_table_is_refused_for_the_copy_too(service: str) -> None:
    passed = {
        operation
        for operation in guarded(service).meta.service_model.operation_names
        if not is_known_reading(service, operation)
        and passes(service, operation, everywhere(model((service, operation)).input_shape, COPY))
    }
    assert {name for of, name in BACK_OUT if of == service} == passed


def test_a_reading_is_called_like_one() -> None:
    """The alarm rings should a table call a change a reading."""
    wrong = [
        (service, name)
        for service, names in READS.items()
        for name in names
        if not name.startswith(("Describe", "List", "Get", "Simulate"))
    ]
    assert [] == wrong


@pytest.mark.parametrize("service", READS)
def test_what_the_table_names_is_in_the_service_s_model(service: str) -> None:
    """A misspelt name would silently allow or refuse nothing."""
    operations = guarded(service).meta.service_model.operation_names
    missing = [
        known
        for known in READS[service]
        if not any(fnmatchcase(operation, known) for operation in operations)
    ]
    assert [] == missing


@pytest.mark.parametrize("operation", BACK_OUT, ids=":".join)
def test_what_a_change_touches_and_makes_is_in_its_model(operation: Operation) -> None:
    change = BACK_OUT[operation]
    asked, answered = model(operation).input_shape, model(operation).output_shape
    assert set(change.touched) <= set(asked.members)
    for path in change.made:
        shape: Any = answered
        for key in path.split("."):
            shape = (shape.member if shape.type_name == "list" else shape).members[key]
        assert shape.type_name == "string"


def test_the_secrets_that_may_be_read_are_named_where_the_model_says() -> None:
    for operation, name in SECRET_READS.items():
        assert name in model(operation).input_shape.members


def test_items_are_read_of_this_run_s_own_tables_and_of_those_it_was_told() -> None:
    """R58: no row of production's is read but the semaphores, which settings name."""
    for operation, name in ITEM_READS.items():
        assert name in model(operation).input_shape.members
    for own in TABLES_OF_OWN:
        assert passes("dynamodb", "Scan", {"TableName": own})
    for other in NO_TABLES_OF_OWN:
        assert not passes("dynamodb", "Scan", {"TableName": other})
    client = ACCESS.client("dynamodb")
    keeper = Guard(mode="drill", account=ACCOUNT, region=REGION, copy=COPY)
    keeper.may_scan("core-SemaphoresTable")
    keeper.stand_before(client)
    client.meta.events.register("before-call", lambda **_: (SimpleNamespace(status_code=200), {}))
    client.scan(TableName="core-SemaphoresTable")
    with pytest.raises(GuardRefused, match="none of those whose items this run may read"):
        client.scan(TableName="core-GranulesTable")


def test_a_readiness_has_no_change_and_a_recovery_removes_no_database() -> None:
    """Its copy is production soon; a back-out, which is asked for, removes it."""
    assert {} == CHANGES["readiness"]
    assert CHANGES["drill"].keys() | CHANGES["recovery"].keys() == CHANGES["back-out"].keys()
    assert {
        ("dynamodb", "DeleteTable"),
        ("rds", "DeleteDBCluster"),
        ("rds", "DeleteDBClusterAutomatedBackup"),
        ("rds", "DeleteDBClusterSnapshot"),
        ("rds", "DeleteDBInstance"),
        ("rds", "DeleteDBInstanceAutomatedBackup"),
        ("rds", "DeleteDBSnapshot"),
    } == CHANGES["drill"].keys() - CHANGES["recovery"].keys()


def changes() -> Iterator[tuple[Operation, str]]:
    for operation, change in BACK_OUT.items():
        for name in change.touched:
            yield operation, name


def named(operation: Operation, parameter: str, value: str) -> dict[str, Any]:
    """The parameter with that value, as a list where the model wants one."""
    shape = model(operation).input_shape.members[parameter]
    return {parameter: [value] if shape.type_name == "list" else value}


@pytest.mark.parametrize(("operation", "parameter"), list(changes()))
def test_a_change_is_for_this_run_s_own_and_for_nothing_else(
    operation: Operation, parameter: str
) -> None:
    tables = operation[0] == "dynamodb"
    for own in TABLES_OF_OWN if tables else OWN:
        assert passes(*operation, named(operation, parameter, own)), own
    for other in NO_TABLES_OF_OWN if tables else NOT_OWN:
        assert not passes(*operation, named(operation, parameter, other)), other
        # Nor beside something that is.
        for beside in set(BACK_OUT[operation].touched) - {parameter}:
            both = named(operation, parameter, other) | named(operation, beside, COPY)
            assert not passes(*operation, both), (other, beside)


@given(
    before=st.text(max_size=3),
    after=st.text(max_size=6),
    case=st.sampled_from([str, str.upper, str.title]),
)
def test_only_the_copy_s_name_and_what_it_begins_with_a_hyphen_is_own(
    before: str, after: str, case: Any
) -> None:
    name = before + case(COPY) + after
    legal = (
        before == ""
        and case is str
        and (
            after == ""
            or (
                len(after) > 1
                and after[0] == "-"
                and all(one in "abcdefghijklmnopqrstuvwxyz0123456789-" for one in after[1:])
            )
        )
    )
    keeper = Guard(mode="drill", account=ACCOUNT, region=REGION, copy=COPY)
    assert legal == keeper.is_own(name)
    assert legal == keeper.is_own(arn(name))


@given(
    st.one_of(st.none(), st.integers(), st.lists(st.text()), st.dictionaries(st.text(), st.text()))
)
def test_what_is_no_text_is_nobody_s(value: object) -> None:
    keeper = Guard(mode="drill", account=ACCOUNT, region=REGION, copy=COPY)
    assert not keeper.is_own(value)
