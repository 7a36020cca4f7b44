"""Life as a service: systemd, health."""
