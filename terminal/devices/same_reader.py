"""The fingerprint reader that belongs to this terminal, and no other in its place. Pure but for what it opens.

A reader that was exchanged may be one that sends what it likes. Modules that tell no serial number (the R307) cannot be
told from each other: there only another model is noticed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from firmware_bridge.contract import FingerprintReader
from firmware_bridge.errors import SensorExchanged


class KnownReader(FingerprintReader, Protocol):
    """A reader that says which module it is."""

    @property
    def module(self) -> str:
        """Model and serial number, without the port."""
        ...


Reader = TypeVar("Reader", bound=KnownReader)


class SameReader(Generic[Reader]):
    """Opens the reader, each time it is called, if it is the configured one and the one from before."""

    def __init__(self, open_reader: Callable[[], Reader], module: str = "") -> None:
        """`module`: the configured one; empty for whichever is there first."""
        self._open = open_reader
        self._module = module

    def __call__(self) -> Reader:
        """Raises SensorExchanged for another one, which is closed again, and what opening raises."""
        reader = self._open()
        if self._module and reader.module != self._module:
            found = reader.identity
            reader.close()
            raise SensorExchanged(
                f"the fingerprint reader was exchanged: {found} is there, and {self._module} belongs here. If that was "
                "you, change [reader] `module`, or start the terminal again where none is set"
            )
        self._module = reader.module
        return reader
