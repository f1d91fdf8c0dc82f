"""Somebody else made the plan: prove it safe before it is applied."""
