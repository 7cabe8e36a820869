"""What is written to demo-out/report.json: one object per payment, and whether it ended as it should. Values; pure."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from server_mqtt.contract.messages import Modality, PaymentState
from server_mqtt.contract.reasons import Reason, Verdict


class StateAt(Struct, frozen=True, kw_only=True):
    """A state of the payment and when it began; `after_ms` counts from the request."""

    state: PaymentState
    at: str
    after_ms: int
    reason: Reason | None = None


class Result(Struct, frozen=True, kw_only=True):
    """What a verification came to."""

    verdict: Verdict
    reason: Reason | None = None
    modality: Modality | None = None


class Posting(Struct, frozen=True, kw_only=True):
    """One side of one movement of money."""

    entry: int
    kind: str
    account: str
    currency: str
    amount_minor: int


class Payment(Struct, frozen=True, kw_only=True):
    """One payment of the demo. Balances are minor units by ledger account."""

    id: str
    scene: str
    states: tuple[StateAt, ...]
    first_result: Result | None
    second_result: Result | None
    postings: tuple[Posting, ...]
    balances_before: dict[str, int]
    balances_after: dict[str, int]
    seconds: float
    screens: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def encode(payments: tuple[Payment, ...]) -> bytes:
    """The report as readable JSON."""
    return msgspec.json.format(msgspec.json.encode(payments), indent=2) + b"\n"
