"""The broker is tried before anybody relies on it: can one terminal hear or speak for another? Impure: sockets.

A probe, with a certificate as a terminal has one, tries what a terminal may not; the server's own certificate says and
hears what the probe should not get at. A broker answers a subscription to anything with "granted", so that what counts
is what is delivered: behind each forbidden message goes one that must arrive, on the same way, and so ends the waiting.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, Self

import structlog
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from server_mqtt.contract import topics
from server_mqtt.shell.broker import BrokerSettings, draw_backoff, tls_context
from server_mqtt.shell.errors import BrokerTrustError, KeyFileError
from server_mqtt.shell.pki import OTHER_ID, PROBE_ID, Identity

WAIT_S: Final = 10.0
"""For a connection, or an answer, of a broker that is there."""

KIND: Final = "probe"
"""No kind of the contract: whoever hears it by mistake can make nothing of it."""

_CONNECT: Final = b"\x10\x15\x00\x04MQTT\x05\x02\x00\x0a\x00\x00\x08stranger"
"""A CONNECT of MQTT 5, as the client "stranger"."""
_EVERYTHING: Final = ("#", f"{topics.ROOT}/+/up/+", f"{topics.ROOT}/+/down/+", f"{topics.ROOT}/{OTHER_ID}/#")

log = structlog.get_logger(__name__)


class BrokerAwayError(Exception):
    """The broker cannot be tried now: it does not answer, or somebody else is trying it at this moment."""


def until_trusted(settings: BrokerSettings, probe: Identity, ended: threading.Event) -> bool:
    """True once the broker has proven itself; False if `ended` was set before.

    Raises BrokerTrustError, and KeyFileError where the probe has no certificate that can be used.
    """
    _check_files(probe)
    pause_s, longest_s = draw_backoff()
    while not ended.is_set():
        try:
            try_broker(settings, probe)
        except BrokerAwayError as error:
            log.warning("broker_not_tried", reason=str(error))
            ended.wait(pause_s)
            pause_s = min(2 * pause_s, longest_s)
        else:
            log.info("broker_trusted")
            return True
    return False


def try_broker(settings: BrokerSettings, probe: Identity) -> None:
    """Returns if the broker keeps terminals apart and strangers out; raises BrokerTrustError if not.

    Raises BrokerAwayError if that cannot be found out now.
    """
    _keep_strangers_out(settings)
    with (
        _End(settings, "the server's certificate") as server,
        _End(replace(settings, certificate=probe.certificate, key=probe.key), "the probe's certificate") as terminal,
    ):
        server.subscribe(f"{topics.ROOT}/{PROBE_ID}/up/+", f"{topics.ROOT}/{OTHER_ID}/up/+")
        terminal.subscribe(topics.down_all(PROBE_ID), *_EVERYTHING)
        _keep_to_its_own_words(server, terminal)
        _keep_to_its_own_ears(server, terminal)


def _check_files(probe: Identity) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_cert_chain(probe.certificate, probe.key)
    except OSError as error:
        raise KeyFileError(
            f"{probe.certificate}, by which the broker is to be tried, cannot be used ({error.strerror or error}): "
            "make one with `countersign-server pki probe`, or set `self_test = false` under [broker]"
        ) from None


def _keep_to_its_own_words(server: _End, terminal: _End) -> None:
    """What a terminal says for another is refused, and does not arrive; what it says for itself does."""
    for_another = (topics.up(OTHER_ID, KIND), topics.down(OTHER_ID, KIND), topics.down(PROBE_ID, KIND))
    for topic in for_another:
        if terminal.publish(topic):
            raise BrokerTrustError(_words(f"a terminal may write {topic}"))
    own = topics.up(PROBE_ID, KIND)
    if not terminal.publish(own):
        raise BrokerTrustError(_words(f"a terminal may not even write its own {own}"))
    heard = server.heard_until(own)
    if heard != [own]:
        raise BrokerTrustError(_words(f"a terminal's message on {heard[0]} came through"))


def _keep_to_its_own_ears(server: _End, terminal: _End) -> None:
    """What the server says to another terminal is not heard; what it says to this one is."""
    others, own = topics.down(OTHER_ID, KIND), topics.down(PROBE_ID, KIND)
    for topic in (others, own):
        if not server.publish(topic):
            raise BrokerTrustError(_words(f"the server may not write {topic}"))
    heard = [topic for topic in terminal.heard_until(own) if topic != own]
    if heard:
        raise BrokerTrustError(_words(f"a terminal hears {heard[0]}"))


def _keep_strangers_out(settings: BrokerSettings) -> None:
    """Who has no certificate of ours is not let in."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(settings.ca)
    try:
        plain = socket.create_connection((settings.host, settings.port), WAIT_S)
    except OSError as error:
        raise BrokerAwayError(str(error)) from error
    with plain:
        try:
            with context.wrap_socket(plain, server_hostname=settings.host) as tls:
                tls.sendall(_CONNECT)
                answer = tls.recv(64)
        except TimeoutError as error:
            raise BrokerAwayError("it does not answer") from error
        except OSError:
            # Thrown out, at the handshake or behind it: as it should be.
            return
    # A CONNACK whose reason code is below 0x80 lets it in.
    if answer[:1] == b"\x20" and answer[3:4] < b"\x80":
        raise BrokerTrustError(_words("whoever has no certificate is let in"))


