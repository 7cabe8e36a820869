"""The connection to the broker. Impure: sockets and paho's network thread.

paho's thread only hands over: every callback is passed to the event loop. Messages are acknowledged by hand, after
they are committed. Nothing is queued while there is no connection: the outbox sends it again.
"""

from __future__ import annotations

import asyncio
import random
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import structlog
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from server_mqtt.contract import topics
from server_mqtt.shell.clock import Clock
from server_mqtt.shell.pki import PROBE_ID

QOS: Final = 1
"""At least once on each hop; ids and hashes make it exactly once."""

KEEPALIVE_S: Final = 20
"""A half-open connection is noticed within 1.5 times this."""

CONNACK_TIMEOUT_S: Final = 10.0
"""TLS 1.3 lets a client without a valid certificate connect and then hear nothing: silence is a refusal."""

MESSAGES_IN_FLIGHT: Final = 4_096
"""Unacknowledged messages the broker may have with us at once (MQTT 5: Receive Maximum).

More than the queue and one transaction hold, or the rest would wait in the broker and nobody would hear "busy".
"""

BACKOFF_FIRST_S: Final = (0.2, 0.8)
BACKOFF_MAX_S: Final = (8.0, 15.0)
"""Bounds between which back-off is drawn, so that a broker that returns is not met by everybody at once."""

