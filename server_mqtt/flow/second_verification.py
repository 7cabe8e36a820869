"""What the comparison of the payer's answer comes to: verified, one more attempt, or the payment's end. Pure."""

from __future__ import annotations

from dataclasses import replace

from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.flow.answers import take_finding
from server_mqtt.flow.decision import Next
from server_mqtt.flow.endings import decline
from server_mqtt.flow.events import Compared
from server_mqtt.flow.facts import Facts
from server_mqtt.flow.instructions import next_attempt
from server_mqtt.flow.invariants import needed
from server_mqtt.flow.second_instruction import ask_payer
from server_mqtt.flow.states import Payment, Result
from server_mqtt.flow.steps import Step
from server_mqtt.flow.transfer_or_escrow import transfer_or_escrow
from server_mqtt.verification.attempts import verdict_of
from server_mqtt.verification.finding import Finding


def second_verification(payment: Payment, event: Compared, facts: Facts, now_ms: int) -> Next:
    """The finding on the payer's answer."""
    return take_finding(payment, event, facts, now_ms, conclude)


def conclude(payment: Payment, finding: Finding, facts: Facts, now_ms: int) -> Next:
    """The payer is verified, and the money moves; or is asked again; or the payment is declined."""
    answered = needed(payment.open, "second instruction")
    again = None if finding.verified else next_attempt(answered, finding.reason, facts, now_ms)
    if again is not None:
        return ask_payer(payment, again)
    if finding.verified:
        verified = Result(verdict=Verdict.VERIFIED, modality=finding.modality, at_ms=now_ms)
        return transfer_or_escrow(replace(payment, second_result=verified), facts, now_ms)
    verdict, reason = verdict_of(answered, finding.reason, now_ms)
    failed = replace(payment, second_result=Result(verdict=verdict, reason=reason, at_ms=now_ms))
    ended = reason if reason in (Reason.TIMED_OUT, Reason.LOCKED_OUT) else Reason.PAYER_NOT_VERIFIED
    return decline(failed, Step.SECOND_VERIFICATION, ended, now_ms)
