"""Topic names, without a broker in them. Pure.

A device writes only `countersign/v1/<device>/up/#` and reads only `countersign/v1/<device>/down/#`; the broker's
ACL holds it to that, because `<device>` is the common name of its certificate.
"""

from __future__ import annotations

import re
from typing import Final

from server_mqtt.contract.limits import DEVICE_ID_PATTERN

ROOT: Final = "countersign/v1"

_DEVICE = re.compile(DEVICE_ID_PATTERN)
_KIND = re.compile(r"^[a-z_]{2,40}$")
_LEVELS: Final = 5


class TopicError(ValueError):
    """A device id or a topic that is not one of ours."""


def check_device_id(device: str) -> str:
    """`device` itself, if it may stand in a topic; raises TopicError otherwise."""
    if not _DEVICE.fullmatch(device):
        msg = "a device id is 8 to 36 of a-z, 0-9 and '-'"
        raise TopicError(msg)
    return device


def up(device: str, kind: str) -> str:
    """Where `device` publishes messages of `kind`."""
    return f"{ROOT}/{check_device_id(device)}/up/{_check_kind(kind)}"


def down(device: str, kind: str) -> str:
    """Where the server publishes messages of `kind` for `device`."""
    return f"{ROOT}/{check_device_id(device)}/down/{_check_kind(kind)}"


def down_all(device: str) -> str:
    """The one subscription of a terminal."""
    return f"{ROOT}/{check_device_id(device)}/down/+"


def up_all(share_group: str | None = None) -> str:
    """The one subscription of a server worker; the broker deals messages out among the workers of one group."""
    pattern = f"{ROOT}/+/up/+"
    return pattern if share_group is None else f"$share/{share_group}/{pattern}"


def parse_up(topic: str) -> tuple[str, str]:
    """(device, kind) of a topic a terminal published on; raises TopicError."""
    return _parse(topic, "up")


def parse_down(topic: str) -> tuple[str, str]:
    """(device, kind) of a topic the server published on; raises TopicError."""
    return _parse(topic, "down")


def _parse(topic: str, direction: str) -> tuple[str, str]:
    levels = topic.split("/")
    if len(levels) != _LEVELS or "/".join(levels[:2]) != ROOT or levels[3] != direction:
        msg = f"not a {direction} topic"
        raise TopicError(msg)
    return check_device_id(levels[2]), _check_kind(levels[4])


def _check_kind(kind: str) -> str:
    if not _KIND.fullmatch(kind):
        msg = "not a kind of message"
        raise TopicError(msg)
    return kind
