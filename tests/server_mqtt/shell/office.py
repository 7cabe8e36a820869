"""Operators with keys, and a payment between two members that they order things of; no terminal ever speaks."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server_mqtt.contract.messages import PaymentState
from server_mqtt.escrow import movements
from server_mqtt.flow.events import TimerKind
from server_mqtt.flow.orders import OrderKind
from server_mqtt.flow.states import Payment
from server_mqtt.ledger import entries
from server_mqtt.shell import journal, operators, orders, payments, timers
from server_mqtt.shell.statements import AskedOrder
from server_mqtt.shell.store import Store
from server_mqtt.shell.timers import Timer
from server_mqtt.shell.turn import Turn
from tests.server_mqtt.flow.world import World
from tests.server_mqtt.shell.members import ANN, BOB, Members

OLGA, OMAR, OTTO = "olga", "omar", "otto"


@dataclass
class Office:
    """Olga and Omar are operators from the beginning; Otto has a key and is nobody yet."""

    members: Members
    now_ms: int = 0
    keys: dict[str, Ed25519PrivateKey] = field(
        default_factory=lambda: {name: Ed25519PrivateKey.generate() for name in (OLGA, OMAR, OTTO)}
    )

    def __post_init__(self) -> None:
        self.store: Store = self.members.store
        self._numbers = iter(range(1, 1_000))
        with self.store.write() as connection:
            for name in (OLGA, OMAR):
                assert operators.add(connection, name, self.keys[name].public_key(), 0) == operators.ACTIVE

    def payment(self, state: PaymentState) -> Payment:
        """Ann's payment to Bob, settled or held, and its posting."""
        world = World().until(state)
        self.now_ms = max(self.now_ms, world.now_ms)
        payment = replace(
            world.it,
            payment_id=f"{next(self._numbers):032x}",
            payer_account=ANN,
            payee_account=BOB,
            payer_device="terminal-ann",
            payee_devices=("terminal-bob",),
            open=None,
        )
        about = (payment.payment_id, ANN, BOB, payment.currency, payment.amount_minor)
        settled = state is PaymentState.SETTLED
        entry = entries.settle(*about) if settled else movements.hold(about[0], ANN, *about[3:])
        with self.store.write() as connection:
            payments.store(connection, None, payment, self.now_ms)
            journal.append(connection, entry, self.now_ms)
        return payment

    def expires(self, payment: Payment) -> None:
        """The hold's expiry is due as soon as anybody looks at the clock."""
        assert payment.hold is not None
        timer = Timer(
            payment_id=payment.payment_id,
            kind=TimerKind.HOLD_EXPIRY,
            subject="",
            due_at_ms=payment.hold.expires_at_ms,
        )
        with self.store.write() as connection:
            timers.add(connection, timer)

    def ask(self, payment: Payment, kind: OrderKind, amount_minor: int, who: str = OLGA) -> str:
        """The id of an order that `who` asks for."""
        order = AskedOrder(
            order_id=f"{next(self._numbers):032x}",
            payment_id=payment.payment_id,
            kind=kind,
            amount_minor=amount_minor,
            currency=payment.currency,
            reason="the goods came back",
            asked_by=who,
            asked_at_ms=self.now_ms,
        )
        with self.store.write() as connection:
            orders.ask(connection, order, self.keys[who])
        return order.order_id

    def approve(self, order_id: str, who: str = OMAR, key: str | None = None) -> bool:
        """`who` approves it, with the key of `key` if that is another."""
        with self.store.write() as connection:
            turn = Turn(connection=connection, now_ms=self.now_ms)
            return orders.approve(turn, self.members.payments, order_id, who, self.keys[key or who])

    def stored(self, payment: Payment) -> Payment:
        """The payment as it is now."""
        with self.store.read() as connection:
            found = payments.find(connection, payment.payment_id)
        assert found is not None
        return found

    def state(self, order_id: str) -> str:
        """Of an order."""
        with self.store.read() as connection:
            (row,) = [row for row in orders.list_orders(connection, 100) if row["order"] == order_id]
        return str(row["state"])

    def balances(self) -> tuple[int, int]:
        """What Ann and Bob hold."""
        with self.store.read() as connection:
            ann, bob = (journal.balances_of(connection, account)["EUR"] for account in (ANN, BOB))
        return ann, bob
