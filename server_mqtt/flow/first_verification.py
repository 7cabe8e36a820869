"""What the comparison of the payee's answer comes to: verified, one more attempt, or a result without one. Pure."""

from __future__ import annotations

from server_mqtt.contract.reasons import Verdict
from server_mqtt.flow.answers import take_finding
from server_mqtt.flow.decision import Next
from server_mqtt.flow.events import Compared
from server_mqtt.flow.facts import Facts
from server_mqtt.flow.first_instruction import ask_payee
from server_mqtt.flow.first_result import first_result
from server_mqtt.flow.instructions import next_attempt
from server_mqtt.flow.invariants import needed
from server_mqtt.flow.states import Payment, Result
from server_mqtt.verification.attempts import verdict_of
from server_mqtt.verification.finding import Finding


def first_verification(payment: Payment, event: Compared, facts: Facts, now_ms: int) -> Next:
    """The finding on the payee's answer."""
    return take_finding(payment, event, facts, now_ms, conclude)


def conclude(payment: Payment, finding: Finding, facts: Facts, now_ms: int) -> Next:
    """The payee is verified; or is asked again; or the first result is that they were not."""
    answered = needed(payment.open, "first instruction")
    again = None if finding.verified else next_attempt(answered, finding.reason, facts, now_ms)
    if again is not None:
        return ask_payee(payment, again)
    if finding.verified:
        result = Result(verdict=Verdict.VERIFIED, modality=finding.modality, at_ms=now_ms)
    else:
        verdict, reason = verdict_of(answered, finding.reason, now_ms)
        result = Result(verdict=verdict, reason=reason, at_ms=now_ms)
    return first_result(payment, result, facts, now_ms)
