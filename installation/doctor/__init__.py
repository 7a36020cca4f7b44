"""Looks an installation over for a technician: one line a part, with the cure beside what is wrong."""
