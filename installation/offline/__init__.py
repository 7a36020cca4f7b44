"""Paints photos and clips to files, draws contact sheets, and checks a whole collection."""
