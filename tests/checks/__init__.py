"""The checks: green on a faithful copy, red on every fault of tests/sabotage/faults."""
