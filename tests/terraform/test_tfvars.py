"""One value of a variables file is replaced, and every other byte is what it was (R45)."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import hcl2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.terraform.errors import EditByHand
from fixtures.terraform.tfvars import set_strings, with_json_string, with_string

NAME = "cluster_identifier"
THEIRS = """\
# core, production. Ask before you apply!
prefix             = "core" // of everything
cluster_identifier = "core-1" # after a recovery: the copy's
/* subnets of the
   database tier */
subnets = ["subnet-1", "subnet-2",]
tags = {
  cluster_identifier = "of another kind"
  "team.name"        = "core"
}
policy = <<-EOT
  cluster_identifier = "in a heredoc"
  EOT
snapshot_identifier = null
retention=7
"""


def test_the_value_is_replaced_and_nothing_else() -> None:
    edited = with_string(THEIRS, NAME, "core-2")

    assert THEIRS.replace('"core-1"', '"core-2"') == edited


def test_null_is_replaced_and_what_is_missing_is_appended() -> None:
    edited = with_string(with_string(THEIRS, "snapshot_identifier", "snap"), "added", "new")

    assert THEIRS.replace("null", '"snap"') + 'added = "new"\n' == edited


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", 'cluster_identifier = "core-2"\n'),
        ('a = "b"', 'a = "b"\ncluster_identifier = "core-2"\n'),
        ('a = "b"\r\n', 'a = "b"\r\ncluster_identifier = "core-2"\r\n'),
        (f'{NAME}="core-1"\r\na=1\r\n', f'{NAME}="core-2"\r\na=1\r\n'),
        (f'\ufeff{NAME} = "é-1"\n', f'\ufeff{NAME} = "core-2"\n'),
        (f'{NAME} = "no end"', f'{NAME} = "core-2"'),
    ],
    ids=["empty", "no last newline", "CRLF added", "CRLF replaced", "BOM", "ends in the value"],
)
def test_endings_and_marks_are_kept(before: str, after: str) -> None:
    assert after == with_string(before, NAME, "core-2")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f'{NAME} = "a"\n{NAME} = "b"\n', "is there 2 times"),
        (f"{NAME} = 7\n", "is no string"),
        (f'{NAME} = ["a"]\n', "is no string"),
        (f"{NAME} = var.other\n", "is no string"),
        (f'{NAME} = "core-${{1 + 1}}"\n', "is no string"),
        (f"{NAME} = <<E\ncore\nE\n", "is no string"),
        (f"{NAME} = \n", "is not HCL"),
        ('a = "never closed\n', "is not HCL"),
    ],
)
def test_what_somebody_computes_or_wrote_twice_is_left_to_them(text: str, said: str) -> None:
    with pytest.raises(EditByHand, match=said):
        with_string(text, NAME, "core-2")


WORDS = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=12)
LINES = st.one_of(
    WORDS.map(lambda word: f"# {word}"),
    WORDS.map(lambda word: f"v_{abs(hash(word))} = {json.dumps(word, ensure_ascii=False)}").filter(
        lambda line: "${" not in line and "%{" not in line
    ),
    st.just(""),
    st.just('m = { cluster_identifier = "nested" }').map(lambda line: line),
    st.integers().map(lambda number: f"n_{abs(number)} = {number}"),
)


@given(
    before=st.lists(LINES, max_size=5, unique=True),
    after=st.lists(LINES, max_size=5, unique=True),
    value=st.text(st.characters(blacklist_categories=["Cs"]), max_size=20),
    newline=st.sampled_from(["\n", "\r\n"]),
)
def test_whatever_stands_around_it_stays(
    before: list[str], after: list[str], value: str, newline: str
) -> None:
    """Every value comes back as it was given, with quotes, newlines and templates escaped."""
    after = [line for line in after if line not in before]
    head = "".join(line + newline for line in before)
    tail = "".join(newline + line for line in after)
    text = f'{head}{NAME} = "core-1"{tail}'

    edited = with_string(text, NAME, value)

    assert edited.startswith(f'{head}{NAME} = "')
    assert edited.endswith(f'"{tail}')
    literal = edited[len(head) + len(f"{NAME} = ") : len(edited) - len(tail)]
    assert value == json.loads(literal)
    assert NAME in hcl2.loads(f"{edited}\n")


@pytest.mark.parametrize("value", ["${", "%{", "a-${1 + 1}", "%%{x}", "$", '"', "\n"])
def test_a_template_is_text_and_the_file_is_read_again(value: str) -> None:
    """python-hcl2 and Terraform both read it: nothing of it is computed."""
    edited = with_string(with_string("a = 1\n", NAME, value), NAME, "core-2")

    assert 'a = 1\ncluster_identifier = "core-2"\n' == edited


def test_json_keeps_its_line_endings() -> None:
    assert '{\r\n "c": 1,\r\n  "a": "b"\r\n}' == with_json_string('{\r\n "c": 1\r\n}', "a", "b")


def test_json_is_edited_where_the_value_stands() -> None:
    theirs = (
        '{\n  "tags": {"cluster_identifier": "nested"},\n  "cluster_identifier":"core-1" ,"n":1}'
    )

    edited = with_json_string(theirs, NAME, "core-2")

    assert theirs.replace('"core-1"', '"core-2"') == edited
    assert {"a": "b", "c": None} == json.loads(with_json_string('{"c": null}', "a", "b"))
    assert {"a": "b"} == json.loads(with_json_string("{}", "a", "b"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"cluster_identifier": "a", "cluster_identifier": "b"}', "is there 2 times"),
        ('{"cluster_identifier": 7}', "is no string"),
        ("[]", "is no JSON object"),
        ("{", "is no JSON object"),
    ],
)
def test_json_that_is_no_string_there_is_left_to_them(text: str, said: str) -> None:
    with pytest.raises(EditByHand, match=said):
        with_json_string(text, NAME, "core-2")


@given(
    members=st.dictionaries(WORDS, st.one_of(st.none(), WORDS, st.integers(), st.booleans())),
    value=st.text(st.characters(blacklist_categories=["Cs"])),
)
def test_any_json_keeps_its_other_members(members: dict[str, object], value: str) -> None:
    members = {**members, NAME: "core-1"}

    edited = with_json_string(json.dumps(members, indent=1), NAME, value)

    assert {**members, NAME: value} == json.loads(edited)


def test_a_file_is_changed_in_one_step_and_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "prod.tfvars"
    file.write_text(THEIRS)
    file.chmod(0o640)
    link = tmp_path / "terraform.tfvars"
    link.symlink_to(file)

    set_strings(link, {NAME: "core-2", "snapshot_identifier": "snap"})

    assert THEIRS.replace('"core-1"', '"core-2"').replace("null", '"snap"') == file.read_text()
    assert 0o640 == stat.S_IMODE(file.stat().st_mode)
    assert link.is_symlink()
    assert {file, link} == set(tmp_path.iterdir())


def test_of_several_values_all_are_set_or_none(tmp_path: Path) -> None:
    file = tmp_path / "prod.tfvars"
    file.write_text(THEIRS)

    with pytest.raises(EditByHand, match=r"prod\.tfvars: retention is no string"):
        set_strings(file, {NAME: "core-2", "retention": "8"})

    assert THEIRS == file.read_text()


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "prod.tfvars").write_bytes(b"\xff\xfe\x00")

    for name in ("prod.tfvars", "missing.tfvars"):
        with pytest.raises(EditByHand, match="cannot be read as UTF-8"):
            set_strings(tmp_path / name, {NAME: "core-2"})
