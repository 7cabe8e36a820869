"""Every error that a sensor can end a call with, one class per cause. Pure.

All derive from `SensorError`. The text names the device and says what a person can do about it; it never
contains an image or any part of one.
"""

from __future__ import annotations


class SensorError(Exception):
    """A sensor cannot do what was asked."""


class SensorNotFound(SensorError):  # noqa: N818 - the causes are named as they are spoken of
    """Nothing answers where the sensor should be, or the port cannot be opened."""


class SensorBusy(SensorError):  # noqa: N818
    """Another program has the sensor's port: it is there, and not for us now."""


class SensorUnplugged(SensorError):  # noqa: N818
    """The sensor was there and is gone: the cable was pulled or the adapter vanished."""


class SensorTimedOut(SensorError):  # noqa: N818
    """The sensor did not answer, or not completely, before the command's deadline."""


class SensorCorrupt(SensorError):  # noqa: N818
    """What arrived breaks the protocol: start code, address, length, checksum, kind or amount of data."""


class SensorWrongPassword(SensorError):  # noqa: N818
    """The reader refused the password."""


class SensorStatus(SensorError):  # noqa: N818
    """The sensor answered a command with an error of its own, here by the data sheet's name."""

    def __init__(self, device: str, command: str, status: int, status_name: str) -> None:
        super().__init__(f"{device}: {command} was refused with {status_name} (0x{status:02X})")
        self.device = device
        self.command = command
        self.status = status
        self.status_name = status_name


class CaptureCancelled(SensorError):  # noqa: N818
    """The caller's own `cancelled` callback ended the capture."""


class CaptureTimedOut(SensorTimedOut):
    """The sensor works, but no finger was placed on it in time."""


class CameraTimedOut(SensorTimedOut):
    """The camera delivered no frame in time."""


class SensorExchanged(SensorError):  # noqa: N818
    """A sensor works, and is another one than belongs to the terminal."""


class CameraRefused(SensorError):  # noqa: N818
    """There is a camera, and it must not be used: virtual, on another bus, none of the allowed, or not the one from
    before."""


class BoardNotPaired(SensorError):  # noqa: N818
    """The bridge board knows no terminal yet, or does not take one now: hold both its buttons while it starts."""


class BoardNotGenuine(SensorError):  # noqa: N818
    """Something answers like the bridge board and does not know the key of the pairing: it was exchanged or reset."""


class BoardOtherVersion(SensorError):  # noqa: N818
    """The bridge board's firmware speaks another version of the frames."""


class BoardTampered(SensorError):  # noqa: N818
    """The case was opened since a technician last looked: nothing that comes through the board is used."""
