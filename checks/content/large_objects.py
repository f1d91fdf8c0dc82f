"""Large objects: owner, rights, length and a digest of the bytes of each, read in one statement.

The digest stands for the bytes and not for how they are stored: an object with holes, which
``pg_dump`` fills with zeros, has the digest of its filled copy. The bytes are cut into pages of
2,048, each page that is not all zeros is hashed together with its number under two seeds, and the
hashes are added up. Nothing but two sums and a length leaves the server, which holds a few pages of
an object at a time.

Rights, as seen on PostgreSQL 14 to 18: ``pg_read_all_data`` does not open a large object (`lo_get`
is refused), but it may read the catalog `pg_largeobject`, which holds the pages of all of them. So
may a superuser, and whoever was granted SELECT on that catalog. Any other login reads the objects
that are its own or granted to it; each of the others is a gap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from psycopg import sql

from checks.content.observation import LARGE_OBJECTS, ContentObservation, LargeObject
from checks.database import DAMAGE, RowCursor, pin, scan_tables_only
from checks.finding import Finding
from checks.judgement import Gap, Judgement

CHECK = "content.large_objects"
SHOWN = 20
"""Objects that are named of each kind of difference; the rest is counted."""

PAGE = 2048
"""Bytes that are hashed at once: what a server with blocks of 8 kB, the usual ones, keeps in one
row of `pg_largeobject` (LOBLKSIZE)."""


def observe_large_objects(cursor: RowCursor) -> dict[int, LargeObject]:
    """Every large object of the database, by its oid, on the snapshot of the cursor.

    One scan of `pg_largeobject` where the login may read it, else look-ups page by page. Objects
    that the login may not read have neither length nor digest. Raises psycopg.Error.
    """
    scan_tables_only(cursor)
    # Sorting would write every page of every object to temporary files.
    pin(cursor, {"enable_sort": "off", "enable_hashagg": "on", "jit": "off"}, local=True)
    cursor.execute(
        "select has_table_privilege('pg_catalog.pg_largeobject', 'select')"
        " and current_setting('block_size')::int = %s",
        [4 * PAGE],
    )
    ((whole,),) = cursor.fetchall()
    query = BY_CATALOG if whole else BY_FUNCTION
    # Streamed: of millions of objects the client would otherwise hold every row twice.
    rows = cursor.stream(query, {"zeros": bytes(PAGE), "page": PAGE})
    return {oid: _large_object(*rest) for oid, *rest in rows}


def compare_large_objects(expected: ContentObservation, actual: ContentObservation) -> Judgement:
    """Which large objects are missing, extra, another's, open to others, or of other bytes (R36).

    A side on which none could be read is a gap, or a finding where the server could not read its
    own data. An object that a login may not read is a gap of its own; its owner and rights are
    compared all the same.
    """
    if expected.large_objects is None or actual.large_objects is None:
        return _not_read(expected, actual)
    before, after = expected.large_objects, actual.large_objects
    both = sorted(before.keys() & after.keys())
    unread = [oid for oid in both if None in {before[oid].digest, after[oid].digest}]
    read = sorted(set(both) - set(unread))
    findings = (
        *_lost(before, sorted(before.keys() - after.keys())),
        *_intruding(after, sorted(after.keys() - before.keys())),
        *_of_other("owner", both, lambda oid: (before[oid].owner, after[oid].owner), GIVE_BACK),
        *_of_other("acl", both, lambda oid: (before[oid].acl, after[oid].acl), GRANT_BACK),
        *_of_other("length", read, lambda oid: (before[oid].bytes, after[oid].bytes), RESTORE),
        *_other_bytes(before, after, read),
    )
    return Judgement(findings, tuple(_gaps(unread)), facts={LARGE_OBJECTS: len(read)})


RESTORE = "Restore again, and compare the point reached with T: the object was written to."
GIVE_BACK = "ALTER LARGE OBJECT … OWNER TO the owner expected; restore the cluster's roles first."
GRANT_BACK = "GRANT or REVOKE on the object until its rights are those expected."


def _lost(before: dict[int, LargeObject], oids: Sequence[int]) -> Iterator[Finding]:
    return _capped(
        CHECK,
        oids,
        lambda oid: (_described(before[oid]), None),
        "Restore again with large objects: pg_dump -n and -t leave them out, --blobs takes them.",
    )


def _intruding(after: dict[int, LargeObject], oids: Sequence[int]) -> Iterator[Finding]:
    return _capped(
        CHECK,
        oids,
        lambda oid: (None, _described(after[oid])),
        "Find where it came from: the copy is of another point, or something writes to it.",
    )


def _of_other(
    what: str, both: Iterable[int], sides: Callable[[int], tuple[object, object]], remedy: str
) -> Iterator[Finding]:
    def differs(oid: int) -> bool:
        expected, actual = sides(oid)
        return expected != actual

    return _capped(f"{CHECK}.{what}", [oid for oid in both if differs(oid)], sides, remedy)


def _other_bytes(
    before: dict[int, LargeObject], after: dict[int, LargeObject], read: Iterable[int]
) -> Iterator[Finding]:
    """Digests stay untold: the bytes of a short object can be found out from an unkeyed one."""
    oids = [
        oid
        for oid in read
        if before[oid].bytes == after[oid].bytes and before[oid].digest != after[oid].digest
    ]
    return _capped(
        f"{CHECK}.bytes",
        oids,
        lambda oid: (f"{before[oid].bytes:,} bytes", f"{after[oid].bytes:,} bytes, not the same"),
        RESTORE,
    )


def _capped(
    check: str, oids: Sequence[int], sides: Callable[[int], tuple[object, object]], remedy: str
) -> Iterator[Finding]:
    """A finding for each of the first, and one that counts them all where there are more."""
    for oid in oids[:SHOWN]:
        yield Finding(check, f"large object {oid}", *sides(oid), remedy)
    if len(oids) > SHOWN:
        more = f"{len(oids):,} differ, of which the first {SHOWN} are named"
        yield Finding(check, LARGE_OBJECTS, "no difference", more, remedy)


def _described(one: LargeObject) -> str:
    length = "of unknown length" if one.bytes is None else f"of {one.bytes:,} bytes"
    return f"a large object {length}, owned by {one.owner}"


def _gaps(oids: Sequence[int]) -> Iterator[Gap]:
    may_not = (
        "its bytes were not compared, the login may not read it on both sides: grant the login "
        "pg_read_all_data, or SELECT on the object"
    )
    for oid in oids[:SHOWN]:
        yield Gap(CHECK, f"large object {oid}", may_not)
    if len(oids) > SHOWN:
        more = f"{len(oids):,} were not compared, of which the first {SHOWN} are named"
        yield Gap(CHECK, LARGE_OBJECTS, f"{more}: grant the login pg_read_all_data")


def _not_read(expected: ContentObservation, actual: ContentObservation) -> Judgement:
    findings: list[Finding] = []
    gaps: list[Gap] = []
    for side, name in ((expected, "the source or baseline"), (actual, "the restored copy")):
        if side.large_objects is not None:
            continue
        left = side.left_out.get(LARGE_OBJECTS)
        why = side.unreadable.get(LARGE_OBJECTS) or (None if left is None else left.reason)
        if why is not None and why.startswith(DAMAGE):
            remedy = f"Mend {name}, or restore again: the server cannot read its own data there."
            findings.append(Finding(CHECK, LARGE_OBJECTS, "readable", why, remedy))
        else:
            said = why or "they were left out of that observation"
            gaps.append(Gap(CHECK, LARGE_OBJECTS, f"not read on {name}: {said}"))
    return Judgement(tuple(findings), tuple(gaps))


def _large_object(
    owner: str, acl: str | None, length: int | None, first: int | None, second: int | None
) -> LargeObject:
    if length is None or first is None or second is None:
        return LargeObject(owner=owner, acl=acl, bytes=None, digest=None)
    digest = "".join(f"{int(total) % 2**64:016x}" for total in (first, second))
    return LargeObject(owner=owner, acl=acl, bytes=length, digest=digest)


# An array of one element hashes as that element does, under a seed, on 13 to 18; a hash function
# for bytea itself has a name in SQL on 18 only. The number of a page is hashed with its bytes, not
# beside them: that two pages changed places must show.
# A page shorter than it could be reads as if filled with zeros, one that is missing as if all
# zeros; only the end of the last one is the end of the object.
DIGEST = sql.SQL("""
    coalesce(sum(hash_array_extended(array[int4send(number) || filled], 0))
        filter (where filled <> %(zeros)s), 0) as first,
    coalesce(sum(hash_array_extended(array[int4send(number) || filled], 1))
        filter (where filled <> %(zeros)s), 0) as second
