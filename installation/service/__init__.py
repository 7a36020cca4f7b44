"""Running as a service: systemd, journal, health, clock."""