_OF_PROBES: Final = f"{topics.ROOT}/{PROBE_ID}/"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerSettings:
    """Where the broker is and who we are to it."""

    host: str
    port: int
    ca: Path
    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One message as the broker delivered it, not yet acknowledged."""

    topic: str
    payload: bytes
    packet_id: int
    connection: int
    received_at_ms: int
    """When it came to the event loop: whether an answer is in time is judged by it, not by when its turn comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One message on its way to a device. `expiry_s`: the broker drops it after that."""

    device: str
    kind: str
    payload: bytes
    expiry_s: int | None = None


class Broker:
    """Receives what devices send and publishes what the server says. Use from the event loop only.

    `share_group`: the workers of one group share what comes in. Its name must be secret: Mosquitto lets any terminal
    join a group that it can name, and deals messages to it that its access list then keeps from it, so that they are
    lost until they are sent again.
    """

    def __init__(
        self,
        settings: BrokerSettings,
        clock: Clock,
        *,
        share_group: str | None = None,
        on_arrival: Callable[[Arrival], None],
        on_subscribed: Callable[[], None],
        on_lost: Callable[[], None],
    ) -> None:
        self._settings, self._clock = settings, clock
        self._topics = topics.up_all(share_group)
        self._on_arrival = on_arrival
        self._on_subscribed = on_subscribed
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._connection = 0
        self._connected = asyncio.Event()
        self._stopping = False
        self._watch: asyncio.Task[None] | None = None
        self._client = self._make_client()

    def start(self) -> None:
        """Begins to connect, and keeps at it."""
        settings = self._settings
        self._client.connect_async(
            settings.host, settings.port, keepalive=KEEPALIVE_S, clean_start=True, properties=_session()
        )
        self._client.loop_start()
        self._watch = self._loop.create_task(self._watch_for_silence())

    async def stop(self) -> None:
        """Says good-bye and ends paho's thread."""
        self._stopping = True
        if self._watch is not None:
            self._watch.cancel()
        self._client.disconnect()
        await self._loop.run_in_executor(None, self._client.loop_stop)

    def publish(self, publication: Publication) -> bool:
        """Hands one message to the broker; False if there is no connection, so that it must be sent again later."""
        if not self._connected.is_set():
            return False
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if publication.expiry_s is not None:
            properties.MessageExpiryInterval = publication.expiry_s
        topic = topics.down(publication.device, publication.kind)
        info = self._client.publish(topic, publication.payload, qos=QOS, properties=properties)
        return info.rc == mqtt.MQTT_ERR_SUCCESS

    def acknowledge(self, arrival: Arrival) -> None:
        """Tells the broker that this message is committed; nothing if it came by a connection that is gone."""
        if arrival.connection == self._connection and self._connected.is_set():
            self._client.ack(arrival.packet_id, QOS)

    def _make_client(self) -> mqtt.Client:
        client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5, manual_ack=True)
        client.tls_set_context(tls_context(self._settings))
        client.on_socket_open = _no_delay
        client.on_connect = self._connected_there
        client.on_subscribe = self._subscribed_there
        client.on_disconnect = self._disconnected_there
        client.on_connect_fail = self._failed_there
        client.on_message = self._arrived_there
        client.on_publish = self._published_there
        _set_backoff(client)
        return client

    # --- in paho's thread: nothing but handing over ---

    def _connected_there(
        self, client: mqtt.Client, _data: Any, _flags: mqtt.ConnectFlags, reason: ReasonCode, _properties: Any
    ) -> None:
        if reason.is_failure:
            self._loop.call_soon_threadsafe(log.warning, "broker_refused")
            return
        _set_backoff(client)
        self._loop.call_soon_threadsafe(self._connected_here)
        options = SubscribeOptions(qos=QOS, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
        client.subscribe(self._topics, options=options)

    def _subscribed_there(
        self, _client: mqtt.Client, _data: Any, _mid: int, reasons: list[ReasonCode], _properties: Any
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            self._loop.call_soon_threadsafe(log.error, "broker_refused_subscription")
            return
        self._loop.call_soon_threadsafe(self._on_subscribed)

    def _disconnected_there(
        self, _client: mqtt.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any
    ) -> None:
        self._loop.call_soon_threadsafe(self._disconnected_here, str(reason))

    def _failed_there(self, _client: mqtt.Client, _data: Any) -> None:
        self._loop.call_soon_threadsafe(self._disconnected_here, "no connection")

    def _arrived_there(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        self._loop.call_soon_threadsafe(self._arrived_here, message.topic, bytes(message.payload), message.mid)

    def _published_there(
        self, _client: mqtt.Client, _data: Any, _mid: int, reason: ReasonCode, _properties: Any
    ) -> None:
        if reason.is_failure:
            # Its quota is used up, or its access list is not ours. The outbox says it again.
            self._loop.call_soon_threadsafe(self._refused_here, str(reason))

    # --- in the event loop ---

    def _connected_here(self) -> None:
        self._connection += 1
        self._connected.set()
        log.info("broker_connected", host=self._settings.host, port=self._settings.port)

    def _disconnected_here(self, reason: str) -> None:
        was_connected = self._connected.is_set()
        self._connected.clear()
        if not self._stopping:
            log.warning("broker_lost", reason=reason)
            if was_connected:
                self._on_lost()

    def _refused_here(self, reason: str) -> None:
        log.warning("broker_refused_message", reason=reason)

    def _arrived_here(self, topic: str, payload: bytes, packet_id: int) -> None:
        if topic.startswith(_OF_PROBES):
            # Another worker tries the broker: no terminal said this.
            self._client.ack(packet_id, QOS)
            return
        self._on_arrival(
            Arrival(
                topic=topic,
                payload=payload,
                packet_id=packet_id,
                connection=self._connection,
                received_at_ms=self._clock.now_ms(),
            )
        )

    async def _watch_for_silence(self) -> None:
        while True:
            try:
                await asyncio.wait_for(self._connected.wait(), CONNACK_TIMEOUT_S)
            except TimeoutError:
                log.warning("broker_silent", host=self._settings.host, waited_s=CONNACK_TIMEOUT_S)
            await asyncio.sleep(CONNACK_TIMEOUT_S)


def _session() -> Properties:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    # A dead worker's messages must not queue for it: devices send them again, to whoever lives.
    properties.SessionExpiryInterval = 0
    properties.ReceiveMaximum = MESSAGES_IN_FLIGHT
    return properties


def tls_context(settings: BrokerSettings) -> ssl.SSLContext:
    """TLS 1.3, with the broker's CA and our certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(settings.ca)
    context.load_cert_chain(settings.certificate, settings.key)
    return context


def draw_backoff() -> tuple[float, float]:
    """The first pause between two attempts to connect, and the longest; each is twice the one before. In seconds."""
    return random.uniform(*BACKOFF_FIRST_S), random.uniform(*BACKOFF_MAX_S)  # noqa: S311 - jitter


def _set_backoff(client: mqtt.Client) -> None:
    first, longest = draw_backoff()
    # Seconds may be fractions; paho's annotation is narrower than what it does.
    client.reconnect_delay_set(first, longest)  # type: ignore[arg-type]


def _no_delay(_client: mqtt.Client, _data: Any, connection: Any) -> None:
    # Without it a request and its answer wait for the other end's delayed acknowledgement, 40 ms each way.
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
