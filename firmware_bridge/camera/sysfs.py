"""What the kernel knows of a camera's device node, read from sysfs and asked of its driver. Impure: reads and asks.

Sources: Linux, Documentation/ABI/stable/sysfs-devices and testing/sysfs-bus-usb (places and names of the files),
include/uapi/linux/videodev2.h (`v4l2_capability`, VIDIOC_QUERYCAP).
"""

from __future__ import annotations

import fcntl
import os
import stat
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware_bridge.camera.camera_rule import VIRTUAL_DRIVERS, CameraIdentity
from firmware_bridge.errors import CameraRefused, SensorNotFound

SYSFS: Final = Path("/sys")
VIDIOC_QUERYCAP: Final = 0x80685600
"""_IOR('V', 0, struct v4l2_capability), of 104 bytes."""
V4L2_CAP_VIDEO_CAPTURE: Final = 0x1
V4L2_CAP_DEVICE_CAPS: Final = 0x80000000

_CAPABILITY: Final = struct.Struct("=16s32s32sIII12x")
_TEXT_MAX: Final = 80
"""Of what a device says of itself: it comes from outside, and ends on a screen."""


@dataclass(frozen=True, slots=True)
class Capability:
    """What a driver says of its device: `captures`: it delivers pictures (a webcam has a second node that does not)."""

    driver: str
    card: str
    bus_info: str
    captures: bool


def decode_capability(data: bytes) -> Capability:
    """`struct v4l2_capability`, 104 bytes, in this machine's order."""
    driver, card, bus_info, _version, capabilities, device = _CAPABILITY.unpack(data)
    own = device if capabilities & V4L2_CAP_DEVICE_CAPS else capabilities
    return Capability(_text(driver), _text(card), _text(bus_info), captures=bool(own & V4L2_CAP_VIDEO_CAPTURE))


def ask_driver(node: Path) -> Capability | None:
    """What the driver of `node` answers; None where it cannot be asked."""
    answer = bytearray(_CAPABILITY.size)
    try:
        opened = os.open(node, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.ioctl(opened, VIDIOC_QUERYCAP, answer)
    except OSError:
        return None
    finally:
        os.close(opened)
    return decode_capability(bytes(answer))


def inspect(
    device: Path, sysfs: Path = SYSFS, ask: Callable[[Path], Capability | None] = ask_driver
) -> tuple[Path, CameraIdentity]:
    """The node that `device` leads to (a stable name such as /dev/v4l/by-id/... is a link), and which camera it is.

    Raises SensorNotFound where there is nothing, CameraRefused where it is something else than a camera that delivers
    pictures. Whether the camera may be used is `CameraRule`'s to say.
    """
    node, number = _node(device)
    entry = (sysfs / "dev" / "char" / number).resolve()
    if not entry.is_dir() or _linked(entry / "subsystem") != "video4linux":
        raise CameraRefused(f"{device} is no camera: the kernel knows {number} as something else")
    capability = ask(node)
    if capability is not None and not capability.captures:
        raise CameraRefused(f"{device} delivers no pictures: choose the camera's other device, such as /dev/video0")
    return node, _identity(entry, sysfs, capability)


def _node(device: Path) -> tuple[Path, str]:
    """The device node and its number, major:minor."""
    try:
        node = device.resolve(strict=True)
        status = node.stat()
    except OSError as error:
        raise SensorNotFound(f"no camera at {device}: is it plugged in? ({error.strerror})") from error
    if not stat.S_ISCHR(status.st_mode):
        raise CameraRefused(f"{device} is a file and no camera's device: a film is no camera")
    return node, f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"


def _identity(entry: Path, sysfs: Path, capability: Capability | None) -> CameraIdentity:
    parent = (entry / "device").resolve() if (entry / "device").exists() else None
    name = _read(entry / "name") or (capability.card if capability else "") or "camera without a name"
    bus = _linked(parent / "subsystem") if parent else ""
    driver = (_linked(parent / "driver") if parent else "") or (capability.driver if capability else "")
    made_of = _made_of(entry, sysfs, driver, capability)
    usb = _usb_device(parent) if parent and bus == "usb" else None
    if usb is None:
        bus, place = (bus, parent.name) if parent else ("virtual", entry.name)
        return CameraIdentity(bus, place, name, driver, made_of=made_of)
    vendor, product, serial = (_read(usb / file) for file in ("idVendor", "idProduct", "serial"))
    return CameraIdentity("usb", usb.name, name, driver, vendor, product, serial, made_of)


def _made_of(entry: Path, sysfs: Path, driver: str, capability: Capability | None) -> str:
    """Why this is no hardware; empty if it is."""
    places = entry.relative_to((sysfs / "devices").resolve()).parts if _under(entry, sysfs) else ()
    if not places:
        return "it is outside the kernel's tree of devices"
    if places[0] == "virtual":
        return "the kernel lists it under devices/virtual"
    for name in (driver, capability.driver if capability else "", *(place.partition(".")[0] for place in places)):
        if name.replace(" ", "_") in VIRTUAL_DRIVERS:
            return f"its driver is {name}"
    if capability is not None and any(one in capability.bus_info for one in VIRTUAL_DRIVERS):
        return f"its driver says it is {capability.bus_info}"
    return ""


def _under(entry: Path, sysfs: Path) -> bool:
    return entry.is_relative_to((sysfs / "devices").resolve())


def _usb_device(interface: Path) -> Path | None:
    """The USB device of an interface: the nearest folder above that has a vendor."""
    return next((folder for folder in (interface, *interface.parents) if (folder / "idVendor").is_file()), None)


def _linked(link: Path) -> str:
    """The name of what a link leads to; empty where there is none."""
    return link.resolve().name if link.exists() else ""


def _read(file: Path) -> str:
    try:
        return _text(file.read_bytes())
    except OSError:
        return ""


def _text(data: bytes) -> str:
    """What a device says, fit to be printed."""
    words = data.split(b"\0", 1)[0].decode("utf-8", "replace").strip()
    return "".join(letter if letter.isprintable() else "?" for letter in words)[:_TEXT_MAX]
