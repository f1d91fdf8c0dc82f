"""Logins: references pass, passwords are masked wherever a login can show itself."""

from __future__ import annotations

import copy
import pickle
import traceback
from pathlib import Path

import pytest

from fixtures.settings import FixSettings, Login
from fixtures.settings.source import Source
from tests.settings.helpers import SOURCE, load

CANARY = "hunter2-canary"
ARN = "secret:arn:aws:secretsmanager:us-east-1:123456789012:secret:core-AbCdEf"
WITH_PASSWORD = [
    f"postgresql://drill:{CANARY}@db.example.org:5432/core?sslmode=verify-full",
    f"host=db.example.org user=drill password='{CANARY}' dbname=core",
    f"postgresql://drill@db.example.org/core?sslpassword={CANARY}",
]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("iam", "iam"),
        ("iam:restore_drill", "iam"),
        (ARN, "secret"),
        ("env:CORE_LOGIN", "env"),
        ("service=core", "service"),
        ("service=core dbname=x", "dsn"),
        ("postgresql://drill@db.example.org/core", "dsn"),
    ],
)
def test_a_login_without_a_password_is_kept_and_not_warned_about(
    text: str, kind: str, tmp_path: Path
) -> None:
    settings = load(tmp_path, f'{SOURCE}login = "{text}"')
    assert settings.source is not None
    login = settings.source.login
    assert login is not None
    assert (kind, text, False) == (login.kind, login.reveal(), login.holds_password)
    assert settings.warnings() == ()


@pytest.mark.parametrize("dsn", WITH_PASSWORD)
def test_a_password_is_masked_everywhere_and_warned_about(dsn: str, tmp_path: Path) -> None:
    settings = load(tmp_path, f'{SOURCE}login = "{dsn}"')
    assert settings.source is not None
    login = settings.source.login
    assert login is not None
    shown = [
        repr(login),
        str(login),
        f"{login}",
        repr(settings),
        str(settings),
        str(settings.masked()),
        str(settings.model_dump(mode="json")),
        settings.model_dump_json(),
        repr(copy.deepcopy(settings)),
        repr(settings.source.model_dump()),
        *settings.warnings(),
    ]
    assert [text for text in shown if CANARY in text] == []
    assert "***" in login.masked
    assert "db.example.org" in login.masked
    assert dsn == login.reveal() == pickle.loads(pickle.dumps(login)).reveal()  # noqa: S301
    expected = (
        "[source] login: holds a password; it is masked everywhere, but a reference "
        "(secret:ARN, env:NAME, service=NAME or iam:ROLE) keeps it out of the file"
    )
    assert (expected,) == settings.warnings()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CANARY, "is not a login; write secret:ARN, env:NAME, service=NAME or iam:ROLE"),
        (
            f"postgresql://boss:p@{CANARY}@db.example.org/core",
            "holds an @ too many; write @, / and : of a password as %40, %2F and %3A",
        ),
        (
            f"postgresql://boss:p/{CANARY}@db.example.org/core",
            "holds an @ too many; write @, / and : of a password as %40, %2F and %3A",
        ),
        (
            f"host=db.example.org port={CANARY}",
            "holds a port that is no number; correct it (in a URL, write / and : of a password as"
            " %2F and %3A)",
        ),
        (
            f"secret:{CANARY}",
            "is not a reference; write secret:arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME",
        ),
        (f"env:{CANARY}", "is not a reference; write env:NAME, NAME being a variable's name"),
        (
            f"postgresql://drill:{CANARY}@[db/core",
            "is not a connection string libpq understands; write secret:ARN, env:NAME, "
            "service=NAME or iam:ROLE",
        ),
        (
            f"passwort={CANARY}",
            "is not a connection string libpq understands; write secret:ARN, env:NAME, "
            "service=NAME or iam:ROLE",
        ),
    ],
)
def test_what_is_no_login_is_refused_and_never_quoted(
    text: str, expected: str, tmp_path: Path
) -> None:
    with pytest.raises(FixSettings) as caught:
        load(tmp_path, f'{SOURCE}login = "{text}"')
    assert (f"clusters/core.toml: [source] login: {expected}",) == caught.value.problems
    assert CANARY not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "misplaced",
    [
        f'password = "{CANARY}"',
        f'cluster = "{CANARY}!"',
        f"logn = '{CANARY}'",
        f"'a' = ['{CANARY}']",
    ],
)
def test_a_secret_in_a_wrong_place_is_not_quoted_either(misplaced: str, tmp_path: Path) -> None:
    with pytest.raises(FixSettings) as caught:
        load(tmp_path, f"[source]\n{misplaced}")
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_pydantics_own_error_hides_what_was_given() -> None:
    with pytest.raises(ValueError) as caught:
        Source.model_validate({"cluster": "core", "account": CANARY, "region": "us-east-1"})
    assert CANARY not in str(caught.value)


def test_logins_compare_by_what_they_hold() -> None:
    assert Login("env:A") == Login("env:A")
    assert len({Login("env:A"), Login("env:A"), Login("env:B")}) == 2
    assert Login("env:A") != "env:A"
