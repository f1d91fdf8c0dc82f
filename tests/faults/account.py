"""A small account in moto, served over HTTP from this process through a faulty door."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from moto.backends import get_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from fixtures.rehearsal.web import QuietHandler
from tests.faults.door import FaultyDoor


@contextmanager
def served(log: Path) -> Iterator[tuple[str, FaultyDoor]]:
    """The endpoint of an empty account, and the door behind it."""
    reset()
    door = FaultyDoor(DomainDispatcherApplication(create_backend_app), log)
    server = make_server("127.0.0.1", 0, door, threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", door
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        reset()


def reset() -> None:
    """moto's accounts are of the whole process: leave none to the next test."""
    for service in ("ec2", "rds"):
        get_backend(service).reset()
