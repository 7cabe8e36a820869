"""A kernel's tree of devices, /sys, in a folder: with webcams, camera ports, and cameras that are programs.

Folders, files and links are where Linux has them. The device nodes are real ones of this machine, of other devices
(making a node takes root): /dev/null and its like stand for /dev/video0, by their real numbers.
"""

from __future__ import annotations

import os
from pathlib import Path

NODES = (Path("/dev/null"), Path("/dev/zero"), Path("/dev/full"))
PI_USB = "platform/scb/fd500000.pcie/pci0000:00/0000:00:00.0/0000:01:00.0/usb1"


class DeviceTree:
    """Made in `root`, empty at first. Every camera is plugged in as a node of `NODES`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("devices", "dev/char", "class/video4linux", "bus"):
            (root / folder).mkdir(parents=True)

    def webcam(
        self,
        node: Path = NODES[0],
        *,
        ids: tuple[str, str, str] = ("046d", "0825", "A1B2C3D4"),
        name: bytes = b"UVC Camera (046d:0825)\n",
        host: str = PI_USB,
        driver: str = "uvcvideo",
    ) -> Path:
        """A camera on USB: vendor, product and serial number, which may be empty."""
        device = self.root / "devices" / host / "1-1"
        interface = device / "1-1:1.0"
        entry = self._entry(interface, node, name)
        for file, value in zip(("idVendor", "idProduct", "serial"), ids, strict=True):
            if value:
                (device / file).write_text(f"{value}\n")
        self._link(interface / "subsystem", "bus/usb")
        self._link(interface / "driver", f"bus/usb/drivers/{driver}")
        return entry

    def on_bus(self, bus: str, place: str, driver: str, node: Path = NODES[0], name: bytes = b"camera\n") -> Path:
        """A camera of another bus, such as the board's own port or a capture card."""
        parent = self.root / "devices" / place
        entry = self._entry(parent, node, name)
        self._link(parent / "subsystem", f"bus/{bus}")
        self._link(parent / "driver", f"bus/{bus}/drivers/{driver}")
        return entry

    def loopback(self, node: Path = NODES[0], name: bytes = b"Integrated Camera\n") -> Path:
        """v4l2loopback: it can take any name, and has no device beneath."""
        return self._entry(self.root / "devices" / "virtual", node, name, device=False)

    def unplug(self, node: Path = NODES[0]) -> None:
        """The camera is gone from the kernel's list."""
        (self.root / "dev" / "char" / _number(node)).unlink()

    def _entry(self, parent: Path, node: Path, name: bytes, *, device: bool = True) -> Path:
        entry = parent / "video4linux" / "video0"
        entry.mkdir(parents=True)
        (entry / "name").write_bytes(name)
        self._link(entry / "subsystem", "class/video4linux")
        if device:
            (entry / "device").symlink_to(os.path.relpath(parent, entry))
        listed = self.root / "dev" / "char" / _number(node)
        listed.symlink_to(os.path.relpath(entry, listed.parent))
        return entry

    def _link(self, link: Path, target: str) -> None:
        there = self.root / target
        there.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(there, link.parent))


def _number(node: Path) -> str:
    device = node.stat().st_rdev
    return f"{os.major(device)}:{os.minor(device)}"
