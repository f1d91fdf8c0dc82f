"""Plans that were made up: what is safe, and each way in which it is not."""
