"""The file that holds a baseline: JSON, readable for ten years, told when it is not what was
written.

```
{"format":"restore-drills baseline","version":1,"sha256":"…","baseline":{…}}
```

One line of compact JSON in UTF-8; gzip where the name ends in ``.gz``. The hash covers the bytes of
the baseline itself, so that a file that was cut short or edited by hand is told. It is no
signature: who can write the file can write the hash as well.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import tempfile
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from checks.baseline.errors import (
    BaselineError,
    FetchBaselineAgain,
    MakeBaselineReadable,
    NameAnotherBaseline,
    NameBaselineFile,
    NameExistingBaseline,
    NameWritableBaseline,
    UpdateHarness,
)
from checks.baseline.model import FORMAT, VERSION, Baseline, BaselineFile

_HEAD = b'{"format":"%s","version":%d,"sha256":"%s","baseline":'
_FIRST_WORDS = b'{"format":"%s"' % FORMAT.encode()
_TAIL = b"}\n"
_AS_WRITTEN = re.compile(
    _HEAD.replace(b"{", b"\\{") % (FORMAT.encode(), VERSION, b"([0-9a-f]{64})")
)
_JSON = TypeAdapter[Any](Any)
_GZIP = b"\x1f\x8b"
_BEGINNING = 1 << 10
"""Bytes that tell what a file is."""


def save(baseline: Baseline, path: Path) -> None:
    """Write a baseline so that the file is there whole or, whatever happens, as it was before.

    Readable by its owner only. An older baseline of that name is replaced; anything else is not.
    Raises NameAnotherBaseline, NameWritableBaseline.
    """
    path = Path(os.path.realpath(path))  # what a link points to is replaced, not the link
    _require_replaceable(path)
    body = baseline.model_dump_json().encode()
    digest = hashlib.sha256(body).hexdigest().encode()
    content = _HEAD % (FORMAT.encode(), VERSION, digest) + body + _TAIL
    if path.suffix == ".gz":
        # No time and no name in the header: the same baseline gives the same file.
        content = gzip.compress(content, compresslevel=6, mtime=0)
    try:
        _replace(path, content)
    except OSError as error:
        raise NameWritableBaseline(
            path, f"cannot be written ({_words(error)}): name a file in a folder that can be"
        ) from error


def require_writable(path: Path) -> None:
    """What `save` would refuse, found out before anything is read; nothing is left behind.

    Raises NameAnotherBaseline, NameWritableBaseline.
    """
    path = Path(os.path.realpath(path))
    _require_replaceable(path)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise NameWritableBaseline(
            path, f"cannot be written ({_words(error)}): name a file in a folder that can be"
        ) from error
    os.close(handle)
    Path(name).unlink()


def load(path: Path) -> Baseline:
    """Read a baseline, whether compressed or not.

    Raises NameExistingBaseline, MakeBaselineReadable, NameBaselineFile, UpdateHarness,
    FetchBaselineAgain; each in one line that never quotes what the file holds.
    """
    content = _unpacked(path, _read(path)).rstrip()  # the end of the line may have been lost
    head = _AS_WRITTEN.match(content)
    if head is None or not content.endswith(_TAIL.rstrip()):
        raise _not_as_written(path, content)
    body = memoryview(content)[head.end() : -len(_TAIL.rstrip())]
    if hashlib.sha256(body).hexdigest().encode() != head[1]:
        raise _not_as_written(path, content)
    try:
        return BaselineFile.model_validate_json(content).baseline
    except ValidationError as error:
        # The file is what was written, so it is this version that understands something else.
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UpdateHarness(
            path,
            f"{place}: {first['msg']}: use the version of this harness that wrote it, or record "
            "the baseline again",
        ) from None


def schema() -> dict[str, Any]:
    """The JSON schema of the file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **BaselineFile.model_json_schema(),
    }


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise NameExistingBaseline(
            path, "there is no such file: correct the path, or record one with --record-baseline"
        ) from None
    except OSError as error:
        raise MakeBaselineReadable(
            path, f"cannot be read ({_words(error)}): let the account that runs the drill read it"
        ) from error


def _unpacked(path: Path, content: bytes) -> bytes:
    """Told by the content, not by the name: browsers and `gunzip` change one without the other."""
    if not content.startswith(_GZIP):
        return content
    try:
        return gzip.decompress(content)
    except EOFError:
        raise _cut_short(path) from None
    except (gzip.BadGzipFile, zlib.error):
        raise FetchBaselineAgain(
            path, "its compression is damaged: fetch it again from where it was recorded"
        ) from None


def _not_as_written(path: Path, content: bytes) -> BaselineError:
    """Why a file does not begin, or does not go on, as `save` writes it."""
    try:
        found = _JSON.validate_json(content)
    except ValidationError as error:
        if _begins_as_ours(content) and "EOF while parsing" in str(error):
            return _cut_short(path)
        if _begins_as_ours(content):
            return FetchBaselineAgain(
                path,
                "was changed after it was written, and is no JSON any more: fetch it again from "
                "where it was recorded",
            )
        return NameBaselineFile(
            path,
            ("is empty" if not content.strip() else "is not JSON")
            + ": name a file that --record-baseline wrote",
        )
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        return NameBaselineFile(
            path, f'is JSON, but no "{FORMAT}": name a file that --record-baseline wrote'
        )
    version = found.get("version")
    if isinstance(version, int) and version > VERSION:
        return UpdateHarness(
            path,
            f"written in version {version} of the format, this harness reads up to {VERSION}: "
            "update it, or record the baseline with this one",
        )
    return FetchBaselineAgain(
        path,
        "was changed after it was written (its hash does not fit; a tool that formats JSON does "
        "that too): fetch it again from where it was recorded",
    )


def _begins_as_ours(content: bytes) -> bool:
    beginning = content[:_BEGINNING].lstrip()
    return bool(beginning) and (FORMAT.encode() in beginning or _FIRST_WORDS.startswith(beginning))


def _cut_short(path: Path) -> FetchBaselineAgain:
    return FetchBaselineAgain(
        path, "ends in the middle, it was cut short: fetch it again from where it was recorded"
    )


def _require_replaceable(path: Path) -> None:
    """A mistyped path must not cost anybody a file: only a baseline, or nothing, may be there."""
    try:
        with path.open("rb") as file:
            beginning = file.read(_BEGINNING)
    except FileNotFoundError:
        return
    except OSError as error:
        raise NameWritableBaseline(
            path, f"something is there that cannot be looked at ({_words(error)}): name another"
        ) from error
    if beginning.startswith(_GZIP):
        with suppress(zlib.error):
            beginning = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(beginning)
    if FORMAT.encode() not in beginning:
        raise NameAnotherBaseline(
            path, "is there and no baseline, so it is not overwritten: name another file"
        )


def _replace(path: Path, content: bytes) -> None:
    # mkstemp makes it readable by its owner only, whatever the umask.
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # else a crash may leave the new name on an empty file
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _words(error: OSError) -> str:
    return error.strerror or type(error).__name__
