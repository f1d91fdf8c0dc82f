"""What ends ``--back-out`` half way is told in one line, and quotes no row."""

from __future__ import annotations

import psycopg
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from fixtures.operators.errors import CorrectTheProgram
from fixtures.recovery.back_out import refusing

DENIED = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListRules")


@pytest.mark.parametrize(
    ("met", "said"),
    [
        (DENIED, "AccessDenied: no"),
        (EndpointConnectionError(endpoint_url="https://rds.example"), "https://rds.example"),
        (CorrectTheProgram("dir=gone is no folder"), "dir=gone is no folder"),
        (psycopg.errors.UniqueViolation("Key (email)=(a@b.c) is there"), "UniqueViolation"),
    ],
)
def test_it_is_one_line(met: Exception, said: str) -> None:
    with pytest.raises(pytest.UsageError) as refusal, refusing("--back-out=RUN"):
        raise met
    assert str(refusal.value).startswith("--back-out=RUN: ")
    assert said in str(refusal.value)
    assert "a@b.c" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_fault_of_ours_stays_one() -> None:
    with pytest.raises(KeyError), refusing("--back-out=RUN"):
        raise KeyError("a fault of the harness")
