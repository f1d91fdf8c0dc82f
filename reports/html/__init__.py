"""The report that people read: one HTML file that asks nobody for anything."""

from reports.html.page import render

__all__ = ["render"]
