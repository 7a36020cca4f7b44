"""A visitor's phone: publishes over the hub's WebSocket, without an account. Run as a script in the fleet's network."""

import sys

import paho.mqtt.client as mqtt


def publish(host: str, port: int, topic: str, payload: str) -> bool:
    """Whether the broker acknowledged the message within five seconds."""
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, transport="websockets", protocol=mqtt.MQTTv5)
    client.ws_set_options(path="/mqtt")
    client.connect(host, port)
    client.loop_start()
    message = client.publish(topic, payload, qos=1)
    message.wait_for_publish(5)
    done = message.is_published()
    client.disconnect()
    client.loop_stop()
    return done


if __name__ == "__main__":
    raise SystemExit(0 if publish(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]) else 1)
