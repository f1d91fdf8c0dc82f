"""What pg_dumpall writes, made to fit the server that it is played into: a line stays a line."""

from __future__ import annotations

import pytest

from fixtures.dumps.cluster_lines import beside, in_place_of

HASH = b"SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"CREATE ROLE postgres;\n", b"\n"),
        (b'CREATE ROLE "Odd ""One""";\n', b"\n"),
        (b"CREATE ROLE somebody;\n", None),
        (b"ALTER ROLE postgres WITH SUPERUSER LOGIN PASSWORD '" + HASH + b"';\n", b"\n"),
        (b"ALTER ROLE somebody WITH LOGIN PASSWORD '" + HASH + b"';\n", None),
        (b"ALTER ROLE postgres SET lock_timeout TO '7s';\n", None),
        (b"GRANT a TO b GRANTED BY postgres;\n", b"GRANT a TO b;\n"),
        (
            b'GRANT a TO b WITH ADMIN OPTION GRANTED BY "Odd";\n',
            b"GRANT a TO b WITH ADMIN OPTION;\n",
        ),
        (b"GRANT SELECT ON TABLE t TO a;\n", None),
        (b"CREATE TABLESPACE fast OWNER a LOCATION '/mnt/it''s fast';\n", b"\n"),
        (b"GRANT ALL ON TABLESPACE fast TO a;\n", b"\n"),
        (b"SET default_tablespace = fast;\n", b"SET default_tablespace = '';\n"),
        (
            b"CREATE DATABASE d WITH TEMPLATE = template0 TABLESPACE = fast;\n",
            b"CREATE DATABASE d WITH TEMPLATE = template0;\n",
        ),
        (b"ALTER DATABASE d SET work_mem TO '7MB';\n", None),
    ],
)
def test_beside_a_life_of_its_own(line: bytes, expected: bytes | None) -> None:
    rewritten = beside({"postgres", 'Odd "One"'})(line)
    assert (line if expected is None else expected) == rewritten
    assert rewritten.count(b"\n") == 1


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"CREATE ROLE postgres;\n", b"\n"),
        (b"CREATE ROLE somebody;\n", None),
        # Its password comes back as it was.
        (b"ALTER ROLE postgres WITH SUPERUSER LOGIN PASSWORD '" + HASH + b"';\n", None),
        (b"GRANT a TO b GRANTED BY postgres;\n", None),
        (
            b"CREATE TABLESPACE fast OWNER a LOCATION '/mnt/it''s fast';\n",
            b"SET allow_in_place_tablespaces = on; CREATE TABLESPACE fast OWNER a LOCATION '';\n",
        ),
        (b"GRANT ALL ON TABLESPACE fast TO a;\n", None),
        (b"SET default_tablespace = fast;\n", None),
    ],
)
def test_in_the_place_of_the_dumped_server(line: bytes, expected: bytes | None) -> None:
    rewritten = in_place_of("postgres")(line)
    assert (line if expected is None else expected) == rewritten
    assert rewritten.count(b"\n") == 1
