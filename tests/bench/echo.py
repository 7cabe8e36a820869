"""The far end of a bare ping-pong: sends back what it hears, by QoS 1.

`python -m tests.bench.echo PORT CA CERTIFICATE KEY`
"""

from __future__ import annotations

import socket
import ssl
import sys
from typing import Any, Final

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from server_mqtt.contract.topics import ROOT

PING: Final = "ping"


def _hear(client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
    client.publish(message.topic.replace("/up/", "/down/"), message.payload, qos=1)


def _subscribe(client: mqtt.Client, *_: object) -> None:
    client.subscribe(f"{ROOT}/+/up/{PING}", qos=1)


def _tell(*_: object) -> None:
    sys.stdout.write("READY\n")
    sys.stdout.flush()


def _no_delay(_client: mqtt.Client, _data: object, connection: Any) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def main(port: str, ca: str, certificate: str, key: str) -> None:
    """Prints READY when it hears, and ends when it is ended."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="server", protocol=mqtt.MQTTv5)
    context = ssl.create_default_context(cafile=ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(certificate, key)
    client.tls_set_context(context)
    client.on_connect, client.on_message, client.on_socket_open = _subscribe, _hear, _no_delay
    client.on_subscribe = _tell
    client.connect("localhost", int(port))
    client.loop_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
