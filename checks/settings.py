"""Configuration parity: the parameters that a copy runs with are those of its source (R31, row 28).

Compared by name. What may differ stands with its reason in `checks.settings_allowances`; all else
is compared, whether it was set or not, within one major version. Across majors, whose defaults
differ, a parameter is compared where one side has set it.

The value compared is the one that ``RESET`` would bring back: what the observing session sets for
itself does not count. What ``ALTER ROLE`` or ``ALTER DATABASE`` set for it does, and hides the
server's own value: where it differs, that is a gap, for it may be of this login alone.

Parameters of a library are there only where it is loaded, which quarantine prevents.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from checks import settings_allowances as allowances
from checks.database import RowCursor
from checks.evidence import Allowed, AllowedDifferences
from checks.finding import Finding
from checks.judgement import Gap, Judgement
from checks.schema.literals import told_apart
from checks.schema.secrets import harmless, held_back

CHECK = "settings"

OF_THE_LOGIN = frozenset({"user", "database", "database user", "client"})
"""Sources of a value that stand before the server's own files."""


class Setting(BaseModel):
    """One parameter: `value` with its unit, a digest where it may be a password.

    source           as ``pg_settings`` has it: ``default``, ``configuration file``, …
    altered          whether ALTER SYSTEM set it; None where the right to see that is missing
    pending_restart  whether its file says otherwise, which a restart would bring
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: str | None
    source: str
    altered: bool | None
    pending_restart: bool


class SettingsObservation(BaseModel):
    """All parameters of one server that the session may see.

    server_version  as ``server_version_num`` has it: 150020
    whole           whether the session sees those of superusers too (``pg_read_all_settings``)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    server_version: int
    whole: bool
    settings: dict[str, Setting]


def observe_settings(cursor: RowCursor) -> SettingsObservation:
    """Every parameter, in one statement; needs no right, sees more with ``pg_read_all_settings``.

    Raises psycopg.Error as the server says it.
    """
    cursor.execute(
        """
        select s.name, s.reset_val, s.unit, s.source,
               case when w.whole then coalesce(s.sourcefile ~ 'postgresql[.]auto[.]conf$', false)
               end, s.pending_restart, w.whole
        from pg_catalog.pg_settings s,
             (select pg_catalog.pg_has_role('pg_read_all_settings', 'USAGE')) as w (whole)
        order by s.name collate "C"
        """
    )
    settings, whole = {}, False
    # What this session asked for as it began stands before the server's own, whatever was SET
    # since: then the source says "session", and reset_val is still ours.
    ours = {name for name in allowances.OF_OUR_SESSION if name in cursor.connection.info.options}
    for name, value, unit, source, altered, pending, sees_all in cursor:
        whole = sees_all
        settings[name] = Setting(
            value=_shown(name, value, unit),
            source="client" if name in ours else source,
            altered=altered,
            pending_restart=pending,
        )
    return SettingsObservation(
        server_version=cursor.connection.info.server_version, whole=whole, settings=settings
    )


def judge_settings(
    expected: SettingsObservation, actual: SettingsObservation, *, quarantined: bool
) -> Judgement:
    """Every parameter that differs and may not; the check of a finding is ``settings.<name>``.

    quarantined  whether the copy is kept away from production, and may differ in what does that
                 (DESIGN 5); each difference that was allowed is told
    """
    comparison = _Comparison(expected, actual, quarantined)
    names = sorted(expected.settings.keys() | actual.settings.keys())
    told = [one for name in names for one in comparison.judge(name)]
    return Judgement(
        tuple(one for one in told if isinstance(one, Finding)),
        (*comparison.rights(), *(one for one in told if isinstance(one, Gap))),
        allowed=(AllowedDifferences("server settings", len(names), comparison.allowed),),
    )


