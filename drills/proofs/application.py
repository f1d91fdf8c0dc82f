"""The application can work with the copy as it worked with the source."""

from __future__ import annotations

from functools import partial

from checks.application import check_application, write_anything
from fixtures.claims import NotApplicable
from fixtures.source import Copy, Origin


def test_the_application_logs_in_and_writes(writable_copy: Copy, source: Origin) -> None:
    """The application logs in, and its own write is accepted (R42)."""
    application = source.application
    if application is None:
        raise NotApplicable("[proof] application names no login")
    findings = []
    for database in source.databases or (source.maintenance,):
        login = partial(writable_copy.address.connect, application, database)
        findings += check_application(database, login, source.application_write or write_anything)

    assert findings == []
