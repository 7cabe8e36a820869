"""A client that speaks MQTT 5 byte by byte over TLS: for what no library would do to a broker."""

from __future__ import annotations

import socket
import ssl
from typing import Final, Self

from tests.private_broker import PrivateBroker
from tests.scenarios.device import WAIT_S

CONNACK: Final = 0x20
PUBACK: Final = 0x40
_CLEAN_START: Final = 0x02
_SERVER_KEEP_ALIVE: Final = 0x13
_TWO_BYTES: Final = (0x13, 0x21, 0x22)
"""The properties of a CONNACK that have two bytes; Mosquitto sends these before any other kind."""


class RawClient:
    """One connection as a device, also as a context. Leaving it closes the socket without a word."""

    def __init__(self, broker: PrivateBroker, name: str) -> None:
        who = broker.device(name)
        context = ssl.create_default_context(cafile=str(broker.ca))
        context.load_cert_chain(who.certificate, who.key)
        plain = socket.create_connection(("localhost", broker.port), timeout=WAIT_S)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._name = name
        self._tls = context.wrap_socket(plain, server_hostname="localhost")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._tls.close()

    def connect(self, keepalive_s: int) -> bytes:
        """Says who it is; the body of the broker's CONNACK."""
        head = b"\0\4MQTT\5" + bytes([_CLEAN_START]) + keepalive_s.to_bytes(2, "big") + b"\0"
        self.send(packet(0x10, head + _text(self._name)))
        return self.expect(CONNACK)

    def send(self, data: bytes) -> None:
        """As it is; raises OSError if the broker has closed."""
        self._tls.sendall(data)

    def expect(self, kind: int) -> bytes:
        """The body of the next packet, which is of this kind."""
        assert self._read(1)[0] == kind
        return self._read(self._read(1)[0])

    def closed_within(self, seconds: float) -> bool:
        """Whether the broker closes the connection in this time; what it says before is passed over."""
        self._tls.settimeout(seconds)
        try:
            while self._tls.recv(4_096):
                pass
        except TimeoutError:
            return False
        except OSError:
            return True
        return True

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self._tls.recv(size - len(data))
            assert more, "the broker has closed"
            data += more
        return data


def packet(kind: int, body: bytes) -> bytes:
    """A whole packet: its kind, its length, its body."""
    length, rest = bytearray(), len(body)
    while True:
        rest, low = divmod(rest, 128)
        length.append(low | (128 if rest else 0))
        if not rest:
            return bytes([kind]) + bytes(length) + body


def publish(topic: str, payload: bytes) -> bytes:
    """A PUBLISH of QoS 1."""
    return packet(0x32, _text(topic) + b"\0\1" + b"\0" + payload)


def server_keep_alive_s(connack: bytes) -> int | None:
    """By what the broker replaces the keep-alive that it was asked for; None: it does not."""
    properties = connack[3 : 3 + connack[2]]
    while properties and properties[0] in _TWO_BYTES:
        if properties[0] == _SERVER_KEEP_ALIVE:
            return int.from_bytes(properties[1:3], "big")
        properties = properties[3:]
    return None


def _text(text: str) -> bytes:
    return len(text).to_bytes(2, "big") + text.encode()
