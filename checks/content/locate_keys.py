"""Keys as they may be told: integers and uuids as they are, all others as keyed hashes (DESIGN 4).

The hash is computed on the server, so that a key that may not be shown never leaves it: the first
16 hexadecimal digits of HMAC-SHA-256 over the key's text, under a secret of the run. Equal values
have equal hashes within one run, whatever table they stand in; without the secret, nobody can try
out values.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from psycopg import sql

from checks.content.rows import Column
from checks.database import RowCursor, pin

BLOCK = 64
"""Bytes of a block of SHA-256 (RFC 2104 pads keys to it)."""


def give_secret(cursor: RowCursor, secret: bytes) -> None:
    """Let `shown` use the secret, until the end of the transaction.

    As settings and not within the statement, where pg_stat_activity would show it.
    """
    pin(cursor, _pads(secret), local=True)


def shown(column: Column, source: str = "t") -> sql.Composable:
    """An expression of type text: the key's value where it may be shown, else its keyed hash.

    format() writes a value by its type's output function, as pg_dump would; a cast to text is one
    that somebody may have made himself.
    """
    text = sql.SQL("pg_catalog.format('%s', {})").format(sql.Identifier(source, column.name))
    if column.may_be_shown:
        return text
    return sql.SQL(
        "'#' || pg_catalog.left(pg_catalog.encode(pg_catalog.sha256("
        "current_setting('restore_drill.outer')::pg_catalog.bytea || pg_catalog.sha256("
        "current_setting('restore_drill.inner')::pg_catalog.bytea"
        " || pg_catalog.textsend({}))), 'hex'), 16)"
    ).format(text)


def may_be_told(columns: Sequence[Column]) -> bool:
    """Whether a key is of integers and uuids only."""
    return bool(columns) and all(column.may_be_shown for column in columns)


def text(columns: Sequence[Column]) -> sql.Composable:
    """An expression of type bytea: a key that may be told, as text, with commas between parts."""
    parts = [
        sql.SQL("{}::pg_catalog.text").format(sql.Identifier("t", column.name))
        for column in columns
    ]
    return sql.SQL("pg_catalog.textsend({})").format(sql.SQL(" || ',' || ").join(parts))


def order(columns: Sequence[Column], key: bytes) -> tuple[object, ...]:
    """By what keys are sorted: numbers of their `text` as numbers; hashes as they come."""
    if not may_be_told(columns):
        return (key,)
    parts = key.decode("ascii").split(",")
    return tuple(
        part if column.base == "uuid" else int(part)
        for column, part in zip(columns, parts, strict=True)
    )


def told(parts: Sequence[str]) -> str:
    """A key in a sentence: ``700``, ``(3, #9f86d081884c7d65)``."""
    return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"


def _pads(secret: bytes) -> Mapping[str, str]:
    key = (hashlib.sha256(secret).digest() if len(secret) > BLOCK else secret).ljust(BLOCK, b"\0")
    return {
        f"restore_drill.{name}": r"\x" + bytes(byte ^ pad for byte in key).hex()
        for name, pad in (("inner", 0x36), ("outer", 0x5C))
    }
