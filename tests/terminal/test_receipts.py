"""A whole terminal keeps the receipts that the server gives it, over a real broker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server_mqtt.contract.messages import PaymentState, Role
from server_mqtt.contract.reasons import Reason
from server_mqtt.contract.receipt import Receipt, canonical, check, sign_document
from terminal.outbox import receipts
from terminal.outbox.keeper import Keeper
from terminal.outbox.store import Store
from terminal.presenter.view import ScreenName
from terminal.session.state import Outcome
from tests.contract.samples import DOCUMENT, OPENING
from tests.private_broker import PrivateBroker
from tests.terminal.counter import PAYEE, Counter, write_config
from tests.terminal.messages import first_instruction, new_id, status
from tests.terminal.server_end import ServerEnd

pytestmark = pytest.mark.broker


@pytest.fixture
def config(tmp_path: Path, broker: PrivateBroker, server: ServerEnd) -> Path:
    """A payee's terminal without sensors and models: receipts need neither."""
    return write_config(tmp_path / "payee", broker, server, PAYEE, bundle=tmp_path / "no.bundle")


@pytest.fixture
def payee(config: Path, server: ServerEnd) -> Iterator[Counter]:
    with Counter(config) as counter:
        server.expect_online()
        yield counter


def receipt(key: Ed25519PrivateKey, payment_id: str, revision: int = 4, opening: bytes | None = None) -> Receipt:
    """A receipt of this payment, its document signed with `key`."""
    document = canonical(msgspec.structs.replace(DOCUMENT, payment_id=payment_id, revision=revision))
    return Receipt(
        payment_id=payment_id,
        revision=revision,
        document=document,
        signature=sign_document(key, document),
        opening=opening,
    )


def kept(counter: Counter, payment_id: str) -> list[Receipt]:
    """What is on the terminal's disk."""
    return counter.engine._parts.keeper.receipts(payment_id)


def settle(server: ServerEnd) -> None:
    """Returns when the terminal has dealt with all that was said before: it takes one message after the other."""
    server.expect_ack(server.say(PAYEE, status(new_id(), Role.PAYEE, PaymentState.AWAITING_PAYEE)))


@pytest.mark.fault(1)
def test_a_receipt_is_on_disk_before_it_is_acknowledged_and_again_changes_nothing(
    payee: Counter, server: ServerEnd
) -> None:
    payment = new_id()
    given = receipt(server.signing, payment, opening=OPENING)
    said = server.say(PAYEE, given)
    server.expect_ack(said)
    assert kept(payee, payment) == [given]
    assert check(server.signing.public_key(), kept(payee, payment)[0]).payment_id == payment
    for _ in range(2):
        server.say_again(said)
        server.expect_ack(said)
    server.expect_ack(server.say(PAYEE, given))  # even under another message id
    assert kept(payee, payment) == [given]
    assert payee.engine.dropped == {}


def test_a_receipt_changes_nothing_on_the_screen(payee: Counter, server: ServerEnd) -> None:
    instruction = first_instruction()
    payment = instruction.payment_id
    server.expect_ack(server.say(PAYEE, instruction))
    server.expect_ack(server.say(PAYEE, status(payment, Role.PAYEE, PaymentState.DECLINED, 3)))
    payee.until_screen(ScreenName.OUTCOME)
    before = payee.view
    server.expect_ack(server.say(PAYEE, receipt(server.signing, payment)))
    assert payee.view == before
    assert isinstance(payee.state.step, Outcome)


def test_a_hold_and_its_end_are_two_receipts_and_both_outlive_the_terminal(config: Path, server: ServerEnd) -> None:
    payment = new_id()
    given = [receipt(server.signing, payment, revision) for revision in (4, 6)]
    with Counter(config) as counter:
        server.expect_online()
        for one in reversed(given):  # the broker delivers in any order
            server.expect_ack(server.say(PAYEE, one))
        data = counter.config.path(counter.config.data_dir)
    keeper = Keeper(data, PAYEE)
    assert keeper.receipts(payment) == given
    keeper.close()


@pytest.mark.fault(9)
def test_a_receipt_that_the_server_did_not_sign_is_dropped_and_not_kept(payee: Counter, server: ServerEnd) -> None:
    payment = new_id()
    server.say(PAYEE, receipt(Ed25519PrivateKey.generate(), payment))
    good = receipt(server.signing, payment)
    server.say(PAYEE, msgspec.structs.replace(good, document=good.document.replace(b"1250", b"9999")))
    settle(server)
    assert kept(payee, payment) == []
    assert payee.engine.dropped == {Reason.BAD_SIGNATURE.value: 2}


def test_a_second_receipt_of_one_revision_does_not_replace_the_first(payee: Counter, server: ServerEnd) -> None:
    payment = new_id()
    first = receipt(server.signing, payment)
    document = first.document.replace(b'"revision":4', b'"revision":4 ')
    second = msgspec.structs.replace(first, document=document, signature=sign_document(server.signing, document))
    for one in (first, second):
        server.expect_ack(server.say(PAYEE, one))
    assert kept(payee, payment) == [first]


def test_only_the_newest_receipts_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipts, "RECEIPTS_MAX", 3)
    store = Store.open(tmp_path, PAYEE)
    key = Ed25519PrivateKey.generate()
    payments = [new_id() for _ in range(5)]
    for payment in payments:
        with store.transaction() as connection:
            receipts.add(connection, receipt(key, payment))
            receipts.add(connection, receipt(key, payment))
    with store.reading() as connection:
        assert [bool(receipts.of_payment(connection, payment)) for payment in payments] == [False] * 2 + [True] * 3
    store.close()
