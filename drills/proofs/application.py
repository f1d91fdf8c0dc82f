"""The application can work with the copy as it worked with the source."""

from __future__ import annotations

from functools import partial

from checks.application import check_application
from fixtures.claims import NotProven
from fixtures.source import Copy, Origin


def test_the_application_logs_in_and_writes(writable_copy: Copy, source: Origin) -> None:
    """The application logs in, and its own write is accepted (R42)."""
    application, write = source.application, source.application_write
    if application is None or write is None:
        raise NotProven("the application's login is not known, or not what it writes")
    findings = []
    for database in source.databases or ():
        login = partial(writable_copy.address.connect, application, database)
        findings += check_application(database, login, write)

    assert findings == []
