"""What the code calls and what the guard lets through are two tables of one thing: they agree."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from botocore import xform_name
from botocore.loaders import create_loader

from fixtures.aws.guard_table import BACK_OUT, ITEM_READS, READS_OF, SECRET_READS

ROOT = Path(__file__).parents[2]
FOLDERS = ("fixtures/aws", "fixtures/account", "fixtures/readiness")
SERVICES = (
    *("rds", "ec2", "secretsmanager", "kms", "service-quotas", "cloudwatch", "iam", "sts"),
    *("events", "lambda", "stepfunctions", "sqs", "dynamodb"),
)
BEFORE_THE_GUARD = {"get_federation_token"}
"""By which limited credentials are had: no session is open by then, so no guard stands."""
NOT_OF_AWS = {"create_connection"}
"""The socket's own; EventBridge has a method that is called so."""


def operations() -> dict[str, list[tuple[str, str]]]:
    """boto3's name of a method: the operations that it may be, a service each."""
    loader, found = create_loader(), dict[str, list[tuple[str, str]]]()
    for service in SERVICES:
        for name in loader.load_service_model(service, "service-2")["operations"]:
            found.setdefault(xform_name(name), []).append((service, name))
    return found


def called(file: Path) -> Iterator[str]:
    """Methods that are named, called or handed on, and operations that are paginated."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def let_through(service: str, name: str) -> bool:
    return (
        (service, name) in BACK_OUT
        or (service, name) in SECRET_READS
        or (service, name) in ITEM_READS
        or any(fnmatchcase(name, known) for known in READS_OF["back-out"][service])
    )


def refused(files: list[Path]) -> list[str]:
    known = operations()
    return [
        f"{file.relative_to(ROOT)} calls {name}"
        for file in files
        for name in sorted(set(called(file)) & known.keys() - BEFORE_THE_GUARD - NOT_OF_AWS)
        if not any(let_through(*operation) for operation in known[name])
    ]


def test_every_call_of_the_code_is_let_through_in_some_mode() -> None:
    files = [file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*.py"))]
    assert [] == refused(files)
    assert len(files) > 20


@pytest.mark.parametrize(
    "source",
    [
        "rds.stop_db_cluster(DBClusterIdentifier=name)",
        "give(rds.stop_db_cluster)",
        'rds.get_paginator("stop_db_cluster")',
    ],
)
def test_the_reader_of_calls_sees_one_that_is_not(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The alarm rings."""
    monkeypatch.setattr("tests.aws.test_guard_covers.ROOT", tmp_path)
    file = tmp_path / "made_up.py"
    file.write_text(source)
    assert ["made_up.py calls stop_db_cluster"] == refused([file])
