"""The summary: the verdict first, nothing green that is not, and any text as nothing but text."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from markdown_it import MarkdownIt

from reports import gfm, markdown, step_summary
from reports.history.read import past_of
from reports.journal import UnwritableEvidence
from reports.step_summary import CUT, LIMIT, append, fitting
from tests.reports import sample
from tests.reports.test_renderings import BEGUN, KINDS, nasty, record

TEXTS = [
    *(
        "<script>alert('x')</script>",
        "a|b",
        "| a |\n|--|",
        "`a`b``c",
        "a<b>c</b>",
        "<!-- x --> -->",
    ),
    *("*x* **y** _z_ a_b __q__", "__init__.py", "~~s~~ ~t~", "$x^2$", "\\|", "\\", "[^1]"),
    *("@octocat see #12", "www.evil.example", "a@b.example", "https://evil.example/x"),
    *("[x](http://y) ![i](j)", "<https://x.example>", "&amp; &lt; &#64;", ":smile: a:b:c"),
    *("a\n# b\n- c", "# x", "- x", "+ x", "1. x", "2) x", "- [ ] todo", "    indented", "> quoted"),
    *("\x00\x1b[31m", "\u202eabc", "x" * 200, "日本 ñ 🦊", "---", "==="),
]
OURS = ("<code>", "</code>", "<!-- -->")


def shown(text: str) -> str:
    """A text as a reader should see it: on one line, what cannot be shown replaced."""
    plain = re.sub("[\x00\x1b\u202e]", "\N{REPLACEMENT CHARACTER}", " ".join(text.split()))
    return " ".join(plain.split())


def parsed(source: str) -> tuple[str, set[str], set[str]]:
    """The text that a reader sees, the kinds of inline elements, and tags of HTML."""
    inline = [
        child
        for token in MarkdownIt("commonmark", {"html": True}).enable(["table"]).parse(source)
        for child in token.children or ()
    ]
    seen = "".join(one.content for one in inline if one.type in ("text", "code_inline"))
    tags = {one.content for one in inline if one.type == "html_inline"}
    return " ".join(seen.split()), {one.type for one in inline} - {"text", "html_inline"}, tags


@pytest.mark.parametrize(
    "place", ["- {}\n", "# {}\n", "| head: |\n| --- |\n| {} |\n", "- step: {}\n"]
)
@pytest.mark.parametrize("write", [gfm.text, gfm.code])
@pytest.mark.parametrize("text", TEXTS)
def test_any_text_is_nothing_but_that_text(text: str, write: Any, place: str) -> None:
    """In a list, a heading and a table. Tried with GitHub's own parser, too (cmark-gfm)."""
    seen, kinds, tags = parsed(place.format(write(text)))
    assert seen.removeprefix("head:").removeprefix("step: ") == shown(text)
    assert kinds == set()
    assert tags <= set(OURS)


@pytest.mark.parametrize("write", [gfm.text, gfm.code])
@pytest.mark.parametrize("text", TEXTS)
def test_no_text_becomes_a_link_or_a_mention_afterwards(text: str, write: Any) -> None:
    """What GitHub makes of plain text, once Markdown has been read."""
    assert not re.search(r"@\w|://|(?i:www)\.", write(text))
    if write is gfm.text:
        assert not re.search(r"(?<!&)#\d|:\w+:", write(text))


def test_a_long_text_is_cut() -> None:
    assert gfm.text("x" * 5000) == "x" * 299 + "…"


def lines(events: list[dict[str, Any]]) -> list[str]:
    return markdown.render(record(events)).decode().splitlines()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("green", "# PROVEN rehearsal of core (1 withheld)"),
        ("failed", "# FAILED rehearsal of core: 1 failed, 1 not reached"),
        ("not reached", "# FAILED rehearsal of core: 1 failed, 2 not reached"),
        ("withheld", "# PROVEN drill of core (1 withheld)"),
        ("unproven", "# NOT PROVEN (content): rehearsal of core"),
        ("interrupted", "# interrupted at step 3: Restore the cluster into quarantine"),
        ("empty", "# interrupted before the first step"),
    ],
)
def test_the_verdict_is_the_first_line(kind: str, expected: str) -> None:
    assert lines(KINDS[kind])[0] == expected


