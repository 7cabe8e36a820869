"""The steps of a payment, in their order: the one place where it stands. Values only.

A step's word is its name everywhere: the message, the topic's last segment, the history's line, the file that holds it,
the row in docs/payment_flow.md, which is generated from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Step(StrEnum):
    """What a payment's history is made of."""

    PAYER_REQUEST = "payer_request"
    PAYEE_LOOKUP = "payee_lookup"
    FIRST_INSTRUCTION = "first_instruction"
    PAYEE_CAPTURE = "payee_capture"
    FIRST_VERIFICATION = "first_verification"
    FIRST_RESULT = "first_result"
    SECOND_INSTRUCTION = "second_instruction"
    PAYER_CAPTURE = "payer_capture"
    SECOND_VERIFICATION = "second_verification"
    TRANSFER_OR_ESCROW = "transfer_or_escrow"
    RELEASE_INSTRUCTION = "release_instruction"
    RELEASE = "release"
    HOLD_NOTICE = "hold_notice"
    HOLD_EXTENSION = "hold_extension"
    REFUND = "refund"
    ORDERED_RELEASE = "ordered_release"
    ORDERED_REFUND = "ordered_refund"
    RETURN = "return"
    PAYER_STOP = "payer_stop"
    PAYEE_REFUSAL = "payee_refusal"
    TERMINAL_REPLACED = "terminal_replaced"


class Who(StrEnum):
    """Where a step happens."""

    PAYER = "payer's terminal"
    SERVER = "server"
    PAYEE = "payee's terminal"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the flow. `to` is where its message goes, for the steps that send one."""

    step: Step
    module: str
    who: Who
    what: str
    to: Who | None = None


FLOW: Final = (
    Row(
        Step.PAYER_REQUEST,
        "payer_request",
        Who.PAYER,
        "asks to pay: payment id, payer account, payee account, amount, currency",
        Who.SERVER,
    ),
    Row(
        Step.PAYEE_LOOKUP,
        "payee_lookup",
        Who.SERVER,
        "finds the payee in its directory; not there: declined, and nothing else happens",
    ),
    Row(
        Step.FIRST_INSTRUCTION,
        "first_instruction",
        Who.SERVER,
        "asks for the payee, live: payment, amount, payer's name, nonce, modalities, challenge, first preset time",
        Who.PAYEE,
    ),
    Row(
        Step.PAYEE_CAPTURE,
        "payee_capture",
        Who.PAYEE,
        "captures the payee within the first preset time, extracts features on the device, answers sealed",
        Who.SERVER,
    ),
    Row(
        Step.FIRST_VERIFICATION,
        "first_verification",
        Who.SERVER,
        "counts the attempt, commits, then compares with the payee's references; a failed attempt may be repeated "
        "within what is left of the preset time",
    ),
    Row(
        Step.FIRST_RESULT,
        "first_result",
        Who.SERVER,
        "notes the first result, whatever it is; looks at the payee's risk value; so knows whether the money will be "
        "held",
    ),
    Row(
        Step.SECOND_INSTRUCTION,
        "second_instruction",
        Who.SERVER,
        "tells the first result, who is paid, how much, whether the money will be held and why; asks for the payer, "
        "live: nonce, challenge, second preset time",
        Who.PAYER,
    ),
    Row(
        Step.PAYER_CAPTURE,
        "payer_capture",
        Who.PAYER,
        "shows all that; the payer stops here, or consents and is captured within the second preset time",
        Who.SERVER,
    ),
    Row(
        Step.SECOND_VERIFICATION,
        "second_verification",
        Who.SERVER,
        "verifies consent and capture as in the first verification; failed or timed out: declined, nothing moved",
    ),
    Row(
        Step.TRANSFER_OR_ESCROW,
        "transfer_or_escrow",
        Who.SERVER,
        "checks accounts and funds again; moves the money to the payee (settled), or, if the payee was not verified "
        "or is risky, freezes it in an escrow account (held)",
    ),
)
"""From the request to the moment when the money moves."""

WHILE_HELD: Final = (
    Row(
        Step.RELEASE_INSTRUCTION,
        "release",
        Who.SERVER,
        "asks for the payee again, live: after growing pauses, and at once when a terminal of theirs appears; "
        "new nonce and challenge each time",
        Who.PAYEE,
    ),
    Row(
        Step.PAYEE_CAPTURE,
        "release",
        Who.PAYEE,
        "answers as before",
        Who.SERVER,
    ),
    Row(
        Step.RELEASE,
        "release",
        Who.SERVER,
        "the payee was verified by an instruction begun after the hold: the frozen money is theirs (released)",
    ),
    Row(
        Step.HOLD_NOTICE,
        "hold_notice",
        Who.SERVER,
        "the hold expires soon (by default in a day): both ends are told, once",
    ),
    Row(
        Step.HOLD_EXTENSION,
        "hold_extension",
        Who.PAYER,
        "puts the expiry off, by as much and as often as the policy allows (by default three times, a week each); "
        "both ends are told",
        Who.SERVER,
    ),
    Row(
        Step.ORDERED_RELEASE,
        "ordered_release",
        Who.SERVER,
        "two operators order it: frozen money, all or a part, goes to the payee unverified; released when none is left",
    ),
    Row(
        Step.ORDERED_REFUND,
        "ordered_refund",
        Who.SERVER,
        "two operators order it: frozen money, all or a part, goes back to the payer; refunded when none is left and "
        "the payee had none of it, else released",
    ),
    Row(
        Step.REFUND,
        "refund",
        Who.SERVER,
        "the hold expired: what is still frozen goes back to the payer (refunded; released if the payee had a part)",
    ),
)
"""Until the payee is verified, or the hold expires."""

AFTERWARDS: Final = (
    Row(
        Step.RETURN,
        "ordered_refund",
        Who.SERVER,
        "two operators order a refund of money that the payee was paid, whole or in parts, never more than the amount: "
        "from payee to payer; the payment stays settled or released",
    ),
)
"""Once the payee was paid."""

AT_ANY_TIME: Final = (
    Row(
        Step.PAYER_STOP,
        "stops",
        Who.PAYER,
        "stops before money moved: declined. Afterwards it is too late: not_now",
        Who.SERVER,
    ),
    Row(
        Step.PAYEE_REFUSAL,
        "stops",
        Who.PAYEE,
        "does not want the payment: declined before money moved. While held it ends the release instruction only",
        Who.SERVER,
    ),
    Row(
        Step.TERMINAL_REPLACED,
        "terminal_replaced",
        Who.SERVER,
        "a terminal was revoked, and another of its account comes: what waits for an answer is asked there anew",
    ),
)
"""What may happen at either end at any time."""
