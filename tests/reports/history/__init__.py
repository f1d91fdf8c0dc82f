"""Many runs: what is read of them, what differs, and how it is shown."""
