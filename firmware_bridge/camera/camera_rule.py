"""Which camera a device is, and whether it may be used: a real one, and one of those that were chosen. Pure.

A virtual camera (v4l2loopback, vivid, akvcam, a gadget on a made-up USB controller) shows whatever a program feeds it,
bit for bit, and no liveness cue can tell. So only hardware counts, and what the kernel says of it. What remains open:
whoever is root can load a driver that lies, and a real USB device can be built that plays a film; a list of allowed
identities makes neither impossible, only harder.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from firmware_bridge.errors import CameraRefused

REAL_BUSES: Final = ("usb", "platform", "csi")
"""USB, the board's own camera interface as V4L2 names it, and as libcamera does. Not PCI: capture cards are there."""

VIRTUAL_DRIVERS: Final = frozenset(
    "v4l2loopback vivid vimc vim2m vicodec visl akvcam vcam v4l2_loopback dummy_hcd vhci_hcd dummy_udc".split()
)
"""Drivers of cameras, and of USB controllers, that are programs. Sources: Linux, drivers/media/test-drivers and
drivers/usb (gadget/udc/dummy_hcd.c, usbip/vhci_hcd.c); v4l2loopback, akvcam and vcam, each from its own project."""

_USB_IN_LIBCAMERA: Final = re.compile(r"-([0-9a-f]{4}):([0-9a-f]{4})$")
_HARDWARE_IN_LIBCAMERA: Final = ("/base/", "\\_SB_")
"""libcamera names a camera by its place in the device tree or in ACPI; its virtual and vimc cameras have neither."""


@dataclass(frozen=True, slots=True)
class CameraIdentity:
    """One camera. `bus`: where it hangs; `place`: which one there; `made_of`: why it is virtual, empty for hardware.

    `vendor` and `product` are four hexadecimal digits each, as USB has them; `serial` is empty where it has none.
    """

    bus: str
    place: str
    name: str
    driver: str = ""
    vendor: str = ""
    product: str = ""
    serial: str = ""
    made_of: str = ""

    @property
    def key(self) -> str:
        """What a configuration names it by: usb:046d:0825:SERIAL, without a serial number usb:046d:0825, else its bus
        and place."""
        if self.vendor:
            return ":".join(part for part in ("usb", self.vendor, self.product, self.serial) if part)
        return f"{self.bus}:{self.place}"

    def __str__(self) -> str:
        return f"{self.name} ({self.key})"


@dataclass(frozen=True, slots=True)
class CameraRule:
    """`allowed`: keys of the cameras that may be used, none for any real one; `usb:046d:0825` stands for every camera
    of that model. `virtual`: virtual ones may be used, too: for tests, never for money.
    """

    allowed: tuple[str, ...] = ()
    virtual: bool = False

    def check(self, camera: CameraIdentity) -> None:
        """Returns if `camera` may be used. Raises CameraRefused with the reason, and what to do."""
        if camera.made_of and not self.virtual:
            raise CameraRefused(
                f"{camera} is a virtual camera ({camera.made_of}), and is refused: a program decides what it shows. "
                "Plug in a real one"
            )
        if camera.bus not in REAL_BUSES and not self.virtual:
            raise CameraRefused(
                f"{camera} is on the bus {camera.bus or 'none'!r}, and is refused: a camera is on USB or on the "
                "board's own camera port"
            )
        if self.allowed and not any(_names(entry, camera) for entry in self.allowed):
            raise CameraRefused(
                f"{camera} is none of the allowed cameras ({', '.join(self.allowed)}): plug in one of those, or add "
                f'"{camera.key}" to `allowed` under [camera]'
            )


ANY_CAMERA: Final = CameraRule(virtual=True)
"""For tests and demonstrations, whose cameras are programs."""


def libcamera_identity(camera_id: str, model: str) -> CameraIdentity:
    """A camera as libcamera knows it: by `camera_id`, such as /base/soc/i2c0mux/i2c@1/imx219@10."""
    made_of = "" if camera_id.startswith(_HARDWARE_IN_LIBCAMERA) else "libcamera knows no hardware of it"
    usb = _USB_IN_LIBCAMERA.search(camera_id)
    if usb is not None:
        return CameraIdentity("usb", camera_id, model, vendor=usb[1], product=usb[2], made_of=made_of)
    return CameraIdentity("csi", camera_id, model, made_of=made_of)


def _names(entry: str, camera: CameraIdentity) -> bool:
    return camera.key == entry or (bool(camera.vendor) and f"{camera.key}:".startswith(f"{entry}:"))
