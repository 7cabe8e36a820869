"""ReadProdInfo's answer: which module this is. Pure.

Manual, ReadProdInfo: model 16, batch number 4, serial number 8, hardware version 2, sensor type 8, width 2, height 2,
template size 2, database size 2 bytes, and "Other 4, system reserved"; "for a string, the insufficient part is 0x00".
Its packet length, 0x0031, leaves the reserved bytes out: both forms are read.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

_FIELDS = struct.Struct(">16s4s8s2s8sHHHH")


@dataclass(frozen=True, slots=True)
class ProductInfo:
    """What a module says of itself."""

    model: str
    batch_number: str
    serial_number: str
    hardware_version: tuple[int, int]
    sensor_model: str
    width: int
    height: int
    template_bytes: int
    library_size: int

    @classmethod
    def from_bytes(cls, data: bytes) -> ProductInfo:
        """Raises ValueError when there are too few bytes. Bytes that are no printable ASCII are left out."""
        if len(data) < _FIELDS.size:
            raise ValueError(f"product information is at least {_FIELDS.size} bytes, not {len(data)}")
        model, batch, serial, version, sensor, *numbers = _FIELDS.unpack_from(data)
        return cls(_text(model), _text(batch), _text(serial), (version[0], version[1]), _text(sensor), *numbers)

    def to_bytes(self) -> bytes:
        """The 46 bytes that follow the confirmation code."""
        return _FIELDS.pack(
            self.model.encode("ascii"),
            self.batch_number.encode("ascii"),
            self.serial_number.encode("ascii"),
            bytes(self.hardware_version),
            self.sensor_model.encode("ascii"),
            self.width,
            self.height,
            self.template_bytes,
            self.library_size,
        )


def _text(field: bytes) -> str:
    return "".join(chr(byte) for byte in field.split(b"\0", 1)[0] if chr(byte).isprintable() and byte < 0x7F)