def _words(found: str) -> str:
    return (
        f"the broker does not keep terminals apart: {found}. No terminal is served until that is mended: "
        "write its configuration anew with `countersign-server broker-config`, and restart it"
    )


class _End:
    """One connection, as a context: what it was told, and what the broker made of what it said."""

    def __init__(self, settings: BrokerSettings, name: str) -> None:
        self._settings, self._name = settings, name
        self._news = threading.Condition()
        self._heard: list[str] = []
        self._answers: dict[int, ReasonCode] = {}
        self._granted: set[int] = set()
        self._connected: bool | None = None
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self._client.tls_set_context(tls_context(settings))
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message

    def __enter__(self) -> Self:
        try:
            self._client.connect(self._settings.host, self._settings.port, clean_start=True)
        except OSError as error:
            raise BrokerAwayError(str(error)) from error
        self._client.loop_start()
        try:
            self._until(lambda: self._connected is True, "is not let in")
        except BrokerAwayError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def subscribe(self, *patterns: str) -> None:
        """Asks for all of `patterns`, and waits for the answer, which says nothing."""
        options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
        _, number = self._client.subscribe([(pattern, options) for pattern in patterns])
        self._until(lambda: number in self._granted, "has no answer to its subscription")

    def publish(self, topic: str) -> bool:
        """Whether the broker takes a message on `topic`."""
        number = self._client.publish(topic, b"", qos=1).mid
        self._until(lambda: number in self._answers, "has no answer to what it published")
        return not self._answers[number].is_failure

    def heard_until(self, topic: str) -> list[str]:
        """The topics of all messages up to the first on `topic`."""
        self._until(lambda: topic in self._heard, f"does not hear {topic}")
        with self._news:
            return self._heard[: self._heard.index(topic) + 1]

    def _until(self, true: Callable[[], bool], otherwise: str) -> None:
        with self._news:
            self._news.wait_for(lambda: true() or self._connected is False, WAIT_S)
            if not true():
                raise BrokerAwayError(f"{self._name} {otherwise}")

    # --- paho's thread ---

    def _tell(self) -> None:
        self._news.notify_all()

    def _on_connect(self, _client: mqtt.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any) -> None:
        with self._news:
            self._connected = not reason.is_failure
            self._tell()

    def _on_disconnect(self, *_: Any) -> None:
        with self._news:
            self._connected = False
            self._tell()

    def _on_publish(self, _client: mqtt.Client, _data: Any, mid: int, reason: ReasonCode, _properties: Any) -> None:
        with self._news:
            self._answers[mid] = reason
            self._tell()

    def _on_subscribe(self, _client: mqtt.Client, _data: Any, mid: int, *_: Any) -> None:
        with self._news:
            self._granted.add(mid)
            self._tell()

    def _on_message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        with self._news:
            self._heard.append(message.topic)
            self._tell()
