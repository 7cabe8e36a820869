"""From a payment and its counted answers to the document of its receipt. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from server_mqtt.contract.messages import PaymentState, Role
from server_mqtt.contract.reasons import Verdict
from server_mqtt.contract.receipt import Answer, ChainHead, Document
from server_mqtt.flow.states import Payment, Result
from server_mqtt.flow.telling import consent_to, wire_result
from server_mqtt.ledger.journal import Anchor


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedAnswer:
    """An answer that was counted as an attempt. `verdict` is None while it is being compared."""

    role: Role
    nonce: bytes
    answer_hash: bytes
    received_at_ms: int
    verdict: Verdict | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenAccount:
    """The payer's account number as both ends may see it: its end, and a commitment to the whole."""

    masked: str
    commitment: str


def document_of(
    payment: Payment, counted: Iterable[CountedAnswer], payer: HiddenAccount, head: Anchor, now_ms: int
) -> Document:
    """The receipt of `payment` in its present state. `counted`: all attempts, oldest first; `head`: the journal's."""
    deciding = deciding_answers(payment, tuple(counted))
    agreed = any(answer.role is Role.PAYER for answer in deciding)
    first, second, hold = payment.first_result, payment.second_result, payment.hold
    return Document(
        payment_id=payment.payment_id,
        revision=payment.revision,
        state=payment.state,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        payee_account=payment.payee_account,
        payee_name=payment.payee_name,
        payer_name=payment.payer_name,
        payer_account_masked=payer.masked,
        payer_commitment=payer.commitment,
        requested_at_ms=payment.requested_at_ms,
        issued_at_ms=now_ms,
        ledger=ChainHead(entry_number=head.number, entry_hash=head.entry_hash.hex()),
        reference=payment.reference,
        reason=payment.reason,
        first_result=wire_result(first),
        first_result_at_ms=_at_ms(first),
        second_verdict=None if second is None else second.verdict,
        second_result_at_ms=_at_ms(second),
        held_at_ms=None if hold is None else hold.began_at_ms,
        hold_expires_at_ms=None if hold is None else hold.expires_at_ms,
        released_minor=payment.released_minor,
        refunded_minor=payment.refunded_minor,
        # Only an answer with exactly this consent is counted, so this is what the payer signed.
        consent=consent_to(payment) if agreed else None,
        answers=tuple(_answer(one) for one in deciding),
    )


def deciding_answers(payment: Payment, counted: tuple[CountedAnswer, ...]) -> tuple[CountedAnswer, ...]:
    """The last answer of each end before its result, and the payee's that released the money: three at most."""
    payer = [answer for answer in counted if answer.role is Role.PAYER]
    # The payee is asked before the payer, and again only after them.
    turn = counted.index(payer[0]) if payer else len(counted)
    first = counted[:turn]
    later = [answer for answer in counted[turn:] if answer.role is Role.PAYEE]
    # What operators released, or what was left of at the expiry, no answer released.
    release = later if payment.state is PaymentState.RELEASED and payment.reason is None else []
    return (*first[-1:], *payer[-1:], *release[-1:])


def _answer(counted: CountedAnswer) -> Answer:
    return Answer(
        role=counted.role,
        nonce=counted.nonce.hex(),
        answer_hash=counted.answer_hash.hex(),
        received_at_ms=counted.received_at_ms,
        verdict=counted.verdict,
    )


def _at_ms(result: Result | None) -> int | None:
    return None if result is None else result.at_ms
