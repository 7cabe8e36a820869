"""Payments that run at the same time, between terminals that send everything again until it is answered."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

from server_mqtt.contract.messages import (
    FirstInstruction,
    Message,
    PayerStop,
    PaymentState,
    PaymentStatus,
    Reply,
    ReplyStatus,
)
from server_mqtt.contract.messages import SecondInstruction as Second
from tests.scenarios.device import RESEND_S, Device
from tests.scenarios.people import Person
from tests.scenarios.shop import Customer, Shop

M = TypeVar("M", bound=Message)

PATIENCE_S: Final = 120.0
"""Several restarts on a machine that has other things to do."""
AMOUNT_MINOR: Final = 250


class Kind(StrEnum):
    """How the money goes."""

    AT_ONCE = "at once"
    HELD = "held"
    """An impostor stands at the payee's terminal, so it is frozen; then the payee comes, and it is released."""
    STOPPED = "stopped"
    """The payer does not want it any more."""
    REFUNDED = "refunded"
    """As held, but the payee does not come."""


@dataclass(frozen=True, slots=True)
class Couple:
    """Who pays whom, and nobody else, so that both balances say what became of it."""

    payer: Customer
    payee: Customer
    kind: Kind


ENDS: Final = {
    Kind.AT_ONCE: PaymentState.SETTLED,
    Kind.HELD: PaymentState.RELEASED,
    Kind.STOPPED: PaymentState.DECLINED,
    Kind.REFUNDED: PaymentState.REFUNDED,
}
MIXED: Final = (Kind.AT_ONCE, Kind.HELD, Kind.STOPPED)
"""What may be under way at the same time. A hold that is over in a moment is for a shop of its own."""


def couples(shop: Shop, count: int, kinds: Sequence[Kind] = MIXED) -> list[Couple]:
    """Newcomers; the payees have nothing yet. One payment of each kind, and again."""
    chosen = itertools.islice(itertools.cycle(kinds), count)
    return [Couple(shop.customer(), shop.customer(funds_minor=0), kind) for kind in chosen]


def pay_all(among: Sequence[Couple], impostor: Person, meanwhile: Callable[[], None]) -> list[str]:
    """One payment of each couple, all at once; the payments' ids when both ends of all know that they are over.

    `meanwhile` is called again and again until then. Raises what stopped a payment.
    """
    with ThreadPoolExecutor(len(among), thread_name_prefix="couple") as threads:
        running: list[Future[str]] = [threads.submit(_pay, couple, impostor) for couple in among]
        while not all(one.done() for one in running):
            meanwhile()
            time.sleep(0.01)
        return [one.result() for one in running]


def _pay(couple: Couple, impostor: Person) -> str:
    payer, payee = couple.payer, couple.payee
    request = payer.request(payee, AMOUNT_MINOR)
    payment_id = request.payment_id
    _insist(payer.device, request)
    if couple.kind in (Kind.HELD, Kind.REFUNDED):
        first = _first(payee, payment_id)
        while first.attempt < first.attempts:
            _insist(payee.device, payee.capture(first, impostor))
            first = _first(payee, payment_id)
        _insist(payee.device, payee.capture(first, impostor))
    else:
        _insist(payee.device, payee.capture(_first(payee, payment_id)))
    second = payer.device.expect(Second, lambda it: it.payment_id == payment_id, PATIENCE_S)
    if couple.kind is Kind.STOPPED:
        _insist(payer.device, PayerStop(payment_id=payment_id))
    else:
        _insist(payer.device, payer.capture(second))
    if couple.kind is Kind.HELD:
        _told(payer, payment_id, PaymentState.HELD)
        _insist(payee.device, payee.capture(_first(payee, payment_id)))
    for customer in (payer, payee):
        _told(customer, payment_id, ENDS[couple.kind])
    return payment_id


def _first(payee: Customer, payment_id: str) -> FirstInstruction:
    return payee.device.expect(FirstInstruction, lambda it: it.payment_id == payment_id, PATIENCE_S)


def _told(customer: Customer, payment_id: str, state: PaymentState) -> None:
    customer.device.expect(PaymentStatus, lambda it: it.payment_id == payment_id and it.state is state, PATIENCE_S)


def _insist(device: Device, body: Message) -> Reply:
    """As a terminal's outbox does: the same message, until the server has done it, whatever it is busy with meanwhile.

    The same, because one that was put off may have come a second time: the first was in hand, and is done.
    """
    sent = device.seal_in(body)
    end_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s:
        device.send_again(sent)
        try:
            reply = device.reply_to(sent, RESEND_S)
        except TimeoutError:
            continue
        if reply.status is not ReplyStatus.BUSY:
            assert reply.status is ReplyStatus.ACCEPTED, reply
            return reply
        time.sleep((reply.retry_after_ms or 0) / 1000)
    msg = f"{device.name} had no reply to a {sent.kind} but that the server is busy"
    raise TimeoutError(msg)
