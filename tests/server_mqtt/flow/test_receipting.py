"""When there is a receipt: each time money moved or can move no more, once, after everything else."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from server_mqtt.contract.messages import PaymentState
from server_mqtt.flow.decision import Decision
from server_mqtt.flow.effects import GiveReceipt, Post
from server_mqtt.flow.events import Event, Queried, Requested, Stopped, TimerKind
from server_mqtt.flow.receipting import RECEIPTED, receipts_of
from server_mqtt.flow.states import FINAL
from tests.server_mqtt.flow.cast import AMOUNT_MINOR, FUNDS_MINOR, TILL, request
from tests.server_mqtt.flow.world import World, effects, held, only


@dataclass
class Watched(World):
    """Remembers every decision."""

    decisions: list[Decision] = field(default_factory=list)

    def do(self, event: Event) -> Decision:
        decision = super().do(event)
        self.decisions.append(decision)
        return decision

    @property
    def receipts(self) -> list[PaymentState]:
        return [one.payment.state for decision in self.decisions for one in effects(decision, GiveReceipt)]


@pytest.mark.parametrize("state", [PaymentState.SETTLED, PaymentState.HELD])
def test_moved_money_has_one_receipt_onto_its_own_entry(state: PaymentState) -> None:
    world = Watched()
    world.until(state)
    assert world.receipts == [state]
    last = next(decision for decision in world.decisions if effects(decision, GiveReceipt))
    assert only(last, GiveReceipt).payment == last.payment
    kinds = [type(effect) for effect in last.effects]
    assert kinds.index(Post) < kinds.index(GiveReceipt) == len(kinds) - 1


def test_a_refund_has_a_second_receipt() -> None:
    world = Watched()
    held(world)
    world.let_due(TimerKind.HOLD_EXPIRY)
    assert world.receipts == [PaymentState.HELD, PaymentState.REFUNDED]


def test_a_payment_that_was_declined_later_has_one_and_a_request_declined_at_once_has_none() -> None:
    world = Watched()
    world.until(PaymentState.AWAITING_PAYER)
    world.do(Stopped(device=TILL))
    assert world.receipts == [PaymentState.DECLINED]
    declined = Watched()
    declined.request(amount_minor=FUNDS_MINOR + AMOUNT_MINOR)
    assert declined.it.state is PaymentState.DECLINED
    assert declined.receipts == []


def test_asking_again_gives_no_other_receipt() -> None:
    world = Watched()
    world.until(PaymentState.SETTLED)
    world.do(Requested(device=TILL, request=request()))
    world.do(Queried(device=TILL))
    assert world.receipts == [PaymentState.SETTLED]


def test_every_end_has_one() -> None:
    assert {*FINAL, PaymentState.HELD} == RECEIPTED
    settled = World().until(PaymentState.SETTLED).it
    assert receipts_of(settled, settled) == ()
    assert receipts_of(None, settled) == ()
