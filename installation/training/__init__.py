"""Training on a workstation; nothing here runs on the Pi."""
