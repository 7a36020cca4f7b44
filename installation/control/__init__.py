"""Visitors and technicians take control."""
