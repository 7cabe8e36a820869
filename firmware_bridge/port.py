"""The serial line to a sensor: a small protocol, and the shell that is pyserial. Impure: opens, reads, writes a port.

Whoever holds a `SerialLine` holds the port alone (an exclusive lock), and whatever the operating system says of it
becomes one of the package's own errors.
"""

from __future__ import annotations

import errno
import select
import termios
from typing import Protocol

import serial

from firmware_bridge.errors import SensorBusy, SensorNotFound, SensorTimedOut, SensorUnplugged

READ_BYTES_MAX = 4096
"""One read of a tty returns at most a page; it also bounds what one `receive` can bring."""

WRITE_TIMEOUT_S = 2.0
"""A command is 16 bytes: a port that does not take them for this long does not work."""

_HELD = frozenset({errno.EBUSY, errno.EAGAIN})
"""What the system says of a port that another program has opened, or locked."""


class Line(Protocol):
    """A byte stream to a sensor and back."""

    @property
    def name(self) -> str:
        """Where the line leads, for people: the port's path."""
        ...

    def receive(self, timeout_s: float) -> bytes:
        """What has come, at most READ_BYTES_MAX; waits up to `timeout_s` for the first byte, then empty."""
        ...

    def send(self, data: bytes) -> None:
        """Write all of `data`."""
        ...

    def set_baud(self, baud: int) -> None:
        """Speak and listen at `baud` from now on."""
        ...

    def discard_input(self) -> None:
        """Forget what has come and was not received."""
        ...

    def close(self) -> None:
        """Give the port up; calling it again does nothing."""
        ...


class SerialLine:
    """A `Line` over pyserial. Every method raises SensorUnplugged once the port is gone."""

    def __init__(self, port: str, *, baud: int) -> None:
        """Open `port` (a path such as /dev/ttyUSB0) for this process alone. Raises SensorNotFound, SensorBusy."""
        try:
            self._serial = serial.Serial(port, baudrate=baud, write_timeout=WRITE_TIMEOUT_S, exclusive=True)
        except (OSError, ValueError, termios.error) as error:
            if _error_number(error) in _HELD:
                raise SensorBusy(f"another program uses {port}: close it first") from error
            raise SensorNotFound(_why_not_opened(port, error)) from error
        self._name = port

    @property
    def name(self) -> str:
        """The port's path."""
        return self._name

    def receive(self, timeout_s: float) -> bytes:
        """See `Line.receive`."""
        try:
            ready, _, _ = select.select([self._serial.fileno()], [], [], timeout_s)
            if not ready:
                return b""
            return bytes(self._serial.read(min(READ_BYTES_MAX, max(1, self._serial.in_waiting))))
        except (OSError, termios.error) as error:
            raise self._gone() from error

    def send(self, data: bytes) -> None:
        """See `Line.send`. Raises SensorTimedOut when the port does not take the bytes."""
        try:
            self._serial.write(data)
        except serial.SerialTimeoutException as error:
            raise SensorTimedOut(f"{self._name} takes no bytes: check the adapter") from error
        except (OSError, termios.error) as error:
            raise self._gone() from error

    def set_baud(self, baud: int) -> None:
        """See `Line.set_baud`."""
        try:
            self._serial.baudrate = baud
        except (OSError, termios.error) as error:
            raise self._gone() from error

    def discard_input(self) -> None:
        """See `Line.discard_input`."""
        try:
            self._serial.reset_input_buffer()
        except (OSError, termios.error) as error:
            raise self._gone() from error

    def close(self) -> None:
        """See `Line.close`."""
        self._serial.close()

    def _gone(self) -> SensorUnplugged:
        return SensorUnplugged(f"{self._name} is gone: plug the sensor in again")


def _why_not_opened(port: str, error: Exception) -> str:
    """What a technician can do about a port that does not open."""
    match _error_number(error):
        case errno.ENOENT | errno.ENXIO | errno.ENODEV:
            return f"no device at {port}: is the sensor plugged in?"
        case errno.ENOTTY | errno.EISDIR | errno.ENOTDIR:
            return f"{port} is no serial port: check the configured path"
        case errno.EACCES | errno.EPERM:
            return f"no permission to open {port}: add this user to the group dialout"
        case _:
            return f"{port} cannot be opened: {error}"


def _error_number(error: Exception) -> int | None:
    """The system's number; pyserial leaves it out where a port cannot be configured, but keeps termios' error."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    source = error.__context__ if isinstance(error, serial.SerialException) else error
    return int(source.args[0]) if isinstance(source, termios.error) else None
