"""Does the copy write WAL into an archive, and is that archive the source's?

A copy that archives into the source's archive leads the next restore astray: the timeline that it
promoted to is followed, and what the source wrote since is lost (row 2 of
docs/restores-that-lie.md).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from checks.asking import Asking
from checks.isolation.danger import Danger, Fact
from checks.isolation.parameters import Parameters, library

CHECK = "isolation.archiving"
COMMAND, LIBRARY = "archive_command", "archive_library"

DISCARDS = re.compile(r"\(?\s*((/usr)?/bin/)?(true|:|exit 0|cd \.)\s*\)?;?")
"""Commands that call a segment archived and put it nowhere, as the manual suggests."""

PROVIDERS = re.compile(r"/etc/rds/dbbin/")
"""RDS archives each instance into its own storage by a script that nobody but AWS can set; source
and copy therefore show the same command."""

REMEDY = (
    "Set archive_mode=off, or an archive of the copy's own, restart it, and take what it wrote out "
    "of the source's archive before the next restore follows its timeline."
)


@dataclass(frozen=True, slots=True)
class Archiving:
    """Where a server's WAL goes.

    mode      off, on, always; None where hidden
    archive   `archive_text` of it, never shown: it may hold a key; "" where there is none; None
              where hidden
    archived, failed, last  what pg_stat_archiver counts since its last reset; None where refused
    """

    mode: str | None
    archive: str | None = field(repr=False)
    archived: int | None = None
    failed: int | None = None
    last: str | None = None


def observe_archiving(ask: Asking, parameters: Parameters) -> Archiving:
    rows = ask.rows(
        CHECK,
        "pg_stat_archiver",
        "select archived_count, failed_count, last_archived_time::text"
        " from pg_catalog.pg_stat_archiver",
    )
    archived, failed, last = rows[0] if rows else (None, None, None)
    mode = parameters.get("archive_mode")
    archive = archive_text(parameters)
    if archive is None and mode != "off":
        ask.hidden(CHECK, COMMAND, "pg_read_all_settings")
    return Archiving(mode, archive, archived, failed, last)


def archive_text(parameters: Parameters) -> str | None:
    """The archive in one line: the command, or the library with its own parameters.

    "" where there is neither, None where they are hidden. Compare it, never show it.
    """
    if parameters.is_hidden(COMMAND) or parameters.is_hidden(LIBRARY):
        return None
    loaded = parameters.get(LIBRARY) or ""
    if loaded:
        prefix = f"{library(loaded)}."
        own = sorted(item for item in parameters.values.items() if item[0].startswith(prefix))
        return " ".join(["library", loaded, *(f"{name}={value}" for name, value in own)])
    return (parameters.get(COMMAND) or "").strip()


def archive_digest(text: str) -> str:
    """What a baseline keeps of an archive: enough to recognise the same one, and no key in it."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def judge_archiving(seen: Archiving, source_archive: str | None) -> Iterator[Danger | Fact]:
    """Off is harmless, another archive than the source's is told, and the source's is a danger.

    source_archive  `archive_text` of the source, or its `archive_digest`; None where not known:
                    then a copy that archives is *not proven*, see `archive_unknown`
    """
    if seen.mode is None or seen.mode == "off":
        if seen.mode:
            yield Fact(CHECK, "", "archive_mode is off")
        return
    counted = _counted(seen)
    if seen.archive is None:
        return
    if not seen.archive:
        said = f"archive_mode is {seen.mode}, without a command: WAL is kept for ever{counted}"
        yield Fact(CHECK, "", said)
        return
    if DISCARDS.fullmatch(seen.archive):
        yield Fact(CHECK, "", f"its archive command puts WAL nowhere{counted}")
        return
    what = LIBRARY if seen.archive.startswith("library ") else COMMAND
    if PROVIDERS.match(seen.archive):
        yield Danger(
            CHECK,
            what,
            "no archive, or one of its own",
            f"the provider's{counted}",
            REMEDY,
            held="RDS archives each instance into its own storage; nobody else can set the command",
        )
    elif source_archive is not None:
        same = _same(seen.archive, source_archive)
        if same is None:
            yield Fact(CHECK, "", f"into another archive than the source's{counted}")
        else:
            yield Danger(CHECK, what, "no archive, or one of its own", f"{same}{counted}", REMEDY)


def archive_unknown(seen: Archiving, source_archive: str | None) -> bool:
    """Whether the copy archives somewhere, and nobody can say whether that is the source's."""
    return bool(
        source_archive is None
        and seen.mode not in (None, "off")
        and seen.archive
        and not DISCARDS.fullmatch(seen.archive)
        and not PROVIDERS.match(seen.archive)
    )


def _same(own: str, sources: str) -> str | None:
    """How the two archives are one, in words that show neither; None where they differ."""
    if sources.startswith("sha256:"):
        same = hmac.compare_digest(archive_digest(own), sources)
        return "the same command as the source's" if same else None
    if own == sources:
        return "the same command as the source's"
    if _places(own) & _places(sources):
        return "another command than the source's, which names the same place"
    return None


def _places(archive: str) -> set[str]:
    """Folders that ``%f`` is written to, URLs, stanzas: what two commands of one archive share."""
    words = tuple(_words(archive))
    folders = {word.partition("%f")[0] for word in words if "%f" in word and word[:2] != "%f"}
    named = {word for word in words if "://" in word}
    named |= {
        word
        for word in words
        if re.match(r"(--(stanza|repo\d*-path)=|\w+\.archive_directory=)", word)
    }
    return {place for place in folders | named if place}


WORD = re.compile(r"""(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'";&|<>()\\])+""")
"""A word as a shell reads it: what is quoted, escaped or neither, and written without a gap."""
COMMAND_IN_QUOTES = re.compile(r"%p|&&|[;|<>]")


def _words(command: str) -> Iterator[str]:
    """The words of a shell command, unquoted; those of one in quotes (``sh -c '...'``) as well.

    ``'/wal of core'/%f`` is one word, which names a folder with blanks in its name.
    """
    for match in WORD.finditer(command):
        word = re.sub(r"""\\(.)|['"]""", r"\1", match[0])
        path = word.startswith("/") and not COMMAND_IN_QUOTES.search(word)
        if path or not re.search(r"\s", word):
            yield word
        else:
            yield from re.findall(r"""[^\s'";&|<>()]+""", word)


def _counted(seen: Archiving) -> str:
    if seen.archived is None:
        return ""
    last = f", the last one at {seen.last}" if seen.last else ""
    return f" ({seen.archived} segments archived{last}, {seen.failed} attempts failed)"
