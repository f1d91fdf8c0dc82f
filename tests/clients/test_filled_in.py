"""A secret that nobody named: `[cumulus]` expects it, and Terraform called it otherwise."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from fixtures.account.clients import check_clients
from fixtures.aws.account_session import AccountSession
from fixtures.aws.errors import ReadTheSecret
from fixtures.claims import BadInput
from fixtures.run import Run
from tests.settings.helpers import SOURCE, load


def check(secrets: Any, folder: Path, text: str) -> None:
    session = cast(AccountSession, SimpleNamespace(client=lambda _: secrets))
    run = cast(Run, SimpleNamespace(settings=load(folder, SOURCE + text)))
    check_clients(session, run, None)


def cumulus(prefix: str) -> str:
    return f'[cumulus]\nprefix = "{prefix}"\nversion = "18"\n'


def test_it_is_found_by_the_name_that_it_is_expected_under(
    secrets: Any, secret: str, tmp_path: Path
) -> None:
    """R55: the deployment's own login is PREFIX_db_login."""
    check(secrets, tmp_path, cumulus(secret.removesuffix("_db_login")))


def test_under_another_name_the_setting_and_the_remedy_are_told(
    secrets: Any, tmp_path: Path
) -> None:
    """R55: in one line, before anything is touched."""
    with pytest.raises(BadInput) as refusal:
        check(secrets, tmp_path, cumulus("nobody"))
    (line,) = str(refusal.value).splitlines()
    assert line.startswith("[clients] secrets: secret nobody_db_login cannot be described")
    assert "Terraform may have given it a suffix: write the secret's own name" in line
    check(secrets, tmp_path, cumulus("nobody") + "[clients]\nsecrets = []\n")


def test_one_that_an_operator_named_is_the_operators_to_correct(
    secrets: Any, tmp_path: Path
) -> None:
    with pytest.raises(ReadTheSecret):
        check(secrets, tmp_path, '[clients]\nsecrets = ["nobodys"]\n')
