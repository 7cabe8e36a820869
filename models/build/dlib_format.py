"""Reads dlib's portable serialisation, as far as its face network uses it. Pure.

Source: dlib's `serialize.h`, `float_details.h`, `cuda/tensor.h` and `dnn/layers.h` (Boost Software License); the
file is of 2017, so layers carry their tags of that time. Nothing is guessed: an unknown tag, version or size is
refused with its place in the file.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from models.errors import WeightsError

_NEGATIVE = 0x80
_RESERVED = 0x70
_INTEGER_BYTES_MAX = 8
# float_details.h: exponents that stand for infinity, minus infinity and NaN. No weight is one.
_SPECIAL_EXPONENTS = (32000, 32001, 32002)
# float_details.h: 16 bits; what doubles need. Beyond, `ldexp` would overflow.
_EXPONENT_MAX = 1100
_TEXT_BYTES_MAX = 64
_TENSOR_VERSION = 2
_ALIAS_VERSION = 1


class DlibReader:
    """A position in a dlib file; every method reads one value and moves on.

    All raise WeightsError where the bytes are not such a value.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._place = 0

    def integer(self) -> int:
        """A control byte (low four bits: count of bytes, top bit: negative), then the bytes, lowest first."""
        control = self._take(1)[0]
        count = control & 0x0F
        if control & _RESERVED or not 1 <= count <= _INTEGER_BYTES_MAX:
            raise self._damaged(f"{control:#04x} begins no integer")
        value = int.from_bytes(self._take(count), "little")
        return -value if control & _NEGATIVE else value

    def boolean(self) -> bool:
        """The character 0 or 1."""
        character = self._take(1)
        if character not in (b"0", b"1"):
            raise self._damaged(f"{character!r} is no boolean")
        return character == b"1"

    def number(self) -> float:
        """A mantissa and a binary exponent, both integers."""
        mantissa, exponent = self.integer(), self.integer()
        if exponent in _SPECIAL_EXPONENTS or abs(exponent) > _EXPONENT_MAX:
            raise self._damaged(f"a number with the exponent {exponent}")
        try:
            return math.ldexp(mantissa, exponent)
        except OverflowError as error:
            raise self._damaged("a number that is too large") from error

    def text(self) -> str:
        """A length and so many ASCII characters."""
        length = self.integer()
        if not 0 <= length <= _TEXT_BYTES_MAX:
            raise self._damaged(f"a text of {length} bytes")
        try:
            return self._take(length).decode("ascii")
        except UnicodeDecodeError as error:
            raise self._damaged("a text that is not ASCII") from error

    def tag(self, *known: str) -> str:
        """A text that is one of `known`: which layer follows, in which version of its form."""
        found = self.text()
        if found not in known:
            raise self._damaged(f"{found!r} instead of {' or '.join(known)}")
        return found

    def version(self, *known: int) -> int:
        """An integer that is one of `known`."""
        found = self.integer()
        if found not in known:
            raise self._damaged(f"version {found} instead of {' or '.join(map(str, known))}")
        return found

    def sizes(self) -> tuple[int, int, int, int]:
        """Samples, channels, rows, columns of a tensor."""
        samples, channels, rows, columns = (self.integer() for _ in range(4))
        if min(samples, channels, rows, columns) < 0:
            raise self._damaged("a tensor of negative size")
        return samples, channels, rows, columns

    def view(self) -> tuple[int, int, int, int]:
        """The sizes of a part of another tensor ("alias tensor"); its values stand in that one."""
        self.version(_ALIAS_VERSION)
        return self.sizes()

    def tensor(self) -> NDArray[np.float32]:
        """Sizes and values, float32[samples, channels, rows, columns], all finite."""
        self.version(_TENSOR_VERSION)
        sizes = self.sizes()
        content = self._take(math.prod(sizes) * 4)
        values = np.frombuffer(content, dtype="<f4").astype(np.float32).reshape(sizes)
        if not np.isfinite(values).all():
            raise self._damaged("a tensor with NaN or infinite values")
        return values

    def end(self) -> None:
        """Nothing may follow."""
        left = len(self._content) - self._place
        if left:
            raise self._damaged(f"{left} bytes too many")

    def _take(self, count: int) -> bytes:
        taken = self._content[self._place : self._place + count]
        if len(taken) < count:
            raise WeightsError(f"the face network's weights file ends too early, at byte {len(self._content)}")
        self._place += count
        return taken

    def _damaged(self, what: str) -> WeightsError:
        return WeightsError(f"the face network's weights file is damaged before byte {self._place}: {what}")
