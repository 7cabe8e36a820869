"""The emulated reader's character buffers and its library of templates, with the commands that use them. Pure.

A template is what `ridge_flow` makes of one or several images: a stand-in for the maker's own, of the same size.
Answers are those of the manual's "Fingerprint-processing instructions". AutoEnroll and AutoIdentify are not emulated.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.r503.commands import Handler, Instruction
from firmware_bridge.r503.models import R503, ReaderModel
from firmware_bridge.r503.ridge_flow import FLOW_BYTES, flow_of, likeness
from firmware_bridge.r503.status import Confirmation

INDEX_PAGES: Final = range(4)
"""ReadIndexTable: "index page 0/1/2/3", each 256 templates."""

INDEX_TABLE_BYTES: Final = 32
"""The same: "up to 256 at a time (32 bytes)"."""

FEATURE_CONTRAST_MIN: Final = 8.0
"""Standard deviation of grey levels under which GenChar finds no features: 8 of 255 is half a step of 16 levels,
that is, no ridges at all."""

LIKENESS_BY_LEVEL: Final = (0.80, 0.84, 0.88, 0.90, 0.92)
"""What security levels 1 to 5 ask for: impressions of one synthetic finger reach 0.91 to 0.96."""

SCORE_MAX: Final = 200
"""Of a template with itself: the order of what real readers tell; the manual gives no range."""

_MERGED_MIN: Final = 2
"""RegModel: "combine information of character files": at least two."""


class Refused(Exception):  # noqa: N818 - it is an answer, not a fault
    """The command ends with `confirmation`, not OK; `parameters` follow it where the manual has them."""

    def __init__(self, confirmation: Confirmation, parameters: bytes = b"") -> None:
        super().__init__(confirmation.name)
        self.confirmation = confirmation
        self.parameters = parameters


@dataclass(slots=True)
class FingerLibrary:
    """Buffers hold until the power goes, pages for good. Every method raises Refused for what the manual refuses."""

    model: ReaderModel = R503
    level: int = 3
    """Security level, 1 to 5."""
    matched: bool = False
    """The status register's "pass": whether the last comparison found its finger."""
    pages: dict[int, bytes] = field(default_factory=dict)
    _buffers: dict[int, bytes] = field(default_factory=dict)
    _fresh: set[int] = field(default_factory=set)
    """Buffers that GenChar filled and RegModel has not used."""

    def power_on(self) -> None:
        """Forget the buffers."""
        self._buffers.clear()
        self._fresh.clear()
        self.matched = False

    def run(self, code: int, arguments: bytes) -> bytes:
        """One of COMMANDS with as many bytes of arguments as it has; returns what follows OK."""
        return COMMANDS[code].run(self, arguments)

    def describe(self, pixels: NDArray[np.uint8], number: int) -> None:
        """GenChar: the character file of an image, into a buffer."""
        self._check_buffer(number)
        if float(pixels.std()) < FEATURE_CONTRAST_MIN:
            raise Refused(Confirmation.FEW_FEATURES)
        self.put(number, flow_of(pixels))
        self._fresh.add(number)

    def put(self, number: int, content: bytes) -> None:
        """Fill a buffer, as GenChar and DownChar do."""
        self._check_buffer(number)
        self._buffers[number] = content.ljust(self.model.template_bytes, b"\0")[: self.model.template_bytes]

    def content(self, number: int) -> bytes:
        """UpChar: what a buffer holds."""
        if number not in self._buffers:
            raise Refused(Confirmation.UPLOAD_TEMPLATE_FAILED)
        return self._buffers[number]

    def match(self, _: bytes) -> bytes:
        """Match: CharBuffer1 with CharBuffer2; the score, which is 0 where they are not of one finger."""
        score = self._score(self._buffers.get(1), self._buffers.get(2))
        self.matched = score > 0
        if not self.matched:
            raise Refused(Confirmation.NO_MATCH, bytes(2))
        return score.to_bytes(2, "big")

    def search(self, arguments: bytes) -> bytes:
        """Search: the best page for a buffer, of `count` from `start` on; page and score, both 0 where none matches."""
        number, start, count = struct.unpack(">BHH", arguments)
        self._check_buffer(number)
        probe = self._buffers.get(number)
        asked = [page for page in self.pages if start <= page < start + count]
        found = [(self._score(probe, self.pages[page]), -page) for page in asked]
        score, page = max(found, default=(0, 0))
        self.matched = score > 0
        if not self.matched:
            raise Refused(Confirmation.NOT_FOUND, bytes(4))
        return struct.pack(">HH", -page, score)

    def merge(self, _: bytes) -> bytes:
        """RegModel: one template of what GenChar made since the last time, into CharBuffer1 and CharBuffer2."""
        files = [self._buffers[number] for number in sorted(self._fresh)]
        self._fresh.clear()
        if len(files) < _MERGED_MIN or any(not self._score(files[0], file) for file in files[1:]):
            raise Refused(Confirmation.COMBINE_FAILED)
        template = b"".join(file[:FLOW_BYTES] for file in files)
        self.put(1, template)
        self.put(2, template)
        return b""

    def store(self, arguments: bytes) -> bytes:
        """Store: a buffer into a page."""
        number, page = struct.unpack(">BH", arguments)
        self._check_buffer(number)
        self._check_page(page)
        if number not in self._buffers:
            # The R307's manual has no code for an empty template.
            raise Refused(Confirmation.TEMPLATE_EMPTY if self.model is R503 else Confirmation.TEMPLATE_INVALID)
        self.pages[page] = self._buffers[number]
        return b""

    def load(self, arguments: bytes) -> bytes:
        """LoadChar: a page into a buffer."""
        number, page = struct.unpack(">BH", arguments)
        self._check_page(page)
        if page not in self.pages:
            raise Refused(Confirmation.TEMPLATE_INVALID)
        self.put(number, self.pages[page])
        return b""

    def delete(self, arguments: bytes) -> bytes:
        """DeletChar: `count` pages from `start` on, whether or not they hold something."""
        start, count = struct.unpack(">HH", arguments)
        if not count or start + count > self.model.library_size:
            raise Refused(Confirmation.DELETE_FAILED)
        for page in range(start, start + count):
            self.pages.pop(page, None)
        return b""

    def empty(self, _: bytes) -> bytes:
        """Empty: every page."""
        self.pages.clear()
        return b""

    def count(self, _: bytes) -> bytes:
        """TempleteNum: how many pages hold something."""
        return len(self.pages).to_bytes(2, "big")

    def index(self, arguments: bytes) -> bytes:
        """ReadIndexTable: one bit for each of 256 pages, the first in the lowest bit of the first byte."""
        if arguments[0] not in INDEX_PAGES:
            raise Refused(Confirmation.PACKET_ERROR)
        table = bytearray(INDEX_TABLE_BYTES)
        first = arguments[0] * INDEX_TABLE_BYTES * 8
        for page in self.pages:
            if first <= page < first + INDEX_TABLE_BYTES * 8:
                table[(page - first) // 8] |= 1 << ((page - first) % 8)
        return bytes(table)

    def _check_buffer(self, number: int) -> None:
        if not 1 <= number <= self.model.character_buffers:
            raise Refused(Confirmation.PACKET_ERROR)

    def _check_page(self, page: int) -> None:
        if page >= self.model.library_size:
            raise Refused(Confirmation.BAD_LOCATION)

    def _score(self, one: bytes | None, other: bytes | None) -> int:
        """Of the best pair of impressions in both templates; 0 below what the security level asks for."""
        if one is None or other is None:
            return 0
        best = max(likeness(first, second) for first in _flows(one) for second in _flows(other))
        return round(best * SCORE_MAX) if best >= LIKENESS_BY_LEVEL[self.level - 1] else 0


def _flows(template: bytes) -> list[bytes]:
    return [template[at : at + FLOW_BYTES] for at in range(0, len(template), FLOW_BYTES)]


COMMANDS: Final[Mapping[int, Handler[FingerLibrary, bytes]]] = {
    Instruction.MATCH: Handler(0, FingerLibrary.match),
    Instruction.SEARCH: Handler(5, FingerLibrary.search),
    Instruction.HIGH_SPEED_SEARCH: Handler(5, FingerLibrary.search),
    Instruction.REG_MODEL: Handler(0, FingerLibrary.merge),
    Instruction.STORE: Handler(3, FingerLibrary.store),
    Instruction.LOAD_CHAR: Handler(3, FingerLibrary.load),
    Instruction.DELETE_CHAR: Handler(4, FingerLibrary.delete),
    Instruction.EMPTY: Handler(0, FingerLibrary.empty),
    Instruction.TEMPLATE_NUM: Handler(0, FingerLibrary.count),
    Instruction.READ_INDEX_TABLE: Handler(1, FingerLibrary.index),
}
"""Those whose answer is one acknowledge packet and that need nothing but the library."""
