"""The server's place taken by a test: plain paho and the wire contract, signed with a server key of its own."""

from __future__ import annotations

import socket
import ssl
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from server_mqtt.contract import codec, kinds, topics
from server_mqtt.contract.codec import Envelope
from server_mqtt.contract.messages import Ack, Message, Presence, Reply, ReplyStatus
from server_mqtt.contract.signing import Direction
from server_mqtt.shell.pki import SERVER_ID
from tests.private_broker import PrivateBroker

M = TypeVar("M", bound=Message)

PATIENCE_S = 30.0
"""For anything that must happen: a busy machine is no failure."""


@dataclass(frozen=True)
class Heard:
    """A message of a terminal whose signature held."""

    envelope: Envelope
    body: Message
    expiry_s: int | None = None
    """What the broker says is left of its time."""

    @property
    def content_hash(self) -> bytes:
        return self.envelope.content_hash(Direction.UP)


@dataclass(frozen=True)
class Said:
    """A message as it was sent down, so that it can be sent again."""

    device: str
    kind: str
    message_id: str
    content_hash: bytes
    payload: bytes


class ServerEnd:
    """Hears every device, replies to what `answers` says, says what it is told to."""

    def __init__(self, broker: PrivateBroker) -> None:
        self.signing, self.sealing = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
        self.answers: Callable[[Heard], Reply | None] = accept
        self.heard: list[Heard] = []
        self.unread: list[bytes] = []
        self._taken: set[int] = set()
        self._broker = broker
        self._news = threading.Condition()
        self._ready = threading.Event()
        self._client = self._make_client()

    def __enter__(self) -> Self:
        self._client.connect_async("localhost", self._broker.port, keepalive=10, clean_start=True)
        self._client.loop_start()
        assert self._ready.wait(PATIENCE_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    # --- down ---

    def write(self, device: str, body: Message, *, key: Ed25519PrivateKey | None = None, to: str | None = None) -> Said:
        """`body` in a signed envelope, not sent; `key` another signer's, `to` another device's topic."""
        message_id = uuid.uuid4().hex
        payload = codec.encode(key or self.signing, Direction.DOWN, device, message_id, body)
        content_hash = codec.decode_envelope(payload).content_hash(Direction.DOWN)
        return Said(to or device, kinds.KIND_OF[type(body)], message_id, content_hash, payload)

    def say(self, device: str, body: Message, *, expiry_s: int | None = None) -> Said:
        said = self.write(device, body)
        self.publish(topics.down(device, said.kind), said.payload, expiry_s=expiry_s)
        return said

    def say_again(self, said: Said, *, expiry_s: int | None = None) -> None:
        self.publish(topics.down(said.device, said.kind), said.payload, expiry_s=expiry_s)

    def publish(self, topic: str, payload: bytes, *, expiry_s: int | None = None, retain: bool = False) -> None:
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if expiry_s is not None:
            properties.MessageExpiryInterval = expiry_s
        self._client.publish(topic, payload, qos=1, retain=retain, properties=properties).wait_for_publish(PATIENCE_S)

    # --- up ---

    def expect(self, kind: type[M], fits: Callable[[M], bool] = lambda _: True, timeout_s: float = PATIENCE_S) -> M:
        """The next message of this kind that fits and was not expected before."""
        body = self.expect_heard(kind, fits, timeout_s).body
        assert isinstance(body, kind)
        return body

    def expect_heard(
        self, kind: type[M], fits: Callable[[M], bool] = lambda _: True, timeout_s: float = PATIENCE_S
    ) -> Heard:
        """The same, with its envelope."""
        found: list[Heard] = []

        def look() -> bool:
            for index, heard in enumerate(self.heard):
                if index not in self._taken and isinstance(heard.body, kind) and fits(heard.body):
                    self._taken.add(index)
                    found.append(heard)
                    return True
            return False

        with self._news:
            if not self._news.wait_for(look, timeout_s):
                kinds = [type(heard.body).__name__ for heard in self.heard]
                msg = f"waited {timeout_s} s for a {kind.__name__}; heard {kinds}"
                raise TimeoutError(msg)
        return found[0]

    def expect_ack(self, said: Said) -> Ack:
        """The acknowledgement of exactly this message."""
        ack = self.expect(Ack, lambda ack: ack.message_id == said.message_id)
        assert ack.content_hash == said.content_hash
        return ack

    def expect_online(self, *, online: bool = True, timeout_s: float = PATIENCE_S) -> Presence:
        return self.expect(Presence, lambda presence: presence.online is online, timeout_s)

    def all_of(self, kind: type[M]) -> list[M]:
        """Every message of this kind, each once, however often it was sent: a slow machine sends again."""
        with self._news:
            first = {heard.envelope.message_id: heard.body for heard in reversed(self.heard)}
        return [body for body in reversed(first.values()) if isinstance(body, kind)]

    def times(self, kind: type[Message]) -> int:
        """How often something of this kind came."""
        with self._news:
            return sum(isinstance(heard.body, kind) for heard in self.heard)

    # --- paho's thread ---

    def _make_client(self) -> mqtt.Client:
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=SERVER_ID, protocol=mqtt.MQTTv5)
        context = ssl.create_default_context(cafile=str(self._broker.ca))
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(self._broker.server.certificate, self._broker.server.key)
        client.tls_set_context(context)
        client.on_connect = lambda client, *_: client.subscribe(topics.up_all(), qos=1)
        client.on_subscribe = lambda *_: self._ready.set()
        client.on_message = self._on_message
        client.on_socket_open = _no_delay
        client.reconnect_delay_set(0.1, 0.5)  # type: ignore[arg-type]
        return client

    def _on_message(self, client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        device, kind = topics.parse_up(message.topic)
        envelope = codec.decode_envelope(bytes(message.payload))
        assert (envelope.device, envelope.kind) == (device, kind)
        codec.check_signature(self._key_of(device), Direction.UP, envelope)
        expiry_s = getattr(message.properties, "MessageExpiryInterval", None)
        heard = Heard(envelope, codec.decode_body(Direction.UP, envelope), expiry_s)
        reply = None if isinstance(heard.body, Ack | Presence) else self.answers(heard)
        if reply is not None:
            said = self.write(device, reply)
            client.publish(topics.down(device, said.kind), said.payload, qos=1)
        with self._news:
            self.heard.append(heard)
            self._news.notify_all()

    def _key_of(self, device: str) -> Ed25519PublicKey:
        certificate = x509.load_pem_x509_certificate(self._broker.device(device).certificate.read_bytes())
        key = certificate.public_key()
        assert isinstance(key, Ed25519PublicKey)
        return key


def accept(heard: Heard) -> Reply:
    """The reply of a server that has nothing against it."""
    return Reply(in_reply_to=heard.envelope.message_id, content_hash=heard.content_hash, status=ReplyStatus.ACCEPTED)


def silence(_heard: Heard) -> None:
    """A server that says nothing."""


def _no_delay(_client: mqtt.Client, _data: Any, connection: Any) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
