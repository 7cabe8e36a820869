"""The connection to the broker. Impure: sockets and paho's network thread.

paho's thread only hands over. What arrived is acknowledged by hand, after it is on disk. Nothing is queued while there
is no connection: the outbox sends it again.
"""

from __future__ import annotations

import random
import socket
import ssl
import threading
import time
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
from server_mqtt.contract.limits import MAX_MESSAGE_BYTES
from terminal.devices.arrival import Arrival
from terminal.errors import ConfigError

QOS: Final = 1
"""At least once on each hop; ids and hashes make it exactly once."""

KEEPALIVE_S: Final = 20
"""A half-open connection is noticed within 1.5 times this."""

CONNACK_TIMEOUT_S: Final = 10.0
"""TLS 1.3 lets a client without a valid certificate connect and then hear nothing: silence is a refusal."""

SESSION_EXPIRY_S: Final = 24 * 3_600
"""The broker keeps what a terminal missed for a day; the server's outbox and the terminal's questions heal the rest."""

MESSAGES_IN_FLIGHT: Final = 64
"""Unacknowledged messages the broker may have with us at once (MQTT 5: Receive Maximum)."""

PACKET_BYTES_MAX: Final = 2 * MAX_MESSAGE_BYTES
"""A message that is too large still arrives, so that it is counted; what is larger the broker drops."""

STOP_TIMEOUT_S: Final = 5.0
"""A connection that does not end in this time is left to the end of the process."""

GOODBYE_S: Final = 1.0
"""What the broker may take to close the connection after our DISCONNECT."""

