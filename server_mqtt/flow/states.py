"""A payment as the machine sees it. Values only, plain data: the shell stores them as JSON and reads them back.

Times are the server's milliseconds (`_at_ms`, `deadline_ms`), amounts minor units.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from server_mqtt.contract.messages import Modality, PaymentState
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.escrow.hold import HoldPlan, HoldTerms
from server_mqtt.flow.orders import CarriedOut
from server_mqtt.risk.value import Risk
from server_mqtt.verification.instruction import OpenInstruction

FINAL: Final = frozenset({PaymentState.SETTLED, PaymentState.RELEASED, PaymentState.REFUNDED, PaymentState.DECLINED})
"""States that nothing leaves."""

PAID: Final = frozenset({PaymentState.SETTLED, PaymentState.RELEASED})
"""States in which the payee was paid, and may give back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a verification came to: the first result, or the second."""

    verdict: Verdict
    reason: Reason | None = None
    modality: Modality | None = None
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One payment. Only `decide` makes a new value of it; `revision` rises with every one."""

    payment_id: str
    payer_account: str
    payee_account: str
    payer_device: str
    amount_minor: int
    currency: str
    reference: str
    payer_name: str
    payee_name: str
    """As the directory had it when the payment was requested; empty if it was not there."""
    requested_at_ms: int
    state: PaymentState
    revision: int = 1
    reason: Reason | None = None
    """Why it was declined, is held, or was refunded."""
    first_result: Result | None = None
    second_result: Result | None = None
    risk: Risk | None = None
    plan: HoldPlan | None = None
    """What the second instruction says of a hold; None if the money will not be held."""
    hold: HoldTerms | None = None
    """Once the money is or was frozen."""
    open: OpenInstruction | None = None
    payee_devices: tuple[str, ...] = ()
    """The payee's terminals that know of this payment, and so hear what becomes of it."""
    released_minor: int = 0
    """Of money that was held, what went on to the payee."""
    refunded_minor: int = 0
    """What went back to the payer: from the hold, and from the payee afterwards. Never more than the amount."""
    orders: tuple[CarriedOut, ...] = ()
    """The operators' orders that were carried out: each is once."""

    @property
    def held_minor(self) -> int:
        """What its escrow account holds, at this instant."""
        left_minor = self.amount_minor - self.released_minor - self.refunded_minor
        return left_minor if self.state is PaymentState.HELD else 0

    @property
    def refundable_minor(self) -> int:
        """What may still go back to the payer: what is held, or what the payee was paid and has not given back."""
        if self.state in PAID:
            return self.amount_minor - self.refunded_minor
        return self.held_minor
