"""A payment as the machine sees it. Values only, plain data: the shell stores them as JSON and reads them back.

Times are the server's milliseconds (`_at_ms`, `deadline_ms`), amounts minor units.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from server_mqtt.contract.messages import Action, Modality, PaymentState, Purpose, Role
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.escrow.hold import HoldPlan, HoldTerms
from server_mqtt.risk.value import Risk

FINAL: Final = frozenset({PaymentState.SETTLED, PaymentState.RELEASED, PaymentState.REFUNDED, PaymentState.DECLINED})
"""States that nothing leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a verification came to: the first result, or the second."""

    verdict: Verdict
    reason: Reason | None = None
    modality: Modality | None = None
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInstruction:
    """The instruction whose answer the server waits for. One attempt: the next has a new id, nonce and challenge."""

    instruction_id: str
    role: Role
    purpose: Purpose
    nonce: bytes = field(repr=False)
    challenge: tuple[Action, ...] = field(repr=False)
    modalities: tuple[Modality, ...]
    all_modalities: bool
    devices: tuple[str, ...]
    """Where it went to. The first of them to answer is heard."""
    issued_at_ms: int
    deadline_ms: int
    """The end of the preset time, the same for all its attempts. An answer at this moment is too late."""
    attempt: int
    attempts: int
    previous_reason: Reason | None = None
    """Why the attempt before this one failed."""
    rejected: bool = False
    """Whether an attempt within this preset time showed somebody, or something, that is not who it should be."""
    pending: bool = False
    """An answer came in time, was counted, and is being compared: the deadline waits for it."""


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
