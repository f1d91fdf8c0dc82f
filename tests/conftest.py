"""The fixtures of the harness's own tests: one plugin a concern."""

from hypothesis import settings

# Machines are shared: how long one example took says nothing about the code.
settings.register_profile("restore-drills", deadline=None)
settings.load_profile("restore-drills")

pytest_plugins = [
    "pytester",
    "tests.fix_postgres",
    "tests.backups.fix_barman",
    "tests.backups.fix_object_store",
    "tests.backups.fix_pgbackrest",
    "tests.harness.fix_project",
    "tests.harness.fix_terminal",
    "tests.drills.fix_drill",
    "tests.drills.fix_logical",
    "tests.drills.fix_plan",
    "tests.drills.fix_shelf",
    "tests.drills.fix_verify",
    "tests.docs.fix_clone",
    "tests.leaks.fix_leaks",
    "tests.sabotage.tally",
]
