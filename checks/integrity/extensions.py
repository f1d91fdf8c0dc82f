"""The server has what its extensions need: their files, their version, their libraries.

A copy restored onto a server with other packages keeps the extension's objects in its catalogs; the
first call fails. Each library is loaded once, by the validator that CREATE FUNCTION uses
(pg_upgrade loads them for the same purpose): that runs the library's initialisation, and no
function of it.
"""

from __future__ import annotations

from checks.database import RowCursor
from checks.finding import Finding
from checks.integrity._judging import is_refusal, judged, not_read, observed, plural
from checks.judgement import Gap, Judgement
from checks.shared_snapshot import Read, SharedSnapshot, Unread

CHECK = "integrity.extensions"

_INSTALL = "Install the extension's package for this server's version, then restart: its files are"


def check_extensions(shared: SharedSnapshot) -> Judgement:
    """``integrity.extensions.available`` and ``integrity.extensions.version``."""
    return judged(shared, CHECK, "extensions", _versions)


def check_libraries(shared: SharedSnapshot) -> Judgement:
    """``integrity.extensions.library``: every library that a function is in can be loaded.

    Row 31 of the lying restores is one: ``undefined symbol`` after a minor upgrade under a running
    server. Each is loaded into a reading session, which is gone afterwards.
    """
    check = f"{CHECK}.library"
    answer = observed(shared, check, "libraries", _libraries)
    if isinstance(answer, Judgement):
        return answer
    libraries = answer.result

    def load(cursor: RowCursor, library: tuple[str, int]) -> None:
        cursor.execute("select pg_catalog.fmgr_c_validator(%s)", [library[1]])

    answers = shared.each(libraries, load)
    judgements = [
        judge_library(check, name, a) for (name, _), a in zip(libraries, answers, strict=True)
    ]
    loaded = sum(isinstance(a, Read) for a in answers)
    facts = {check: f"{plural(loaded, 'library', 'libraries')} loaded"}
    return Judgement.all([*judgements, Judgement(facts=facts)])


def _versions(cursor: RowCursor) -> Judgement:
    cursor.execute(
        """
        select format('%I', e.extname), e.extversion, a.default_version,
               case when a.name is not null then  -- the paths of one without files are an error
                   exists (select from pg_extension_update_paths(e.extname) u
                           where u.source = e.extversion and u.target = a.default_version
                             and u.path is not null) end
        from pg_extension e left join pg_available_extensions a on a.name = e.extname
        where a.default_version is distinct from e.extversion
        order by 1
        """
    )
    findings = []
    for name, installed, available, updatable in cursor:
        if available is None:
            findings.append(
                Finding(
                    f"{CHECK}.available", name, "its files", None, f"{_INSTALL} not on the server."
                )
            )
            continue
        remedy = (
            f"ALTER EXTENSION {name} UPDATE in the copy, or waive it until the source is updated."
            if updatable
            else f"{_INSTALL} of another version, with no way from the installed one."
        )
        findings.append(Finding(f"{CHECK}.version", name, available, installed, remedy))
    return Judgement(tuple(findings))


def _libraries(cursor: RowCursor) -> list[tuple[str, int]]:
    # One function of each: the validator loads the library and looks that one up.
    cursor.execute(
        """
        select p.probin, min(p.oid)::int8
        from pg_proc p join pg_language l on l.oid = p.prolang
        where l.lanname = 'c' and p.probin is not null
        group by 1 order by 1
        """
    )
    return cursor.fetchall()


def judge_library(check: str, library: str, answer: Read[None] | Unread) -> Judgement:
    """What the attempt to load a library says of it."""
    if isinstance(answer, Read):
        return Judgement()
    if "shared_preload_libraries" in answer.why:
        # A quarantine leaves pg_cron and its like out on purpose (DESIGN 5).
        reason = f"{answer.why}; it is not preloaded here: judge it where it is"
        return Judgement(gaps=(Gap(check, library, reason),))
    if is_refusal(answer.sqlstate) and not answer.damage:
        return not_read(check, library, answer)
    remedy = f"{_INSTALL} missing or of another version."
    return Judgement((Finding(check, library, "loadable", answer.why, remedy),))
