"""What a Cumulus database must be like, version by version: invariants that no schema declares."""
