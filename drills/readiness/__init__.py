"""Can we restore at all, and within what limits? In seconds, read-only, before anything is paid."""
