"""Trains the network and its styles on a workstation; nothing here runs on the Pi."""
