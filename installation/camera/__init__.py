"""Cameras: everything that gives frames."""
