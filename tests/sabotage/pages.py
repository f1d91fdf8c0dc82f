"""Bytes that rot: pages of tables and indexes damaged in the files of a server that is stopped.

```
page  0 ─ header 24 bytes ─ line pointers, 4 bytes each ─ free ─ tuples ─ 8191
```
With page checksums the server refuses to read a page that was touched, whoever asks. Without them
it believes what it reads, and only what contradicts itself is seen: an order, a length, a
reference.
A page of zeros passes for a new one in both cases.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PAGE = 8192
HEADER = 24
LINE_POINTER = 4

Damage = Callable[[Path], None]

SAMPLE = """
    create schema rot;
    create table rot.parents (id int primary key, name text not null);
    create table rot.children (
        id int, parent int constraint children_parent references rot.parents
    );
    create table rot.long (id int primary key, body text);
    alter table rot.long alter body set storage external;
    create table rot.words (word text[]);
    create index words_gin on rot.words using gin (word);
    create table rot.counted (id int generated always as identity);
    insert into rot.parents select i, 'parent ' || i from generate_series(1, 2000) as i;
    insert into rot.children select i, i from generate_series(1, 2000) as i;
    insert into rot.long select i, repeat('long ', 2000) from generate_series(1, 20) as i;
    insert into rot.words select array['a' || i, 'b' || i] from generate_series(1, 2000) as i;
    insert into rot.counted select from generate_series(1, 20);
    vacuum freeze analyze
