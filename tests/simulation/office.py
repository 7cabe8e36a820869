"""Simulated operators: they order refunds and releases at any moment, in parts, too much, twice, alone.

A command is a process of its own beside the server: one transaction, by the rules of `shell.orders`. It may die before
or after its commit; then its operator does not know what became of it, and gives it again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from server_mqtt.contract.messages import PaymentState
from server_mqtt.flow.orders import Order, RefundOrdered, ReleaseOrdered, TwoPeople
from server_mqtt.flow.states import PAID, Payment
from server_mqtt.shell.committer import LOOK_AGAIN_MS
from tests.simulation.chance import Chance, Fault
from tests.simulation.checks import Checks
from tests.simulation.clockwork import Clockwork
from tests.simulation.disk import KilledError
from tests.simulation.server import Server
from tests.simulation.server_tools import Tools
from tests.simulation.server_turn import ServerTurn

LOOKING_MS: Final = (1_000, 10_000)
"""From one look to the next."""

THINKING_MS: Final = (200, 15_000)
"""From the asking to the approval, and from one approval to another of the same order."""

OF_OPEN_ONES: Final = 0.1
"""How often something is ordered of a payment that cannot be: it is too early, or too late."""

ALONE: Final = 0.1
AGAIN: Final = 0.5

TWO: Final = TwoPeople(asked_by="olga", approved_by="omar", why="the goods came back")


class Office:
    """Two people, and whoever tries it alone."""

    def __init__(self, clockwork: Clockwork, chance: Chance, server: Server, tools: Tools, checks: Checks) -> None:
        self._clockwork, self._chance, self._server = clockwork, chance, server
        self._tools, self._checks = tools, checks

    def open(self, likely: float, until_ms: int) -> None:
        """They look now and then until `until_ms`, and order something as likely as that."""
        if likely and self._clockwork.now_ms < until_ms:
            if self._chance.happens(likely):
                self._ask()
            self._clockwork.after(self._chance.between(*LOOKING_MS), lambda: self.open(likely, until_ms))

    def _ask(self) -> None:
        """Somebody asks for something; another approves it a little later, or they do so themselves."""
        chance = self._chance
        payments = list(self._tools.rows.payments.kept.values())
        moved = [one for one in payments if one.state is PaymentState.HELD or one.state in PAID]
        among = payments if chance.happens(OF_OPEN_ONES) else moved
        if not among:
            return
        payment = chance.dice.choice(among)
        ordered = chance.dice.choice((ReleaseOrdered, RefundOrdered, RefundOrdered))
        order = ordered(
            order_id=chance.new_id(),
            by=replace(TWO, approved_by=TWO.asked_by) if chance.happens(ALONE) else TWO,
            amount_minor=self._amount(payment),
            currency=payment.currency,
            given_at_ms=0,
        )
        self._tools.trace.note(
            "operator", f"asks for {type(order).__name__} of {order.amount_minor}", payment.payment_id
        )
        self._approve_later(payment.payment_id, order)

    def _amount(self, payment: Payment) -> int:
        left = max(1, payment.refundable_minor)
        part = self._chance.between(1, left)
        return self._chance.dice.choice((1, part, part, left, left + 1))

    def _approve_later(self, payment_id: str, order: Order) -> None:
        self._clockwork.after(self._chance.between(*THINKING_MS), lambda: self._approve(payment_id, order))

    def _approve(self, payment_id: str, order: Order) -> None:
        now_ms = self._server.now_ms
        turn = ServerTurn(self._tools, now_ms)
        given = replace(order, given_at_ms=now_ms)
        try:
            with self._tools.rows.disk.transaction():
                refusal = turn.order(payment_id, given)
                self._perhaps_die()
            self._checks.committed(turn.changed, turn.compared, now_ms, order=given)
            self._tools.trace.note("operator", "approves an order:", refusal or "carried out", payment_id)
            self._server.wake_within(LOOK_AGAIN_MS)
            self._perhaps_die()
        except KilledError:
            self._tools.trace.note("operator", "does not know what became of an order", payment_id)
            self._approve_later(payment_id, order)
        else:
            if self._chance.happens(AGAIN):
                self._approve_later(payment_id, order)

    def _perhaps_die(self) -> None:
        if self._chance.strikes(Fault.COMMAND):
            raise KilledError(Fault.COMMAND)
