"""The doctor: checks every part of an installation; one line each, with the cure for a problem."""
