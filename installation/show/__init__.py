"""Decides what is shown: commands, the director, opening hours. Pure logic; the caller passes the time."""
