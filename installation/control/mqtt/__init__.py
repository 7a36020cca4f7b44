"""MQTT: topics, the connection, and the clients for an installation and for a panel."""
