"""Verification as pure functions: observations in, findings out.

Every check is three parts: an *observation* taken over a read-only psycopg connection (a plain
dataclass that survives JSON), a *comparison* that knows nothing of databases, and its answer, a
list of `Finding`. No check prints, asserts or skips; tests assert ``findings == []``, so that the
failure is the report.

Nothing here imports pytest, boto3 or another package of this project (DESIGN 1).
"""
