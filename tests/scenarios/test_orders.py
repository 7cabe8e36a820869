"""Two operators refund and release, beside a running server: in parts, never more than there is, never one alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server_mqtt.cli import commands
from server_mqtt.contract.messages import PaymentState, PaymentStatus
from server_mqtt.contract.receipt import Receipt, check
from server_mqtt.shell.errors import OperatorError
from tests.scenarios.server import PrivateServer
from tests.scenarios.shop import Customer, Shop

pytestmark = pytest.mark.broker

OLGA, OMAR = "olga", "omar"


@dataclass
class Office:
    """Two operators at the command line, each with a key of their own."""

    server: PrivateServer
    keys: Path

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(commands, [*arguments, "--config", str(self.server.config)])

    def does(self, who: str, *arguments: str) -> str:
        """What a command of theirs says; it is not refused."""
        result = self.run(*arguments, *self.mine(who))
        assert result.exit_code == 0, (result.output, result.exception)
        return result.output

    def refused(self, who: str, *arguments: str) -> str:
        """Why a command of theirs is refused."""
        result = self.run(*arguments, *self.mine(who))
        assert isinstance(result.exception, OperatorError), (result.output, result.exception)
        return str(result.exception)

    def mine(self, who: str) -> tuple[str, ...]:
        return "--as", who, "--key", str(self.keys / who)

    def asked(self, who: str, what: str, payment_id: str, amount: str) -> str:
        """The id of an order that `who` asks for."""
        words = self.does(who, "payments", what, payment_id, "--amount", amount, "--reason", "the goods came back")
        return words.split()[1].rstrip(":")


@pytest.fixture(scope="module")
def office(server: PrivateServer, tmp_path_factory: pytest.TempPathFactory) -> Office:
    office = Office(server, tmp_path_factory.mktemp("operators"))
    for name in (OLGA, OMAR):
        assert office.run("operator", "add", name, "--key", str(office.keys / name)).exit_code == 0
    return office


def _moved(customer: Customer, payment_id: str, released_minor: int, refunded_minor: int) -> PaymentStatus:
    """The word of the server that so much of it went either way."""
    return customer.device.expect(
        PaymentStatus,
        lambda it: (
            it.payment_id == payment_id and (it.released_minor, it.refunded_minor) == (released_minor, refunded_minor)
        ),
    )


def _receipt(customer: Customer, payment_id: str, released_minor: int, refunded_minor: int) -> Receipt:
    """The receipt that says so."""

    def says_so(it: Receipt) -> bool:
        document = check(customer.device.server.signing, it)
        return it.payment_id == payment_id and (document.released_minor, document.refunded_minor) == (
            released_minor,
            refunded_minor,
        )

    return customer.device.expect(Receipt, says_so)


def test_a_hold_is_refunded_in_part_and_released_in_part_by_two_people(shop: Shop, office: Office) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    payment_id = payer.pay(payee, 1_000)
    payee.fail(payment_id, shop.stranger)
    payer.answer(payer.second(payment_id))
    payer.told(payment_id, PaymentState.HELD)

    back = office.asked(OLGA, "refund", payment_id, "2.50")
    assert (shop.escrow(payment_id), shop.balance(payer)) == (1_000, 9_000)
    assert "another operator" in office.refused(OLGA, "order", "approve", back)
    assert "this key is not olga's" in _borrowed(office, back)
    office.does(OMAR, "order", "approve", back)
    for customer in (payer, payee):
        assert _moved(customer, payment_id, 0, 250).state is PaymentState.HELD
        _receipt(customer, payment_id, 0, 250)
    assert (shop.escrow(payment_id), shop.balance(payer), shop.balance(payee)) == (750, 9_250, 0)
    assert "before" in office.does(OMAR, "order", "approve", back)
    assert "7.50 EUR is left" in _too_much(office, payment_id, "release", "7.51")

    on = office.asked(OMAR, "release", payment_id, "7.50")
    office.does(OLGA, "order", "approve", on)
    for customer in (payer, payee):
        assert _moved(customer, payment_id, 750, 250).state is PaymentState.RELEASED
        _receipt(customer, payment_id, 750, 250)
    assert (shop.escrow(payment_id), shop.balance(payer), shop.balance(payee)) == (0, 9_250, 750)
    assert office.run("ledger", "verify").exit_code == 0


def test_a_settled_payment_is_refunded_up_to_its_amount_and_never_more(shop: Shop, office: Office) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    payment_id, second = payer.pay_verified(payee, 1_000)
    payer.answer(second)
    payer.told(payment_id, PaymentState.SETTLED)

    orders = [office.asked(OLGA, "refund", payment_id, amount) for amount in ("4.00", "6.00", "10.00")]
    for order, refunded_minor in zip(orders, (400, 1_000), strict=False):
        office.does(OMAR, "order", "approve", order)
        for customer in (payer, payee):
            assert _moved(customer, payment_id, 0, refunded_minor).state is PaymentState.SETTLED
            _receipt(customer, payment_id, 0, refunded_minor)
        assert (shop.balance(payer), shop.balance(payee)) == (9_000 + refunded_minor, 1_000 - refunded_minor)
    assert "more than is left" in office.refused(OMAR, "order", "approve", orders[2])
    assert "nothing left" in _too_much(office, payment_id, "refund", "0.01")
    assert (shop.balance(payer), shop.balance(payee)) == (10_000, 0)
    office.does(OMAR, "order", "reject", orders[2])
    assert "was rejected by omar" in office.refused(OMAR, "order", "approve", orders[2])
    assert office.run("ledger", "verify").exit_code == 0


def _borrowed(office: Office, order: str) -> str:
    """Why Omar's key does not make him Olga."""
    result = office.run("order", "approve", order, "--as", OLGA, "--key", str(office.keys / OMAR))
    assert isinstance(result.exception, OperatorError)
    return str(result.exception)


def _too_much(office: Office, payment_id: str, what: str, amount: str) -> str:
    return office.refused(OLGA, "payments", what, payment_id, "--amount", amount, "--reason", "a mistake")
