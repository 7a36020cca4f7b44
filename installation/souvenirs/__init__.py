"""The hub's part of the souvenirs: takes pictures from installations, and hands each out by a one-time link."""
