"""All chance of a world comes from here, and so from its seed: the same seed is the same world, step by step."""

from __future__ import annotations

import random
from enum import StrEnum
from typing import Final


class Fault(StrEnum):
    """What can go wrong, each as often as the world's dice say."""

    LOSS = "a message is lost"
    DELAY = "a message is late"
    DUPLICATE = "a message arrives twice"
    DROPPED_LINK = "a terminal's connection breaks"
    DROPPED_SERVER_LINK = "the server's connection breaks"
    BROKER_RESTART = "the broker restarts"
    SERVER_BEFORE_COMMIT = "the server dies before the commit"
    SERVER_AFTER_COMMIT = "the server dies after the commit"
    SERVER_PUBLISHING = "the server dies between two publications"
    SERVER_BEFORE_ACKNOWLEDGEMENT = "the server dies before it acknowledges"
    SERVER_COMPARING = "the server dies while it compares"
    SERVER_BUSY = "the server is busy"
    TERMINAL_BEFORE_DISK = "a terminal dies before its disk has it"
    TERMINAL_AFTER_DISK = "a terminal dies after its disk has it"
    TERMINAL_PUBLISHING = "a terminal dies before it publishes"
    TERMINAL_DISK = "a terminal's disk fails"
    CLOCK_JUMP = "a wall clock jumps"
    BLOCKED = "an account is blocked for a while"
    CLOSED = "an account is closed in mid-payment"
    TERMINAL_OFF = "a payee's terminal is switched off for long"
    COMMAND = "an operator's command dies"
    TERMINAL_REPLACED = "a terminal is revoked and replaced by another"


HEAVY: Final = frozenset({Fault.LOSS, Fault.DELAY, Fault.DUPLICATE})
"""Faults of a network: they may strike every third message. The others strike rarely, or nothing would ever happen."""

SELDOM_ASKED: Final = frozenset({Fault.CLOSED, Fault.TERMINAL_OFF, Fault.TERMINAL_REPLACED, Fault.COMMAND})
"""Faults whose dice are thrown every few seconds only, not at every message: they may strike every fifth time."""

_HEAVY_RATES: Final = (0.0, 0.02, 0.1, 0.25)
_RARE_RATES: Final = (0.0, 0.0, 0.003, 0.01, 0.04)
_SELDOM_ASKED_RATES: Final = (0.0, 0.0, 0.05, 0.2)
_ID_BITS: Final = 128


def _rates_of(fault: Fault) -> tuple[float, ...]:
    if fault in HEAVY:
        return _HEAVY_RATES
    return _SELDOM_ASKED_RATES if fault in SELDOM_ASKED else _RARE_RATES


class Chance:
    """The dice of one world. Faults strike until `calm`."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.calm = False
        self.struck: dict[Fault, int] = {}
        self._rates = {fault: self.dice.choice(_rates_of(fault)) for fault in Fault}

    def strikes(self, fault: Fault) -> bool:
        """Whether it happens here and now."""
        rate = self._rates[fault]
        if self.calm or not rate or self.dice.random() >= rate:
            return False
        self.struck[fault] = self.struck.get(fault, 0) + 1
        return True

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends possible."""
        return low + int(self.dice.random() * (high - low + 1))

    def happens(self, probability: float) -> bool:
        """What people do is no fault: it goes on when faults have ended."""
        return self.dice.random() < probability

    def new_id(self) -> str:
        """An id of the contract."""
        return f"{self.dice.getrandbits(_ID_BITS):032x}"

    def new_nonce(self, length: int) -> bytes:
        """So many bytes."""
        return self.dice.randbytes(length)
