"""Many clusters on one page: what is red, and beside it what is green."""
