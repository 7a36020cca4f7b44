"""Writes the static site that paints in the visitor's own browser."""
