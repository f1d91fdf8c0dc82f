"""R49: a password that an operator hands over, in every way there is, good and bad."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.daily import daily
from tests.drills.fix_verify import Shop
from tests.leaks.fix_leaks import LOUD, leaked

AT = r"host={socket} user={user} dbname={database}"
HANDED = {
    "a keyword": f"{AT} password=cAnArY",
    "with a comma": f"{AT} password=a,b;c&d)cAnArY",
    "with a blank": rf"{AT} password=a\ cAnArY",
    "in quotes": rf"{AT} password='it\'s cAnArY'",
    "in a URL": "postgresql://{user}:a%40cAnArY@/{database}?host={socket}",
}
REFUSED = {
    "an @ in a URL": "postgresql://boss:p@cAnArY@127.0.0.1:1/core",
    "a slash in a URL": "postgresql://boss:p/cAnArY@127.0.0.1:1/core",
    "a colon in a URL": "postgresql://boss:p:cAnArY@127.0.0.1:1/core",
    "a per cent in a URL": "postgresql://boss:cAnArY%zz@127.0.0.1:1/core",
    "a blank": "host=127.0.0.1 port=1 password=a cAnArY dbname=x",
    "an odd port": "host=127.0.0.1 port=1cAnArY",
    "an unknown word": "host=127.0.0.1 port=1 passwort=cAnArY",
    "nothing but it": "cAnArY",
    "a server that refuses": "host=127.0.0.1 port=1 user=x password='a cAnArY' dbname=x",
}


@pytest.mark.parametrize("way", daily(HANDED, "with a blank", "in a URL"))
def test_a_password_that_is_handed_over_is_shown_nowhere(
    shop: Shop, tmp_path: Path, way: str
) -> None:
    """On the command line, in a settings file, in variables and in a password file, at once."""

    def dsn(database: str) -> str:
        socket, user = shop.server.socket_dir, shop.server.superuser
        where = HANDED[way].format(socket=socket, user=user, database=database)
        in_a_url = str(socket).replace("/", "%2F")
        return where.replace(str(socket), in_a_url) if "//" in where else where

    passwords = tmp_path / "pgpass"
    passwords.write_text("*:*:*:*:cAnArY-in-a-file\n")
    passwords.chmod(0o600)
    shop.drill.environ |= {
        "PGPASSFILE": str(passwords),
        "SHOP_COPY": dsn(shop.copy),
        "TF_VAR_db_admin_password": "cAnArY-of-terraform",
        "AWS_SECRET_ACCESS_KEY": "cAnArY-of-aws",
    }
    settings = tmp_path / "drill.toml"
    settings.write_text('[verify]\nrestored = "env:SHOP_COPY"\n')

    result = shop.run(f"--source-dsn={dsn(shop.source)}", f"--drill-config={settings}", *LOUD)

    assert 0 == result.status, result.out
    assert {} == leaked(result)


@pytest.mark.parametrize("way", daily(REFUSED, "an @ in a URL", "a blank", "a server that refuses"))
def test_a_connection_string_that_is_refused_is_not_quoted(shop: Shop, way: str) -> None:
    shop.drill.environ["PGCONNECT_TIMEOUT"] = "2"
    result = shop.run(f"--source-dsn={REFUSED[way]}", f"--restored-dsn={REFUSED[way]}", *LOUD)

    assert 4 == result.status, result.out
    assert {} == leaked(result)  # refused before a run begins, it leaves no folder