""")

NAMED = sql.SQL("""
    m.oid::int8, m.lomowner::regrole::text,
    (select string_agg(item::text, ' ' order by item::text collate "C")
       from unnest(nullif(m.lomacl, acldefault('L', m.lomowner))) as item)
""")

BY_CATALOG = sql.SQL("""
    select {named}, coalesce(d.length, 0), coalesce(d.first, 0), coalesce(d.second, 0)
    from pg_largeobject_metadata m left join (
        select loid, max(number::int8 * %(page)s + stored) as length, {digest}
        from (
            select loid, pageno as number, length(data) as stored,
                   data || substr(%(zeros)s, length(data) + 1) as filled
            from pg_largeobject
        ) pages
        group by loid
    ) d on d.loid = m.oid
""").format(named=NAMED, digest=DIGEST)

# lo_open(…, 262144) opens for reading (INV_READ), the one way in a read-only transaction; it
# refuses, which would end the statement, so that rights are looked at before. Each object is closed
# at once: open ones cost memory until the transaction ends.
BY_FUNCTION = sql.SQL("""
    select {named}, d.length, d.first, d.second
    from pg_largeobject_metadata m left join lateral (
        select measured.length, digest.first, digest.second
        from (
            select lo_lseek64(fd, 0, 2) as length, lo_close(fd)
            from (
                select lo_open(m.oid, 262144) as fd
                where current_setting('lo_compat_privileges')::bool
                   or pg_has_role(m.lomowner, 'usage')
                   or exists (
                       select from aclexplode(m.lomacl) granted
                       where granted.privilege_type = 'SELECT'
                         and (granted.grantee = 0 or pg_has_role(granted.grantee, 'usage'))
                   )
                offset 0
            ) opened
            offset 0
        ) measured cross join lateral (
            select {digest}
            from (
                select number, data || substr(%(zeros)s, length(data) + 1) as filled
                from (
                    select n::int4 as number, lo_get(m.oid, n * %(page)s, %(page)s) as data
                    from generate_series(0::int8, (measured.length - 1) / %(page)s) n
                    offset 0
                ) read
            ) pages
        ) digest
    ) d on true
""").format(named=NAMED, digest=DIGEST)
