"""Paints: frame or photo, mix and strength in, picture out."""
