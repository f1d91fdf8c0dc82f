"""Recovery of a Postgres that one runs oneself, from a base backup and a WAL archive."""