"""
"""A small database of whose files each fault damages one; statement by statement, separated by ;"""


@dataclass(frozen=True, slots=True)
class PageFault:
    """One damage to the file of one relation.

    relation   as SQL names it; a TOAST table by its table and ``!``
    checksums  whether the server has page checksums
    since      ``server_version_num`` from which amcheck can see it
    reported   (check, subject) of all that must say so
    everyday   whether it belongs to the fast tests
    """

    name: str
    relation: str
    damage: Damage
    reported: tuple[tuple[str, str], ...]
    checksums: bool = False
    since: int = 0
    everyday: bool = False


def flip(block: int, offset: int) -> Damage:
    """All eight bits of one byte of a page."""

    def damage(file: Path) -> None:
        data = bytearray(file.read_bytes())
        data[block * PAGE + offset] ^= 0xFF
        file.write_bytes(data)

    return damage


def flip_in_item(block: int, item: int, offset: int) -> Damage:
    """One byte of one tuple, `offset` bytes behind its beginning; its header has 23."""

    def damage(file: Path) -> None:
        (pointer,) = struct.unpack_from("<I", file.read_bytes(), _line_pointer(block, item))
        flip(block, (pointer & 0x7FFF) + offset)(file)

    return damage


def swap_items(block: int, first: int, second: int) -> Damage:
    """Two line pointers exchanged: two entries of an index in the wrong order."""

    def damage(file: Path) -> None:
        data = bytearray(file.read_bytes())
        one, other = (slice(at, at + LINE_POINTER) for at in _both(block, first, second))
        data[one], data[other] = data[other], data[one]
        file.write_bytes(data)

    return damage


def zero(block: int) -> Damage:
    """A page that was never written: what a lost write, or a sparse copy, leaves behind."""

    def damage(file: Path) -> None:
        data = bytearray(file.read_bytes())
        data[block * PAGE : (block + 1) * PAGE] = bytes(PAGE)
        file.write_bytes(data)

    return damage


def truncate(blocks: int) -> Damage:
    """The file ends after so many pages."""

    def damage(file: Path) -> None:
        file.write_bytes(file.read_bytes()[: blocks * PAGE])

    return damage


def remove(file: Path) -> None:
    """The file is not there at all."""
    file.unlink()


def _line_pointer(block: int, item: int) -> int:
    return block * PAGE + HEADER + LINE_POINTER * (item - 1)


def _both(block: int, first: int, second: int) -> tuple[int, int]:
    return _line_pointer(block, first), _line_pointer(block, second)


STRUCTURE = "integrity.indexes.structure"

PAGE_FAULTS = (
    PageFault(
        "byte of a table page flipped, with checksums",
        "rot.parents",
        flip(2, 5000),
        (
            ("integrity.rows", "rot.parents"),
            ("integrity.orphans", "rot.children.children_parent"),
            ("integrity.heaps", "rot.parents"),
            (STRUCTURE, "rot.parents_pkey"),
            ("integrity.checksums.failures", "database postgres"),
        ),
        checksums=True,
        everyday=True,
    ),
    PageFault(
        "byte of an index page flipped, with checksums",
        "rot.parents_pkey",
        flip(1, 5000),
        ((STRUCTURE, "rot.parents_pkey"),),
        checksums=True,
    ),
    PageFault(
        "byte of a TOAST page flipped, with checksums",
        "rot.long!",
        flip(1, 5000),
        (("integrity.heaps", "rot.long (TOAST)"),),
        checksums=True,
    ),
    PageFault(
        "page of an index zeroed, with checksums",
        "rot.parents_pkey",
        zero(2),
        ((STRUCTURE, "rot.parents_pkey"),),
        checksums=True,
    ),
    PageFault(
        "page of a table zeroed, with checksums: its rows are gone without a word",
        "rot.parents",
        zero(1),
        (("integrity.orphans", "rot.children.children_parent"),),
        checksums=True,
    ),
    PageFault(
        "file of a table removed",
        "rot.parents",
        remove,
        (
            ("integrity.rows", "rot.parents"),
            ("integrity.orphans", "rot.children.children_parent"),
        ),
        checksums=True,
    ),
    PageFault(
        "key of a row flipped",
        "rot.parents",
        flip_in_item(1, 7, 24),
        (
            (STRUCTURE, "rot.parents_pkey"),
            ("integrity.orphans", "rot.children.children_parent"),
        ),
    ),
    PageFault(
        "header of a row flipped",
        "rot.parents",
        flip_in_item(1, 7, 22),
        (("integrity.heaps", "rot.parents"),),
    ),
    PageFault(
        "two entries of an index swapped",
        "rot.parents_pkey",
        swap_items(1, 5, 9),
        ((STRUCTURE, "rot.parents_pkey"),),
        everyday=True,
    ),
    PageFault(
        "key of an index entry flipped",
        "rot.parents_pkey",
        flip_in_item(1, 7, 8),
        ((STRUCTURE, "rot.parents_pkey"),),
    ),
    PageFault(
        "page of an index zeroed",
        "rot.parents_pkey",
        zero(2),
        ((STRUCTURE, "rot.parents_pkey"),),
        everyday=True,
    ),
    PageFault(
        "index truncated",
        "rot.parents_pkey",
        truncate(4),
        ((STRUCTURE, "rot.parents_pkey"),),
    ),
    PageFault(
        "index emptied",
        "rot.parents_pkey",
        truncate(0),
        ((STRUCTURE, "rot.parents_pkey"),),
    ),
    PageFault(
        "table truncated: its index goes on naming rows",
        "rot.parents",
        truncate(3),
        (("integrity.orphans", "rot.children.children_parent"),),
        everyday=True,
    ),
    PageFault(
        "TOAST table truncated",
        "rot.long!",
        truncate(5),
        (("integrity.heaps", "rot.long"),),
    ),
    PageFault(
        "index of a TOAST table zeroed",
        "rot.long!index",
        zero(1),
        ((STRUCTURE, "rot.long (TOAST index)"),),
    ),
    PageFault(
        "page of a GIN index zeroed",
        "rot.words_gin",
        zero(1),  # the root; others may be free since the pending list was emptied
        ((STRUCTURE, "rot.words_gin"),),
        since=180000,
    ),
    PageFault(
        "byte of a page of a GIN index flipped, with checksums",
        "rot.words_gin",
        flip(1, 5000),
        ((STRUCTURE, "rot.words_gin"),),
        checksums=True,
        since=180000,
    ),
    PageFault(
        "page of a sequence zeroed",
        "rot.counted_id_seq",
        zero(0),
        (("integrity.sequences.position", "rot.counted_id_seq"),),
    ),
)
"""Which of the checks on the copy alone sees which damage.

None of them sees a byte that was flipped within a value of a server without checksums: only a
comparison of contents does. Nor does `STRUCTURE` see an index that names rows which are gone.
"""
