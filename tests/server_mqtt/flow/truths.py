"""What must be true of every move of money and of every question, whatever happened before."""

from __future__ import annotations

from server_mqtt.contract.messages import PaymentState, Purpose, Role
from server_mqtt.contract.reasons import Verdict
from server_mqtt.flow.events import Event
from server_mqtt.flow.orders import RefundOrdered, ReleaseOrdered
from server_mqtt.flow.states import Payment
from server_mqtt.ledger.payment_sums import Terms, check_payments
from server_mqtt.verification.instruction import OpenInstruction
from server_mqtt.verification.lockout import is_locked
from server_mqtt.verification.policy import MAX_BLOCK_FAILURES, MAX_LOCKOUT_FAILURES, MIN_LOCKOUT_MS
from tests.server_mqtt.flow.world import World

MOVED = {PaymentState.SETTLED, PaymentState.HELD, PaymentState.RELEASED, PaymentState.REFUNDED}


def check_movement(
    before: Payment | None, after: Payment, asked: OpenInstruction | None, event: Event, now_ms: int
) -> None:
    """Money moved: somebody was verified for it, `asked` just now, or it was ordered, or the hold is over."""
    assert before is not None
    assert after.state in MOVED
    assert after.second_result is not None
    assert after.second_result.verdict is Verdict.VERIFIED
    if after.state is PaymentState.SETTLED:
        assert after.first_result is not None
        assert after.first_result.verdict is Verdict.VERIFIED
    if isinstance(event, ReleaseOrdered | RefundOrdered):
        check_order(before, after, event, now_ms)
        return
    if after.released_minor > before.released_minor:
        assert after.state is PaymentState.RELEASED
        assert before.hold is not None
        assert asked is not None
        assert (asked.role, asked.purpose) == (Role.PAYEE, Purpose.RELEASE)
        assert asked.issued_at_ms >= before.hold.began_at_ms
    if after.refunded_minor > before.refunded_minor:
        assert before.hold is not None
        assert now_ms >= before.hold.expires_at_ms
        assert after.held_minor == 0


def check_order(before: Payment, after: Payment, order: ReleaseOrdered | RefundOrdered, now_ms: int) -> None:
    """It was given once, in time, and moved exactly what it says."""
    moved = after.released_minor - before.released_minor, after.refunded_minor - before.refunded_minor
    release = isinstance(order, ReleaseOrdered)
    assert moved == ((order.amount_minor, 0) if release else (0, order.amount_minor))
    assert order.order_id not in [done.order_id for done in before.orders]
    if before.state is PaymentState.HELD:
        assert before.hold is not None
        assert order.given_at_ms < before.hold.expires_at_ms
        assert order.given_at_ms <= now_ms
    else:
        assert after.state is before.state


def check_books(world: World) -> None:
    """What the journal adds up to is what the payment says of itself."""
    payment = world.payment
    if payment is None:
        assert world.journal == []
        return
    sums: dict[tuple[str, str], int] = {}
    for posting in (posting for entry in world.journal for posting in entry.postings):
        key = (posting.ledger_account, posting.currency)
        sums[key] = sums.get(key, 0) + posting.amount_minor
    terms = Terms(
        state=payment.state,
        payer_account=payment.payer_account,
        payee_account=payment.payee_account,
        currency=payment.currency,
        amount_minor=payment.amount_minor,
        released_minor=payment.released_minor,
        refunded_minor=payment.refunded_minor,
    )
    assert list(check_payments({payment.payment_id: sums}, {payment.payment_id: terms})) == []
    assert world.balance(f"escrow/{payment.payment_id}") == payment.held_minor


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
