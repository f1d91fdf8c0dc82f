"""Many clusters on one page: each that is expected has a recent success, or is red (DESIGN 13)."""
