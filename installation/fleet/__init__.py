"""The technician's commands for many installations, over MQTT."""
