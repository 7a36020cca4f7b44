"""The 17 KB network: read, checked, timed and run."""