_PRESENCE: Final = "presence"
_NO_RETAINED: Final = 2
"""MQTT 5: "Do not send retained messages at the time of the subscribe"."""
_WITH_WILL: Final = "Disconnect with will message"
_BACKOFF_FIRST_S: Final = (0.2, 0.8)
_BACKOFF_MAX_S: Final = (8.0, 15.0)
"""Bounds between which back-off is drawn, so that a broker that returns is not met by everybody at once."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSettings:
    """Where the broker is and who we are to it."""

    device: str
    host: str
    port: int
    ca: Path
    certificate: Path
    key: Path


class Link:
    """One terminal's connection; comes back by itself. `publish`, `acknowledge`, `watch`, `drop`: from one thread.

    `on_arrival` and `on_change` (online or not) are called in paho's thread and must return at once. `will` makes the
    message that the broker publishes when we are gone, anew for every connection.
    """

    def __init__(
        self,
        settings: LinkSettings,
        *,
        will: Callable[[], bytes],
        on_arrival: Callable[[Arrival], None],
        on_change: Callable[[bool], None],
    ) -> None:
        """Raises ConfigError where the certificates cannot be used; connects to nothing yet."""
        self._settings = settings
        self._will = will
        self._on_arrival = on_arrival
        self._on_change = on_change
        self._connection = 0
        self._connected = threading.Event()
        self._closed = threading.Event()
        self._online = False
        self._running = False
        self._told = False
        self._socket: socket.socket | None = None
        self._opened_s: float | None = None
        self._client = self._make_client()

    @property
    def online(self) -> bool:
        """Whether the broker let us in and hears what we want to hear."""
        return self._online

    def start(self) -> None:
        """Begins to connect, and keeps at it."""
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = SESSION_EXPIRY_S
        properties.ReceiveMaximum = MESSAGES_IN_FLIGHT
        properties.MaximumPacketSize = PACKET_BYTES_MAX
        self._client.connect_async(
            self._settings.host,
            self._settings.port,
            keepalive=KEEPALIVE_S,
            clean_start=False,
            properties=properties,
        )
        self._client.loop_start()
        self._running = True

    def stop(self) -> None:
        """Says good-bye, so that the broker publishes the will, and ends paho's thread; again: does nothing."""
        if not self._running:
            return
        self._running = False
        self._client.disconnect(ReasonCode(PacketTypes.DISCONNECT, _WITH_WILL))
        if self._connected.is_set():
            self._closed.wait(GOODBYE_S)
        self.drop()
        ending = threading.Thread(target=self._client.loop_stop, name="link end", daemon=True)
        ending.start()
        ending.join(STOP_TIMEOUT_S)
        if ending.is_alive():
            log.warning("link_does_not_end", waited_s=STOP_TIMEOUT_S)

    def publish(self, kind: str, payload: bytes, expiry_s: int | None = None) -> bool:
        """Hands one message to the broker; False if there is no connection, so that it must be sent again later."""
        if not self._connected.is_set():
            return False
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if expiry_s is not None:
            properties.MessageExpiryInterval = expiry_s
        info = self._client.publish(topics.up(self._settings.device, kind), payload, qos=QOS, properties=properties)
        return info.rc == mqtt.MQTT_ERR_SUCCESS

    def acknowledge(self, arrival: Arrival) -> None:
        """Tells the broker that this message is dealt with; nothing if it came by a connection that is gone."""
        if arrival.connection == self._connection and self._connected.is_set():
            self._client.ack(arrival.packet_id, QOS)

    def watch(self) -> None:
        """Call every now and then: gives up a connection that stays silent, brings back a thread that died."""
        if not self._running:
            return
        opened_s = self._opened_s
        if opened_s is not None and not self._online and time.monotonic() - opened_s > CONNACK_TIMEOUT_S:
            log.warning("broker_silent", host=self._settings.host, waited_s=CONNACK_TIMEOUT_S)
            self.drop()
        if self._client.loop_start() == mqtt.MQTT_ERR_SUCCESS:
            log.error("link_thread_died")
            self.drop()

    def drop(self) -> None:
        """Cuts the connection; it is made anew, and the broker delivers again what was not acknowledged."""
        self._opened_s = None
        connection = self._socket
        if connection is not None:
            try:
                # Not SSLSocket's own shutdown, which would take the TLS layer away from under paho's thread.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
            except OSError:
                return  # it is gone already

    def _make_client(self) -> mqtt.Client:
        settings = self._settings
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=settings.device, protocol=mqtt.MQTTv5, manual_ack=True
        )
        client.tls_set_context(_tls(settings))
        client.on_pre_connect = self._about_to_connect
        client.on_socket_open = self._socket_opened
        client.on_socket_close = self._socket_closed
        client.on_connect_fail = self._not_reached
        client.on_connect = self._let_in
        client.on_subscribe = self._subscribed
        client.on_disconnect = self._disconnected
        client.on_message = self._arrived
        _draw_backoff(client)
        return client

    # --- in paho's thread ---

    def _about_to_connect(self, client: mqtt.Client, _data: Any) -> None:
        client.will_set(topics.up(self._settings.device, _PRESENCE), self._will(), qos=QOS)

    def _socket_opened(self, _client: mqtt.Client, _data: Any, connection: Any) -> None:
        # Without it a request and its answer wait for the other end's delayed acknowledgement, 40 ms each way.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._closed.clear()
        self._socket, self._opened_s = connection, time.monotonic()

    def _socket_closed(self, _client: mqtt.Client, _data: Any, _connection: Any) -> None:
        self._socket, self._opened_s = None, None
        self._closed.set()

    def _not_reached(self, _client: mqtt.Client, _data: Any) -> None:
        if not self._told:
            self._told = True  # once: it is tried again and again
            log.warning("broker_not_reached", host=self._settings.host, port=self._settings.port)

    def _let_in(
        self, client: mqtt.Client, _data: Any, _flags: mqtt.ConnectFlags, reason: ReasonCode, _properties: Any
    ) -> None:
        if reason.is_failure:
            log.warning("broker_refused", reason=str(reason))
            return
        _draw_backoff(client)
        self._told = False
        self._connection += 1
        self._connected.set()
        options = SubscribeOptions(qos=QOS, retainHandling=_NO_RETAINED)
        client.subscribe(topics.down_all(self._settings.device), options=options)

    def _subscribed(
        self, _client: mqtt.Client, _data: Any, _mid: int, reasons: list[ReasonCode], _properties: Any
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            log.error("broker_refused_subscription", reasons=[str(reason) for reason in reasons])
            return  # `watch` gives the connection up, and it is tried again
        log.info("broker_connected", host=self._settings.host, port=self._settings.port)
        self._is_online(True)

    def _disconnected(
        self, _client: mqtt.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any
    ) -> None:
        self._connected.clear()
        if self._online and self._running:
            log.warning("broker_lost", reason=str(reason))
        self._is_online(False)

    def _arrived(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        self._on_arrival(
            Arrival(
                topic=message.topic,
                payload=bytes(message.payload),
                packet_id=message.mid,
                connection=self._connection,
                retained=message.retain,
                expiry_s=getattr(message.properties, "MessageExpiryInterval", None),
            )
        )

    def _is_online(self, online: bool) -> None:
        if online != self._online:
            self._online = online
            self._on_change(online)


def _tls(settings: LinkSettings) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_verify_locations(settings.ca)
    except OSError as error:
        raise ConfigError(f"{settings.ca} is no certificate of a CA: {error}") from None
    try:
        context.load_cert_chain(settings.certificate, settings.key)
    except OSError as error:
        raise ConfigError(f"{settings.certificate} and {settings.key} cannot be used: {error}") from None
    return context


def _draw_backoff(client: mqtt.Client) -> None:
    # Seconds may be fractions; paho's annotation is narrower than what it does.
    first, longest = random.uniform(*_BACKOFF_FIRST_S), random.uniform(*_BACKOFF_MAX_S)  # noqa: S311 - jitter
    client.reconnect_delay_set(first, longest)  # type: ignore[arg-type]
