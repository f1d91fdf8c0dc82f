"""One folder a drill: conftest.py is the runbook, the test modules are the proof."""
