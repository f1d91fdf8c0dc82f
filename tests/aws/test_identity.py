"""DESIGN 6: who is calling is asked first, and another account than the settings' is refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError
from botocore.stub import Stubber

from fixtures.aws.errors import (
    AwsError,
    CheckTheConnection,
    CorrectTheAccount,
    GrantTheRight,
    RenewTheCredentials,
    SetTheClock,
)
from fixtures.aws.identity import Identity, identify
from fixtures.aws.session import Client
from tests.aws.fix_aws import ACCESS

ACCOUNT = "123456789012"
ROLE = f"arn:aws:sts::{ACCOUNT}:assumed-role/drill/run-1"


@pytest.fixture
def sts() -> Iterator[tuple[Client, Stubber]]:
    client = ACCESS.client("sts")
    with Stubber(client) as stubber:
        yield client, stubber


def answer(account: str = ACCOUNT, arn: str = ROLE) -> dict[str, str]:
    return {"Account": account, "Arn": arn, "UserId": "AROAEXAMPLE:run-1"}


def test_the_caller_is_known_by_account_arn_and_region(sts: tuple[Client, Stubber]) -> None:
    client, stubber = sts
    stubber.add_response("get_caller_identity", answer())

    caller = identify(client, account=ACCOUNT, region="us-east-1")

    assert Identity(ACCOUNT, ROLE, "us-east-1") == caller
    assert {"account": ACCOUNT, "caller": ROLE, "region": "us-east-1"} == caller.facts()
    assert caller.partition == "aws"


@pytest.mark.parametrize(
    ("arn", "user"),
    [
        (f"arn:aws:iam::{ACCOUNT}:user/ops/ann", True),
        (f"arn:aws-us-gov:iam::{ACCOUNT}:user/ann", True),
        (ROLE, False),
        (f"arn:aws:iam::{ACCOUNT}:root", False),
        (f"arn:aws:sts::{ACCOUNT}:federated-user/ann", False),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/user/ann", False),
    ],
)
def test_a_user_is_told_from_what_only_looks_like_one(arn: str, user: bool) -> None:
    assert user == Identity(ACCOUNT, arn, "us-east-1").is_user


def test_another_account_is_refused_and_both_are_named(sts: tuple[Client, Stubber]) -> None:
    client, stubber = sts
    stubber.add_response("get_caller_identity", answer("999999999999"))

    with pytest.raises(CorrectTheAccount) as refused:
        identify(client, account=ACCOUNT, region="us-east-1")

    assert (
        f"[source] account is {ACCOUNT} and the credentials are of account 999999999999 ({ROLE}): "
        f"use credentials of {ACCOUNT}, or correct the account"
    ) == str(refused.value)


def test_another_region_is_refused_before_anybody_is_asked(sts: tuple[Client, Stubber]) -> None:
    client, _ = sts  # which answers nothing
    with pytest.raises(CorrectTheAccount, match=r"asks us-east-1 and \[source\] region is eu-we"):
        identify(client, account=ACCOUNT, region="eu-west-1")


@pytest.mark.parametrize(
    ("code", "words", "expected"),
    [
        ("ExpiredToken", "The security token included in the request is expired", "have expired"),
        ("InvalidClientTokenId", "The security token is invalid", "does not know the credentials"),
        ("SignatureDoesNotMatch", "The signature we calculated", "does not know the credentials"),
    ],
)
def test_credentials_that_aws_takes_no_longer_are_to_be_renewed(
    sts: tuple[Client, Stubber], code: str, words: str, expected: str
) -> None:
    client, stubber = sts
    stubber.add_client_error("get_caller_identity", code, words, 403)
    with pytest.raises(RenewTheCredentials, match=expected) as refused:
        identify(client, account=ACCOUNT, region="us-east-1")
    assert f"({code}: {words}): log in again" in str(refused.value)


@pytest.mark.parametrize(
    ("code", "words", "family"),
    [
        ("AccessDenied", "User x is not authorized", GrantTheRight),
        (
            "SignatureDoesNotMatch",
            "Signature expired: 20260101T000000Z is now earlier than 20260101T010000Z",
            SetTheClock,
        ),
        ("SignatureDoesNotMatch", "Signature not yet current: 2027 is still later", SetTheClock),
        ("RequestTimeTooSkewed", "The difference is too large", SetTheClock),
    ],
)
def test_a_denial_and_a_wrong_clock_are_told_apart(
    sts: tuple[Client, Stubber], code: str, words: str, family: type[AwsError]
) -> None:
    client, stubber = sts
    stubber.add_client_error("get_caller_identity", code, words, 403)
    with pytest.raises(family) as refused:
        identify(client, account=ACCOUNT, region="us-east-1")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("error", "family"),
    [
        (NoCredentialsError(), RenewTheCredentials),
        (EndpointConnectionError(endpoint_url="https://sts.example"), CheckTheConnection),
    ],
)
def test_no_credentials_and_no_network_are_told_apart(
    error: Exception, family: type[AwsError]
) -> None:
    client = ACCESS.client("sts")

    def fail(**_: object) -> None:
        raise error

    client.meta.events.register("before-send", fail)
    with pytest.raises(family, match="to tell who is calling"):
        identify(client, account=ACCOUNT, region="us-east-1")
