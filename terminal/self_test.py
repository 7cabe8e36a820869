"""Everything a payment needs, each tried for itself. Impure: disk, sensors, network.

A check returns what it found, raises an error of the terminal, the models or a sensor, or `Skipped`.
"""

from __future__ import annotations

import datetime as dt
import queue
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from firmware_bridge.contract import Light
from models.interpreter import RUNTIME
from models.liveness.passive_model import PassiveModel
from server_mqtt.contract.messages import PaymentQuery, Presence, Reply
from terminal.config import TerminalConfig
from terminal.devices import live_frames
from terminal.devices.arrival import Arrival
from terminal.devices.intake import Dropped, read
from terminal.devices.keys import load_keys
from terminal.devices.link import Link
from terminal.devices.making import make_sensors
from terminal.devices.networks import load_networks
from terminal.engine import link_settings
from terminal.errors import ConfigError, TerminalError
from terminal.outbox.letters import Letter, Pen
from terminal.outbox.store import Store

LINK_TIMEOUT_S: Final = 15.0
"""Longer than the silence after which a broker is given up."""

REPLY_TIMEOUT_S: Final = 10.0
"""A server that takes longer to say that it knows no such payment serves nobody."""

_POLL_S: Final = 0.05
_MEGABYTE: Final = 1_000_000

Check = Callable[[], str]


class Skipped(Exception):  # noqa: N818 - no error: there is nothing to try
    """This terminal has no such thing."""


class LinkError(TerminalError):
    """The broker, or the server behind it, does not answer."""


def checks(config: TerminalConfig) -> Iterator[tuple[str, Check]]:
    """Name and check, in the order in which a technician would look."""
    yield "keys", lambda: check_keys(config)
    yield "disk", lambda: check_disk(config)
    yield "models", lambda: check_models(config)
    yield "passive model", lambda: check_passive_model(config)
    yield "camera", lambda: check_camera(config)
    yield "fingerprint reader", lambda: check_reader(config)
    yield "broker", lambda: check_broker(config)
    yield "server", lambda: check_server(config)


def check_keys(config: TerminalConfig) -> str:
    """Our key and certificate belong together and to this device; the server's keys can be read."""
    certificate = load_keys(config).certificate
    now = dt.datetime.now(dt.UTC)
    if now < certificate.not_valid_before_utc:
        raise ConfigError(
            f"the certificate is not valid before {certificate.not_valid_before_utc}: is the clock right?"
        )
    if now > certificate.not_valid_after_utc:
        raise ConfigError(f"the certificate expired on {certificate.not_valid_after_utc:%Y-%m-%d}")
    return f"valid until {certificate.not_valid_after_utc:%Y-%m-%d}"


def check_disk(config: TerminalConfig) -> str:
    """A row can be written and is kept."""
    folder = config.path(config.data_dir)
    store = Store.open(folder, config.device_id)
    try:
        store.probe()
    finally:
        store.close()
    return f"{folder}, {shutil.disk_usage(folder).free // _MEGABYTE} MB free"


def check_models(config: TerminalConfig) -> str:
    """The bundle is this release's, and loads."""
    threads = config.capture.threads
    model_hash = load_networks(config.path(config.models_bundle), threads=threads).model_hash
    return f"bundle {model_hash[:12]}, {RUNTIME} with {threads} thread{'s' if threads > 1 else ''}"


def check_passive_model(config: TerminalConfig) -> str:
    """The operator's own network against photos and displays is the one it should be, and loads."""
    if config.own_passive_model is None:
        raise Skipped("none is configured: the server's longer challenges hold")
    path, sha256 = config.own_passive_model
    PassiveModel.open(path, sha256, threads=config.capture.threads)
    return f"{path.name} {sha256[:12]}"


def check_camera(config: TerminalConfig) -> str:
    """It is one that may be used, and delivers pictures, live ones."""
    if config.camera.kind == "none":
        raise Skipped("none is configured")
    camera = make_sensors(config, None, None).camera()
    frame = live_frames.check_camera(camera)
    said = f"{camera.identity}, {frame.width}x{frame.height}"
    return f"{said}; TEST MODE: virtual cameras are allowed, take no money" if config.camera.allow_virtual else said


def check_reader(config: TerminalConfig) -> str:
    """It answers."""
    if not config.reader.port and not config.bridge.port:
        raise Skipped("none is configured")
    sensors = make_sensors(config, None, None)
    try:
        reader = sensors.reader()
        reader.signal(Light.OFF)
        return reader.identity
    finally:
        sensors.close()


def check_broker(config: TerminalConfig) -> str:
    """It lets us in, and lets us hear what is for us."""
    with _linked(config):
        return f"{config.broker.host}:{config.broker.port}"


def check_server(config: TerminalConfig) -> str:
    """It replies, signed, to a question about a payment that nobody made."""
    keys = load_keys(config)
    with _linked(config) as (link, arrivals):
        asked = Pen(config.device_id, keys.device).write(PaymentQuery(payment_id=uuid.uuid4().hex))
        began_s = time.monotonic()
        link.publish(asked.kind, asked.payload, round(REPLY_TIMEOUT_S))
        while (left_s := began_s + REPLY_TIMEOUT_S - time.monotonic()) > 0:
            try:
                arrival = arrivals.get(timeout=left_s)
            except queue.Empty:
                break
            message = read(arrival, config.device_id, keys.server_signing)
            if not isinstance(message, Dropped) and _answers(message.body, asked):
                return f"answered in {round((time.monotonic() - began_s) * 1_000)} ms"
    raise LinkError(f"no answer within {REPLY_TIMEOUT_S:.0f} s: does the server run, and does it know this terminal?")


def _answers(body: object, asked: Letter) -> bool:
    return isinstance(body, Reply) and (body.in_reply_to, body.content_hash) == (asked.message_id, asked.content_hash)


@contextmanager
def _linked(config: TerminalConfig) -> Iterator[tuple[Link, queue.SimpleQueue[Arrival]]]:
    """A connection to the broker. What arrives meanwhile is not acknowledged, and so not lost."""
    pen = Pen(config.device_id, load_keys(config).device)
    arrivals: queue.SimpleQueue[Arrival] = queue.SimpleQueue()
    link = Link(
        link_settings(config),
        will=lambda: pen.write(Presence(online=False)).payload,
        on_arrival=arrivals.put,
        on_change=lambda _online: None,
    )
    link.start()
    try:
        ends_s = time.monotonic() + LINK_TIMEOUT_S
        while not link.online:
            if time.monotonic() > ends_s:
                raise LinkError(f"the broker at {config.broker.host}:{config.broker.port} does not let us in")
            time.sleep(_POLL_S)
        yield link, arrivals
    finally:
        link.stop()
