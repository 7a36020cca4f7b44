"""The daemon: its loop, its assembly, requests, background work, telemetry and what is on screen."""
