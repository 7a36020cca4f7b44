"""The daemon: main loop, assembly, requests, background tasks, telemetry, presenter."""
