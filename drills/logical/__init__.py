"""Recovery of a Postgres from dumps that pg_dump and pg_dumpall made."""
