"""Inputs to begin with, and those that once got by something. Impure: reads the files of found/."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from server_mqtt.contract import kinds
from tests.contract import samples
from tests.fuzzing import records
from tests.fuzzing.requests import WAYS

FOUND: Final = Path(__file__).parent / "found"
"""A file for each target, TARGET.hex: one input a line, after a `#` what it did."""

_POLICY: Final = b"""\
[policy]
attempts = 3
payee_preset_time_ms = 10_000
risk_threshold = 0.5
[policy.payee."20004471"]
amount_limit_minor = 5000
"""


def seeds(name: str) -> list[bytes]:
    """Inputs that go deep, so that a fuzzer need not find the way there."""
    ups = [body for body in samples.SAMPLES if kinds.KIND_OF[type(body)] in kinds.UP]
    bodies = [msgspec.msgpack.encode(body) for body in ups]
    match name:
        case "decoder":
            return [samples.encoded(body) for body in ups] + bodies
        case "request":
            empty = [bytes([2, which, 0, 0]) for which in range(len(ups) * 2)]
            probe = bytes([WAYS - 1, 2, 0, 0]) + msgspec.msgpack.encode(samples.PROBE)
            return [*empty, probe, *(bytes([1, which, 0, 0]) + body for which, body in enumerate(bodies))]
        case "record":
            return records.beginnings()
        case _:
            return [_POLICY]


def replayed(name: str) -> list[bytes]:
    """What was found so far."""
    path = FOUND / f"{name}.hex"
    if not path.exists():
        return []
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [bytes.fromhex(line) for line in lines if line]
