"""Bytes as programs and shells write them, and what is no plan."""

from __future__ import annotations

import codecs
import json
import traceback

import pytest

from checks.plan.reading import UnreadablePlan, read_plan
from tests.checks.plan import made_up

TEXT = json.dumps(made_up.adopting())


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"),
        b"\r\n" + TEXT.encode() + b"\r\n",
    ],
    ids=["plain", "mark", "PowerShell", "big-endian", "no mark", "no mark, big", "32", "newlines"],
)
def test_a_plan_is_read_whatever_wrote_it(data: bytes) -> None:
    plan = read_plan(data)

    assert len(made_up.adopting()["resource_changes"]) == len(plan.rows)
    assert "1.11.4" == plan.terraform_version


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (TEXT.encode()[:-100], "not all of it"),
        (codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le")[:-101], "not the utf-16"),
        (TEXT.encode("utf-16-le")[2:-7], "not"),
        (b"PK\x03\x04" + b"\0" * 40, "saved plan itself"),
        (b'{"@level":"info"}\n{"@level":"info"}\n', "not JSON"),
        (b"[]", "not a plan's"),
        (b'{"version": 4, "serial": 7, "lineage": "x"}', "format_version"),
        (TEXT.encode().replace(b'"core-2"', b'"core\xff2"'), "not the utf-8"),
        (b'{"format_version": "1.2", "resource_changes": 7}', "resource_changes"),
        (b'{"format_version": "1.2", "resource_changes": [{}]}', "resource_changes.0.address"),
        (b'{"format_version": "1.2", "errored": "perhaps"}', "errored"),
    ],
)
def test_what_is_no_plan_is_refused_in_one_line_that_says_what_to_do(
    data: bytes, said: str
) -> None:
    with pytest.raises(UnreadablePlan) as refused:
        read_plan(data)

    assert said in str(refused.value)
    assert "terraform show -json" in str(refused.value)
    assert 1 == len(str(refused.value).splitlines())


@pytest.mark.parametrize(
    "broken",
    [
        TEXT.encode()[:-100],
        TEXT.replace('"actions": ["update"]', f'"actions": "{made_up.PASSWORD}"').encode(),
        TEXT.replace('"errored": false', f'"errored": "{made_up.PASSWORD}"').encode(),
    ],
    ids=["truncated", "wrong within", "wrong at the top"],
)
def test_no_password_is_in_what_is_said_of_an_unreadable_plan(broken: bytes) -> None:
    assert made_up.PASSWORD.encode() in broken
    with pytest.raises(UnreadablePlan) as refused:
        read_plan(broken)

    assert made_up.PASSWORD not in "".join(traceback.format_exception(refused.value))
    assert (None, None) == (refused.value.__cause__, refused.value.__context__)


def test_no_password_is_in_the_repr_of_a_plan_or_of_any_part() -> None:
    plan = made_up.read(made_up.adopting())
    texts = [repr(plan), str(plan)]
    for row in plan.rows:
        texts += [repr(row), str(row), repr(row.change), repr(row.change.importing)]

    assert made_up.PASSWORD not in "".join(texts)
    assert "core-2" not in "".join(texts)


def test_keys_that_nobody_knows_yet_are_ignored() -> None:
    plan = made_up.adopting()
    plan["surprises"] = [{"anything": made_up.PASSWORD}]
    made_up.at(plan, made_up.CLUSTER)["weather"] = "fine"
    made_up.change(plan, made_up.CLUSTER)["after_identity"] = {"id": made_up.COPY}

    assert () == made_up.adopt(plan).findings
