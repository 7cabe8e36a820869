"""What must be true of every move of money and of every question, whatever happened before."""

from __future__ import annotations

from server_mqtt.contract.messages import PaymentState, Purpose, Role
from server_mqtt.contract.reasons import Verdict
from server_mqtt.flow.states import Payment
from server_mqtt.verification.instruction import OpenInstruction
from server_mqtt.verification.lockout import is_locked
from server_mqtt.verification.policy import MAX_BLOCK_FAILURES, MAX_LOCKOUT_FAILURES, MIN_LOCKOUT_MS
from tests.server_mqtt.flow.world import World

MOVED = {PaymentState.SETTLED, PaymentState.HELD, PaymentState.RELEASED, PaymentState.REFUNDED}


def check_movement(before: Payment | None, after: Payment, asked: OpenInstruction | None, now_ms: int) -> None:
    """Money moved: somebody was verified for it, `asked` just now, or the hold is over."""
    assert before is not None
    assert after.state in MOVED
    assert after.second_result is not None
    assert after.second_result.verdict is Verdict.VERIFIED
    if after.state is PaymentState.SETTLED:
        assert after.first_result is not None
        assert after.first_result.verdict is Verdict.VERIFIED
    if after.state is PaymentState.RELEASED:
        assert before.hold is not None
        assert asked is not None
        assert (asked.role, asked.purpose) == (Role.PAYEE, Purpose.RELEASE)
        assert asked.issued_at_ms >= before.hold.began_at_ms
    if after.state is PaymentState.REFUNDED:
        assert before.hold is not None
        assert now_ms >= before.hold.expires_at_ms


def check_nothing_locked_is_asked_for(world: World, asked: OpenInstruction) -> None:
    """Nobody is asked for what they failed too often by."""
    party = world.payee if asked.role is Role.PAYEE else world.payer
    assert party is not None
    locked = [tally.modality for tally in party.tallies if is_locked(world.policy, tally, world.now_ms)]
    assert asked.modalities
    assert set(asked.modalities).isdisjoint(locked)


def check_failures(world: World) -> None:
    """Nobody fails more often in a row than NIST allows, and after five not before a delay."""
    for party in (world.payer, world.payee):
        assert party is not None
        for tally in party.tallies:
            assert tally.failures <= MAX_BLOCK_FAILURES
            if tally.failures >= MAX_LOCKOUT_FAILURES:
                assert is_locked(world.policy, tally, tally.last_failed_at_ms + MIN_LOCKOUT_MS - 1)
