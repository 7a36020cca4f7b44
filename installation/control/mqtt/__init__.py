"""The installation, a panel and a technician on MQTT."""
