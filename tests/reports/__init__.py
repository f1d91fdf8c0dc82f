"""Tests of the journal and of what is rendered from it."""
