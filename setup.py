"""Refuses every installation but an editable one.

The top-level folders are called ``checks``, ``drills``, ``fixtures`` and ``reports``; on PyPI other
packages bear those names. A copy in site-packages would shadow them, or be shadowed, silently.
"""

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel


class CloneOnly(bdist_wheel):
    """Building a wheel ends here; an editable install never runs this command."""

    def run(self) -> None:
        raise SystemExit(
            "restore-drills is a clone, never a wheel: its folders 'checks', 'drills', 'fixtures' "
            "and 'reports' would collide with other packages. Use: pip install -e '.[dev]'"
        )


setup(cmdclass={"bdist_wheel": CloneOnly})
