"""Measurements that run on demand; each compares within one run, and none is a test."""
