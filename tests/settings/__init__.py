"""Tests of the settings file: what is accepted, and the line each mistake gets."""
