"""Single faults of a database: what breaks it, and which check must say so, about what.

Each is injected alone into a faithful copy of the samples. The facts' table "restores that succeed
and are wrong" is cited as *row n*. A new check starts with a row here that nobody reports.
"""
