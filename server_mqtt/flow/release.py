"""While the money is frozen: the payee is asked again and again, and verified gets it. Pure.

Only an instruction that was begun after the hold releases. An answer that came before the hold expired counts, even if
its comparison ends after it.
"""

from __future__ import annotations

from dataclasses import replace

from server_mqtt.contract.messages import Modality, PaymentState, Purpose, Role
from server_mqtt.contract.reasons import Reason
from server_mqtt.escrow import movements, schedule
from server_mqtt.escrow.hold import HoldTerms
from server_mqtt.flow.answers import take_answer, take_finding
from server_mqtt.flow.decision import Next, change
from server_mqtt.flow.effects import CancelTimers, Post, Record, SetTimer
from server_mqtt.flow.events import Compared, PayeeCaptured, ResendDue, TerminalAppeared, TimerKind
from server_mqtt.flow.facts import Facts
from server_mqtt.flow.first_instruction import ask_payee
from server_mqtt.flow.instructions import next_attempt, opening, renewed, still_askable, where_to_ask
from server_mqtt.flow.invariants import needed
from server_mqtt.flow.refund import refund
from server_mqtt.flow.states import Payment
from server_mqtt.flow.steps import Step
from server_mqtt.flow.telling import known_to, tell_both, tell_payee
from server_mqtt.flow.terminal_replaced import take_payers_place
from server_mqtt.verification.attempts import rejects
from server_mqtt.verification.finding import Finding
from server_mqtt.verification.lockout import unlocked
from server_mqtt.verification.policy import modalities_to_ask, payee_time_ms


def resend(payment: Payment, _event: ResendDue, facts: Facts, now_ms: int) -> Next | Reason:
    """The pause is over: ask."""
    if payment.open is not None or _has_expired(payment, now_ms):
        return Reason.NOT_NOW
    return _ask(payment, facts, now_ms)


def terminal_appeared(payment: Payment, event: TerminalAppeared, facts: Facts, now_ms: int) -> Next | Reason:
    """A terminal of the payee came online: ask at once; what is being asked may never have reached it: ask anew.

    After a failure or a refusal the pause holds, so that coming and going gives nobody more attempts.
    """
    if facts.payee is None or event.device not in facts.payee.devices:
        return take_payers_place(payment, event, facts, now_ms)
    if _has_expired(payment, now_ms):
        return Reason.NOT_NOW
    if payment.open is not None:
        return Reason.NOT_NOW if payment.open.pending else _renew(payment, facts, now_ms)
    return Reason.NOT_NOW if _terms(payment).paused else _ask(payment, facts, now_ms)


def release_capture(payment: Payment, event: PayeeCaptured, facts: Facts, now_ms: int) -> Next | Reason:
    """The payee's answer to a release instruction: counted as any other."""
    return take_answer(payment, event, facts, now_ms, conclude)


def release_verification(payment: Payment, event: Compared, facts: Facts, now_ms: int) -> Next:
    """The finding on it."""
    return take_finding(payment, event, facts, now_ms, conclude)


def conclude(payment: Payment, finding: Finding, facts: Facts, now_ms: int) -> Next:
    """Verified: released. If not: one more attempt, or a pause, or, if the hold expired meanwhile, a refund."""
    answered = needed(payment.open, "release instruction")
    if finding.verified and why_not_paid(facts) is None:
        return _release(payment, facts, now_ms)
    if _has_expired(payment, now_ms):
        return refund(payment, facts, now_ms)
    if facts.payee is None:
        return refund(payment, facts, now_ms, reason=Reason.PAYEE_CLOSED)
    again = None if finding.verified else next_attempt(answered, finding.reason, facts, now_ms)
    if again is not None:
        return ask_payee(payment, again)
    return pause(payment, facts, now_ms, failed=rejects(answered, finding.reason))


def pause(payment: Payment, facts: Facts, now_ms: int, *, failed: bool) -> Next:
    """The release instruction is over; the next one follows when its time comes."""
    terms = replace(_terms(payment), paused=failed)
    paused = change(replace(payment, open=None, hold=terms))
    return paused.then(
        CancelTimers(kind=TimerKind.PRESET_TIME),
        SetTimer(kind=TimerKind.RESEND, due_at_ms=now_ms + schedule.pause_ms(facts.policy, terms.asked)),
        *tell_payee(paused.payment, now_ms),
    )


def _ask(payment: Payment, facts: Facts, now_ms: int) -> Next:
    if facts.payee is None:
        return refund(payment, facts, now_ms, reason=Reason.PAYEE_CLOSED)
    terms = _terms(payment)
    asking = replace(payment, hold=replace(terms, asked=terms.asked + 1, paused=False))
    payee, listing = facts.payee, facts.listing
    modalities = (
        modalities_to_ask(
            facts.policy,
            payment.amount_minor,
            listing.modalities,
            unlocked(facts.policy, payee.enrolled, payee.tallies, now_ms),
        )
        if listing is not None and payee.active
        else ()
    )
    devices = where_to_ask(payee.terminals, modalities)
    if not modalities or not devices:
        return pause(asking, facts, now_ms, failed=False)
    instruction = opening(
        payment,
        facts,
        now_ms,
        role=Role.PAYEE,
        purpose=Purpose.RELEASE,
        modalities=modalities,
        devices=devices,
        deadline_ms=_deadline_ms(payment, facts, modalities, now_ms),
    )
    return ask_payee(asking, instruction).then(CancelTimers(kind=TimerKind.RESEND))


def _renew(payment: Payment, facts: Facts, now_ms: int) -> Next:
    """The open instruction anew, with the attempts that it has left."""
    instruction = needed(payment.open, "release instruction")
    modalities = still_askable(instruction, facts, now_ms)
    if not modalities:
        return pause(payment, facts, now_ms, failed=instruction.rejected)
    terminals = () if facts.payee is None else facts.payee.terminals
    again = replace(
        renewed(instruction, facts, now_ms),
        modalities=modalities,
        devices=where_to_ask(terminals, modalities),
        deadline_ms=_deadline_ms(payment, facts, modalities, now_ms),
    )
    return ask_payee(payment, again)


def _release(payment: Payment, facts: Facts, now_ms: int) -> Next:
    released = change(
        replace(
            payment,
            state=PaymentState.RELEASED,
            reason=None,
            open=None,
            released_minor=payment.released_minor + payment.held_minor,
            payee_devices=known_to(payment, facts.payee),
        )
    )
    entry = movements.release(payment.payment_id, payment.payee_account, payment.currency, payment.held_minor)
    record = Record(step=Step.RELEASE, before=payment.state, after=PaymentState.RELEASED)
    return released.then(Post(entry=entry), record, CancelTimers(), *tell_both(released.payment, now_ms))


def why_not_paid(facts: Facts) -> Reason | None:
    """Why the payee may no longer be paid, or None; until they may, the money stays frozen, or goes back."""
    if facts.payee is None or facts.listing is None:
        return Reason.UNKNOWN_PAYEE
    return None if facts.payee.active else Reason.ACCOUNT_BLOCKED


def _has_expired(payment: Payment, now_ms: int) -> bool:
    """Whether it is time for the refund: nobody is asked any more, even if that timer has not been heard yet."""
    return now_ms >= _terms(payment).expires_at_ms


def _deadline_ms(payment: Payment, facts: Facts, modalities: tuple[Modality, ...], now_ms: int) -> int:
    return min(now_ms + payee_time_ms(facts.policy, modalities), _terms(payment).expires_at_ms)


def _terms(payment: Payment) -> HoldTerms:
    return needed(payment.hold, "hold")
