"""The 17 KB network: reads, checks, times and runs it."""
