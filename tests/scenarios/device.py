"""A terminal's place taken by a test: plain paho and the wire contract, signed with the device's own key."""

from __future__ import annotations

import socket
import ssl
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from server_mqtt.contract import codec, messages, topics
from server_mqtt.contract.codec import Envelope
from server_mqtt.contract.messages import Ack, Message, Presence, Reply
from server_mqtt.contract.signing import Direction
from server_mqtt.shell.pki import Identity
from tests.private_broker import PrivateBroker

M = TypeVar("M", bound=Message)

RESEND_S: Final = 1.0
"""The pause of `insist`."""

WAIT_S: Final = 20.0
"""How long a test waits for what should come at once: a machine may be busy with other things."""


@dataclass(frozen=True)
class ServerPublic:
    """What a terminal knows of its server."""

    signing: Ed25519PublicKey
    sealing: X25519PublicKey


@dataclass(frozen=True)
class Sent:
    """A message as it was sent, so that it can be sent again."""

    kind: str
    message_id: str
    content_hash: bytes
    payload: bytes


@dataclass(frozen=True)
class Heard:
    """A message of the server whose signature held."""

    envelope: Envelope
    body: Message


def new_id() -> str:
    return uuid.uuid4().hex


class Device:
    """One connection of one device. Acknowledges what it hears unless `acknowledges` is turned off.

    As a terminal does, it hears a message once however often it comes; a reply, as often as it is given.
    """

    def __init__(self, broker: PrivateBroker, name: str, who: Identity, server: ServerPublic | None) -> None:
        key = serialization.load_pem_private_key(who.key.read_bytes(), password=None)
        assert isinstance(key, Ed25519PrivateKey)
        self.name, self.key, self._server, self._broker = name, key, server, broker
        self.acknowledges = True
        self.sent: list[Sent] = []
        self.heard: list[Heard] = []
        self.raw_seen: list[tuple[str, bytes]] = []
        self._taken: set[int] = set()
        self._ids: set[str] = set()
        self._news = threading.Condition()
        self._ready = threading.Event()
        self._filters = [topics.down_all(name)]
        self._client = self._make_client(who)

    @classmethod
    def plain(cls, broker: PrivateBroker, name: str, who: Identity | None = None) -> Device:
        """A device that does not know the server: for raw bytes."""
        return cls(broker, name, who or broker.device(name), None)

    @property
    def server(self) -> ServerPublic:
        assert self._server is not None
        return self._server

    def connect(self, timeout_s: float = WAIT_S) -> Device:
        """Connects and subscribes; raises TimeoutError if the broker never lets it in."""
        session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        session.SessionExpiryInterval = 3600
        self._ready.clear()
        self._client.connect_async("localhost", self._broker.port, keepalive=10, clean_start=False, properties=session)
        self._client.loop_start()
        if not self._ready.wait(timeout_s):
            self._client.disconnect()
            self._client.loop_stop()
            msg = f"{self.name} was not let in"
            raise TimeoutError(msg)
        return self

    def come_online(self, modalities: tuple[messages.Modality, ...] = ()) -> Device:
        """Connects and says so."""
        self.connect()
        self.send(Presence(online=True, modalities=modalities))
        return self

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    # --- up ---

    def seal_in(self, body: Message, message_id: str | None = None) -> Sent:
        """`body` in a signed envelope, not sent."""
        message_id = message_id or new_id()
        payload = codec.encode(self.key, Direction.UP, self.name, message_id, body)
        envelope = codec.decode_envelope(payload)
        return Sent(envelope.kind, message_id, envelope.content_hash(Direction.UP), payload)

    def send(self, body: Message, message_id: str | None = None) -> Sent:
        sent = self.seal_in(body, message_id)
        self.send_again(sent)
        return sent

    def send_again(self, sent: Sent) -> None:
        self.sent.append(sent)
        self.publish_raw(topics.up(self.name, sent.kind), sent.payload)

    def ask(self, body: Message) -> Reply:
        """Sends `body` and waits for the server's reply to it."""
        return self.reply_to(self.send(body))

    def insist(self, body: Message) -> Reply:
        """Sends `body` as a terminal's outbox does, again and again until the server has replied to it."""
        sent = self.seal_in(body)
        for _ in range(int(WAIT_S / RESEND_S)):
            self.send_again(sent)
            try:
                return self.reply_to(sent, RESEND_S)
            except TimeoutError:
                continue
        msg = f"{self.name} had no reply to a {sent.kind}"
        raise TimeoutError(msg)

    def publish_raw(self, topic: str, payload: bytes) -> None:
        self._client.publish(topic, payload, qos=1)

    # --- down ---

    def reply_to(self, sent: Sent, timeout_s: float = WAIT_S) -> Reply:
        reply = self.expect(Reply, lambda reply: reply.in_reply_to == sent.message_id, timeout_s)
        assert reply.content_hash == sent.content_hash
        return reply

    def expect(self, kind: type[M], fits: Callable[[M], bool] = lambda _: True, timeout_s: float = WAIT_S) -> M:
        """The next message of this kind that fits and was not expected before."""
        found: list[M] = []

        def look() -> bool:
            for index, heard in enumerate(self.heard):
                if index not in self._taken and isinstance(heard.body, kind) and fits(heard.body):
                    self._taken.add(index)
                    found.append(heard.body)
                    return True
            return False

        with self._news:
            if not self._news.wait_for(look, timeout_s):
                kinds = [type(heard.body).__name__ for heard in self.heard]
                msg = f"{self.name} waited {timeout_s} s for a {kind.__name__}; heard {kinds}"
                raise TimeoutError(msg)
        return found[0]

    def bodies(self, kind: type[M]) -> list[M]:
        """Everything of this kind heard so far."""
        with self._news:
            return [heard.body for heard in self.heard if isinstance(heard.body, kind)]

    def subscribe_raw(self, pattern: str) -> None:
        """Asks the broker, from the next connection on, for more than a terminal should."""
        self._filters.append(pattern)

    def next_raw(self, timeout_s: float = WAIT_S) -> tuple[str, bytes]:
        with self._news:
            assert self._news.wait_for(lambda: bool(self.raw_seen), timeout_s)
            return self.raw_seen[-1]

    # --- paho's thread ---

    def _make_client(self, who: Identity) -> mqtt.Client:
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=self.name, protocol=mqtt.MQTTv5)
        context = ssl.create_default_context(cafile=str(self._broker.ca))
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(who.certificate, who.key)
        client.tls_set_context(context)
        client.on_connect = self._on_connect
        client.on_subscribe = lambda *_: self._ready.set()
        client.on_message = self._on_message
        client.on_socket_open = _no_delay
        client.reconnect_delay_set(0.1, 1)  # type: ignore[arg-type]
        return client

    def _on_connect(self, client: mqtt.Client, *_: Any) -> None:
        client.subscribe([(pattern, SubscribeOptions(qos=1)) for pattern in self._filters])

    def _on_message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        payload = bytes(message.payload)
        with self._news:
            self.raw_seen.append((message.topic, payload))
            self._news.notify_all()
        if self._server is None:
            return
        envelope = codec.decode_envelope(payload)
        codec.check_signature(self._server.signing, Direction.DOWN, envelope)
        body = codec.decode_body(Direction.DOWN, envelope)
        if self.acknowledges and not isinstance(body, Reply):
            self.send(Ack(message_id=envelope.message_id, content_hash=envelope.content_hash(Direction.DOWN)))
        with self._news:
            if envelope.message_id not in self._ids or isinstance(body, Reply):
                self.heard.append(Heard(envelope, body))
            self._ids.add(envelope.message_id)
            self._news.notify_all()


def _no_delay(_client: mqtt.Client, _data: Any, connection: Any) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
