"""The test-only switch leads to this machine, or nowhere."""

from __future__ import annotations

import pytest

from fixtures.aws import endpoint
from fixtures.aws.errors import UseLoopback


def test_without_the_variable_aws_itself_is_asked() -> None:
    assert endpoint.test_endpoint({"AWS_ENDPOINT_URL": "http://127.0.0.1:5000"}) is None


def test_a_loopback_address_stands_in_for_aws() -> None:
    url = "http://127.0.0.1:5000"
    assert url == endpoint.test_endpoint({endpoint.VARIABLE: url})


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://localhost:5000",
        "https://rds.us-east-1.amazonaws.com",
        "http://127.0.0.1@192.0.2.1",
        "http://[",
        "127.0.0.1:5000",
    ],
)
def test_anything_else_is_refused_by_the_variable_s_name(url: str) -> None:
    with pytest.raises(UseLoopback) as refused:
        endpoint.test_endpoint({endpoint.VARIABLE: url})
    assert (
        "DRILL_TEST_AWS_ENDPOINT is for this harness's tests and has to be this machine: "
        "write it as http://127.0.0.1:PORT, or unset it"
    ) == str(refused.value)