def test_every_prefix_is_told_as_one_until_the_run_has_finished() -> None:
    events = sample.green()
    unfinished = "**The journal ends before the run did**: it was killed, or is still going on."
    for count in range(len(events) + 1):
        assert (unfinished in lines(events[:count])) is (count < len(events))


def test_a_reader_finds_what_an_auditor_asks() -> None:
    told = lines(sample.green())
    for expected in (
        "| by | <code>me@<!-- -->here</code> |",
        "| commit | <code>3ebce1d</code> |",
        "| cluster | <code>core-prod</code> |",
        "| source | <code>core (cluster-ABC), cluster, aurora-postgresql 15.14, databases core"
        "</code> |",
        "| recovery target asked | <code>2026-06-01T11:59:21+00:00</code> |",
        "| recovery target reached | <code>2026-06-01 11:59:20+00:00, 0/3000060, timeline 2, "
        "system 7300000000000000001</code> |",
        "| time to writable | 8.500 s | 7200 s | met | fsync on |",
        "| time to service | not measured | – | no objective | not measured in a drill |",
        "| <code>core</code> | 1 | 50,000 | 8,192,000 | 1 equal |",
        "| content | 1 passed | 0.50 s |",
        "- updates aws_rds_cluster.core in place: 3 attributes",
        "- kept: logs in <code>/tmp/pgd-1</code>, until 2026-06-02 12:00:00+00:00",
        "- removed: files of this run in <code>/tmp/pgd-1</code>",
        "| step 4, Adopt the restored cluster | withheld | a drill does not touch the live state |",
    ):
        assert expected in told, expected


@pytest.mark.parametrize("content", ["differs", "not read", "equal"])
def test_a_table_that_is_not_as_it_must_be_is_named(content: str) -> None:
    table = {"table": "public.t", "expected": 2, "actual": 1, "bytes": None, "content": content}
    told = sample.event("tables_compared", 20, drill="pitr", database="core", tables=[table])
    row = f"| <code>core: public.t</code> | 2 | 1 | {content} |"
    assert (row in lines([*KINDS["failed"], told])) is (content != "equal")


def test_a_finding_is_shown_with_its_remedy() -> None:
    told = lines(KINDS["failed"])
    assert "- rows: 1 finding" in told
    assert (
        "| <code>counts</code> | <code>public.granules</code> | <code>counts</code> "
        "| <code>50000</code> | <code>49999</code> | restore again and compare |" in told
    )


def test_what_failed_comes_before_what_is_in_order() -> None:
    told = lines(KINDS["failed"])
    assert told.index("## What failed") < told.index("## Steps")


def test_long_lists_say_how_much_more_there_is() -> None:
    findings = [{**sample.FINDING, "subject": f"t{number}"} for number in range(5000)]
    told = lines([*BEGUN, sample.proof("rows", "failed", findings=findings)])
    assert "… and 4,980 more, in the journal." in told
    assert sum(line.startswith("| <code>counts</code>") for line in told) == 20


def test_what_was_not_shown_has_its_reason() -> None:
    told = lines(KINDS["unproven"])
    assert "| rows | not proven | no rights |" in told
    assert "| <code>roles</code> | not seen | pg_authid cannot be read |" in told
    assert "| step 3, Restore the cluster into quarantine | interrupted | " in "\n".join(
        lines(KINDS["interrupted"])
    )


def test_a_waived_finding_names_who_and_until_when() -> None:
    told = lines([*BEGUN, sample.proof("rows", "waived", reason="known", waived=[sample.WAIVED])])
    assert (
        "| <code>counts</code>: <code>public.granules</code> | <code>50000</code> "
        "| <code>49999</code> | until 2027-01-31 by dba@<!-- -->example.org: known |" in told
    )


def test_what_is_out_of_scope_is_listed() -> None:
    told = lines([*BEGUN, sample.proof("rules", "not applicable", reason="there is no [[expect]]")])
    assert "- rules: there is no &#91;&#91;expect&#93;&#93;" in told


