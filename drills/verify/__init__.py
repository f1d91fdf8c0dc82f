"""Somebody else restored it: prove a database against its source or a baseline."""
