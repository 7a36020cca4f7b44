"""The visitor page, its server, and the demo's broker."""