def test_a_time_over_its_objective_is_told_in_bold() -> None:
    measured = {"seconds": 9.0, "objective_seconds": 8, "note": None}
    slow = sample.event("measured", 21, drill="pitr", name="time to writable", **measured)
    assert "| time to writable | 9.000 s | 8 s | **missed** |  |" in lines([*BEGUN, slow])


def test_a_run_of_several_drills_begins_with_a_table_of_them() -> None:
    other = [{**one, "drill": "snapshot"} for one in [sample.procedure(), *sample.step(1)]]
    verdicts = [sample.verdict("PROVEN", 0), sample.verdict("FAILED", 1, drill="snapshot")]
    told = lines([*BEGUN, *other, *verdicts, sample.run_finished(1)])
    assert told[0] == "# 1 of 2 drills are good"
    assert "| <code>snapshot</code> | FAILED |" in told
    assert "## snapshot: FAILED" in told


@pytest.mark.parametrize("text", ["a|b", "<b>", "a\nb", "`x`", "# x"])
def test_every_row_has_as_many_cells_as_its_table(text: str) -> None:
    columns = 0
    for line in lines(nasty(text)):
        if not line.startswith("|"):
            columns = 0
            continue
        cells = line.count("|") - 1
        columns = columns or cells
        assert cells == columns, line


def test_what_changed_since_the_last_green_run_is_told() -> None:
    run = record(KINDS["failed"])
    (green,) = past_of(record(sample.green()))
    then = datetime(2026, 5, 1, 12, tzinfo=UTC)
    before = replace(green, run="20260501-1", began=then, versions={"moto": "5.2.4"})
    told = markdown.render(replace(run, earlier=(before,))).decode().splitlines()
    assert "## Since the last green run, 2026-05-01" in told
    assert "- version of moto: 5.2.4 → 5.2.5" in told
    assert not [line for line in lines(KINDS["failed"]) if "last green" in line]


def test_an_earlier_journal_that_could_not_be_read_is_named() -> None:
    run = replace(record(sample.green()), unread=("x/journal.jsonl: line 1 is not JSON",))
    assert "- x/journal.jsonl: line 1 is not JSON" in markdown.render(run).decode().splitlines()


# --- GITHUB_STEP_SUMMARY ----------------------------------------------------------------------


def test_a_summary_is_appended_to_what_is_there(tmp_path: Any) -> None:
    file = tmp_path / "summary"
    append(b"# one\n", file)
    append(b"# two\n", file)
    assert file.read_bytes() == b"# one\n\n\n# two\n"


def test_no_more_is_written_than_github_shows_and_the_cut_is_told(tmp_path: Any) -> None:
    file = tmp_path / "summary"
    file.write_bytes(b"x" * 1000)
    append(b"# PROVEN\n" + b"line\n" * 500_000, file)
    content = file.read_bytes()
    assert len(content) <= LIMIT == 1_048_576
    assert content.endswith(b"line" + CUT)


@pytest.mark.parametrize("room", [0, len(CUT) - 1, len(CUT), len(CUT) + 1, 200, 5000])
def test_what_is_cut_fits_and_ends_with_a_whole_line(room: int) -> None:
    cut = fitting(b"0123456789\n" * 1000, room)
    assert len(cut) <= room
    assert cut == b"" or cut.removesuffix(CUT).endswith(b"9") or cut == CUT


def test_a_summary_that_is_full_is_refused_by_name(tmp_path: Any) -> None:
    file = tmp_path / "summary"
    file.write_bytes(b"x" * LIMIT)
    with pytest.raises(UnwritableEvidence, match="is full: it holds 1,048,576 bytes"):
        append(b"# PROVEN\n", file)
    assert file.stat().st_size == LIMIT


def test_a_summary_that_cannot_be_written_names_the_variable(tmp_path: Any) -> None:
    with pytest.raises(UnwritableEvidence) as caught:
        append(b"x", tmp_path)
    assert str(caught.value) == (
        f"{tmp_path} cannot be written: Is a directory; set {step_summary.VARIABLE} to a file "
        "that can be, or unset it"
    )
