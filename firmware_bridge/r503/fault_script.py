"""What goes wrong with an emulated reader, and when: strikes at its answers, played by `PtyEmulator`. Pure and seeded.

A script turns each answer into steps: what is said, how long nothing is, whether the cable is out or the power gone.
Without a strike that fits, the only step is the answer.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from firmware_bridge.r503.commands import Instruction
from firmware_bridge.r503.packets import DEFAULT_ADDRESS, Identifier, Packet
from firmware_bridge.r503.status import Confirmation

GARBAGE_BYTES_MAX = 40
"""Of noise before an answer: more than any acknowledgement but ReadProdInfo's is long."""


_LEAST_WORDS = 2
"""Of a fault that is typed: what, and at which command."""


class Trouble(StrEnum):
    """What happens to an answer."""

    UNPLUG = "unplug"
    """The cable is out after `after_bytes`, and in again after `seconds`; the reader has lost its power meanwhile."""
    NOISE = "noise"
    """Garbage comes before the answer, and one of its bits is flipped."""
    HALF_PACKET = "half_packet"
    """Nothing comes after `after_bytes`."""
    STUCK_BUSY = "stuck_busy"
    """The reader hangs in this command and answers nothing until SoftRst, or until its power was gone."""
    SLOW = "slow"
    """The answer comes `seconds` late."""
    WRONG_ANSWER = "wrong_answer"
    """A whole acknowledgement with `status` comes in place of the answer."""
    BROWN_OUT = "brown_out"
    """The power fails after `after_bytes` and is back after `seconds`: buffers are lost, 0x55 is said."""
    UNASKED = "unasked"
    """After the answer, and `seconds`, comes an acknowledgement with `status` that nobody asked for."""


@dataclass(frozen=True, slots=True)
class Strike:
    """`trouble` at the `nth` command with the code `on` (1 is the first), and at the `times` - 1 after it."""

    trouble: Trouble
    on: int
    nth: int = 1
    times: int = 1
    after_bytes: int = 6
    seconds: float = 0.0
    status: int = Confirmation.OK


def strike_of(words: Sequence[str]) -> Strike:
    """From what somebody types: TROUBLE COMMAND [SECONDS], such as `slow up_image 0.4`. Raises ValueError."""
    try:
        trouble, on, seconds = words if len(words) > _LEAST_WORDS else (*words, "0")
        return Strike(Trouble(trouble), on=Instruction[on.upper()], seconds=max(0.0, float(seconds)))
    except (ValueError, KeyError):
        raise ValueError(f"no fault {' '.join(words)[:40]!r}: {', '.join(Trouble)}; a command; seconds") from None


@dataclass(frozen=True, slots=True)
class Say:
    """These bytes go over the line."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing happens for so long."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Pull:
    """The cable is out for so long; math.inf: for good."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Hang:
    """The reader does nothing more."""


@dataclass(frozen=True, slots=True)
class Restart:
    """The reader starts as after power was applied."""


Step = Say | Wait | Pull | Hang | Restart


class FaultScript:
    """Strikes, what came so far, and the chance of `seed`: two scripts made alike play alike."""

    def __init__(self, *strikes: Strike, seed: int = 0) -> None:
        self._strikes = list(strikes)
        self._random = random.Random(seed)  # noqa: S311 - line noise, no secret
        self._seen: dict[int, int] = {}
        self.struck: list[Strike] = []
        """What has happened, in order."""

    def add(self, strike: Strike) -> None:
        """Strike too, in place of what was to happen at the same command; `nth` counts from now on."""
        self._seen.pop(strike.on, None)
        self._strikes = [other for other in self._strikes if other.on != strike.on] + [strike]

    def play(self, command: int | None, answer: bytes, address: int = DEFAULT_ADDRESS) -> list[Step]:
        """What becomes of the `answer` to `command`; None: to what was no command."""
        strike = None if command is None else self._due(command)
        if strike is None:
            return [Say(answer)] if answer else []
        self.struck.append(strike)
        return [step for step in self._steps(strike, answer, address) if step != Say(b"")]

    def _due(self, command: int) -> Strike | None:
        number = self._seen[command] = self._seen.get(command, 0) + 1
        fitting = (strike for strike in self._strikes if strike.on == command)
        return next((strike for strike in fitting if strike.nth <= number < strike.nth + strike.times), None)

    def _steps(self, strike: Strike, answer: bytes, address: int) -> Sequence[Step]:
        begun = Say(answer[: strike.after_bytes])
        wrong = Say(Packet(Identifier.ACKNOWLEDGE, bytes([strike.status]), address).to_bytes())
        match strike.trouble:
            case Trouble.UNPLUG:
                return begun, Pull(strike.seconds)
            case Trouble.NOISE:
                return Say(self._garbage()), Say(self._flipped(answer))
            case Trouble.HALF_PACKET:
                return (begun,)
            case Trouble.STUCK_BUSY:
                return (Hang(),)
            case Trouble.SLOW:
                return Wait(strike.seconds), Say(answer)
            case Trouble.WRONG_ANSWER:
                return (wrong,)
            case Trouble.BROWN_OUT:
                return begun, Wait(strike.seconds), Restart()
            case Trouble.UNASKED:
                if not strike.seconds:
                    return (Say(answer + wrong.data),)
                return Say(answer), Wait(strike.seconds), wrong

    def _garbage(self) -> bytes:
        return self._random.randbytes(self._random.randint(1, GARBAGE_BYTES_MAX))

    def _flipped(self, answer: bytes) -> bytes:
        if not answer:
            return b""
        changed = bytearray(answer)
        changed[self._random.randrange(len(changed))] ^= 1 << self._random.randrange(8)
        return bytes(changed)