class _Comparison:
    def __init__(
        self, expected: SettingsObservation, actual: SettingsObservation, quarantined: bool
    ) -> None:
        self.expected, self.actual = expected, actual
        self.quarantined = quarantined
        self.one_major = expected.server_version // 10000 == actual.server_version // 10000
        self.allowed: list[Allowed] = []

    def rights(self) -> Iterator[Gap]:
        """What neither side's login, or one side's, may see."""
        for place, side in (("source", self.expected), ("copy", self.actual)):
            if not side.whole:
                yield Gap(
                    CHECK,
                    f"parameters that only superusers see, in the {place}",
                    "grant pg_read_all_settings (or pg_monitor) to this login: it sees neither "
                    "those (shared_preload_libraries …) nor what ALTER SYSTEM has set",
                )

    def judge(self, name: str) -> Iterator[Finding | Gap]:
        was, now = self.expected.settings.get(name), self.actual.settings.get(name)
        if was is None or now is None:
            yield from self._on_one_side(name, was, now)
            return
        if self._differs(name, was, now):
            hidden = allowances.OF_OUR_SESSION if "client" in {was.source, now.source} else {}
            if reason := hidden.get(name) or allowances.allowed(name, quarantined=self.quarantined):
                self.allowed.append(Allowed(name, was.value, now.value, reason))
            elif {was.source, now.source} & OF_THE_LOGIN:
                yield Gap(
                    f"{CHECK}.{name}",
                    name,
                    "the login's or the database's own setting hides the server's, and differs: "
                    "connect as a login without settings of its own",
                )
            else:
                one, other = told_apart(was.value, now.value)
                yield Finding(f"{CHECK}.{name}", name, one, other, _remedy(name, was))
        elif (
            now.pending_restart
            and not was.pending_restart
            and allowances.allowed(name, quarantined=self.quarantined) is None
        ):
            one, other = told_apart(was.value, now.value)
            words = f"{other}, and another value after a restart"
            yield Finding(f"{CHECK}.{name}", name, one, words, allowances.RESTART)

    def _differs(self, name: str, was: Setting, now: Setting) -> bool:
        if was.value == now.value:
            return False
        if name in allowances.NOT_LOWER:
            return _number(now.value) < _number(was.value)
        unset = was.source == now.source == "default"
        # What cannot be set (``block_size``) has the source "default" or "override".
        return self.one_major or not unset

    def _on_one_side(
        self, name: str, was: Setting | None, now: Setting | None
    ) -> Iterator[Finding | Gap]:
        """A parameter that the other server does not have, or does not show."""
        there = was or now
        side = self.actual if now is None else self.expected
        place = "copy" if now is None else "source"
        if there is None or allowances.allowed(name, quarantined=self.quarantined):
            return
        if there.source == "default" or not side.whole:  # `rights` has told of the latter
            return
        if "." in name and self.quarantined and now is None:
            self.allowed.append(Allowed(name, there.value, None, allowances.PRELOADED))
        elif "." in name:
            why = f"the {place} does not know it: load the library that it belongs to"
            yield Gap(f"{CHECK}.{name}", name, why)
        else:
            why = f"the {place}'s version has no such parameter: see its release notes"
            yield Gap(f"{CHECK}.{name}", name, why)


def _remedy(name: str, was: Setting) -> str:
    if name in allowances.NOT_LOWER:
        return allowances.BECAUSE_LOWER
    ordinary = allowances.ALTERED if was.altered else allowances.AS_THE_SOURCE
    return allowances.REMEDIES.get(name, ordinary)


def _shown(name: str, value: str | None, unit: str | None) -> str | None:
    if value and allowances.secret(name):
        return held_back(value)
    if value is None:  # of a library that this session has loaded, and that sets none
        return None
    if unit is None:
        return harmless(value)
    # 16384 of 8kB each; -1 and 0 mean something of their own.
    return f"{value} × {unit}" if unit[0].isdigit() else f"{value} {unit}"


def _number(value: str | None) -> int:
    return int(value) if value else 0
