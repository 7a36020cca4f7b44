"""Control from outside: MQTT, the visitor page, buttons."""
