"""Customers with an account, a terminal and a body of their own, at one broker and one server."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import func, select, update

from server_mqtt.contract import codec
from server_mqtt.contract.messages import (
    CaptureOutcome,
    Consent,
    Enrolment,
    FirstInstruction,
    Instruction,
    Modality,
    PayeeCapture,
    PayerCapture,
    PayerRequest,
    PaymentState,
    PaymentStatus,
    Probe,
    Reply,
    ReplyStatus,
    Role,
    SecondInstruction,
)
from server_mqtt.contract.sealing import capture_context, enrolment_context, seal
from server_mqtt.contract.signing import Direction
from server_mqtt.ledger.accounts import escrow_account
from server_mqtt.shell import journal, people
from server_mqtt.shell.enrolment import enrol
from server_mqtt.shell.protection import ReferenceProtection
from server_mqtt.shell.schema import accounts, journal_entries, payments
from tests.private_broker import PrivateBroker
from tests.scenarios.device import Device, Sent, new_id
from tests.scenarios.people import Person
from tests.scenarios.server import PrivateServer

BOTH: Final = (Modality.FACE, Modality.FINGERPRINT)
CURRENCY: Final = "EUR"
STRANGER: Final = 1_000_000
"""The seed of somebody who is nobody's customer."""

OPENED_LONG_AGO_MS: Final = 1_600_000_000_000
"""So that no account is risky for being new."""


@dataclass
class Customer:
    """Somebody who can pay and be paid."""

    account: str
    name: str
    person: Person
    device: Device

    def request(
        self, payee: Customer | str, amount_minor: int = 1_000, currency: str = CURRENCY, payment_id: str | None = None
    ) -> PayerRequest:
        """A payment request, not sent."""
        return PayerRequest(
            payment_id=payment_id or new_id(),
            payer_account=self.account,
            payee_account=payee if isinstance(payee, str) else payee.account,
            amount_minor=amount_minor,
            currency=currency,
        )

    def pay(self, payee: Customer | str, amount_minor: int = 1_000, currency: str = CURRENCY) -> str:
        """Sends a payment request that the server accepts; the payment's id."""
        request = self.request(payee, amount_minor, currency)
        reply = self.device.ask(request)
        assert reply.status is ReplyStatus.ACCEPTED, reply
        return request.payment_id

    def pay_verified(self, payee: Customer, amount_minor: int = 1_000) -> tuple[str, SecondInstruction]:
        """A payment whose payee is verified: its id, and the second instruction."""
        payment_id = self.pay(payee, amount_minor)
        payee.answer(payee.first(payment_id))
        return payment_id, self.second(payment_id)

    def first(self, payment_id: str) -> FirstInstruction:
        """The next first instruction of this payment."""
        return self.device.expect(FirstInstruction, lambda it: it.payment_id == payment_id)

    def second(self, payment_id: str) -> SecondInstruction:
        """The next second instruction of this payment."""
        return self.device.expect(SecondInstruction, lambda it: it.payment_id == payment_id)

    def told(self, payment_id: str, state: PaymentState) -> PaymentStatus:
        """The word of the server that this payment is in `state`."""
        return self.device.expect(PaymentStatus, lambda it: it.payment_id == payment_id and it.state is state)

    def capture(
        self,
        instruction: Instruction,
        who: Person | None = None,
        *,
        outcome: CaptureOutcome = CaptureOutcome.CAPTURED,
        probes: Iterable[Probe] | None = None,
        consent: Mapping[str, Any] | None = None,
    ) -> PayeeCapture | PayerCapture:
        """The answer of this terminal, before which `who` (the customer, if not told otherwise) stands; not sent.

        `consent`: what of it differs from what the instruction said.
        """
        if probes is None:
            wanted = instruction.modalities if instruction.all_modalities else instruction.modalities[:1]
            asked, holds_ms = instruction.challenge, instruction.holds_ms
            probes = [(who or self.person).probe(modality, asked, holds_ms) for modality in wanted]
        role = Role.PAYEE if isinstance(instruction, FirstInstruction) else Role.PAYER
        context = capture_context(instruction.payment_id, instruction.nonce, self.device.name, role)
        sealed = tuple(seal(self.device.server.sealing, probe, context) for probe in probes)
        common: dict[str, Any] = {
            "payment_id": instruction.payment_id,
            "instruction_id": instruction.instruction_id,
            "nonce": instruction.nonce,
            "outcome": outcome,
            "probes": sealed if outcome is CaptureOutcome.CAPTURED else (),
        }
        if isinstance(instruction, SecondInstruction):
            return PayerCapture(**common, consent=msgspec.structs.replace(agreed(instruction), **(consent or {})))
        return PayeeCapture(**common)

    def answer(self, instruction: Instruction, who: Person | None = None) -> Sent:
        """Answers `instruction`, and sees the answer accepted."""
        sent = self.device.send(self.capture(instruction, who))
        reply = self.device.reply_to(sent)
        assert reply.status is ReplyStatus.ACCEPTED, reply
        return sent

    def fail(self, payment_id: str, impostor: Person, instruction: Instruction | None = None) -> None:
        """Lets `impostor` use up all attempts, from `instruction` on (if not given: the next first instruction)."""
        instruction = instruction or self.first(payment_id)
        while instruction.attempt < instruction.attempts:
            self.answer(instruction, impostor)
            second = isinstance(instruction, SecondInstruction)
            instruction = self.second(payment_id) if second else self.first(payment_id)
        self.answer(instruction, impostor)

    def refused(self, body: PayerRequest | PayeeCapture | PayerCapture) -> Reply:
        """The server's refusal of `body`."""
        reply = self.device.ask(body)
        assert reply.status is ReplyStatus.REFUSED, reply
        return reply


def agreed(instruction: SecondInstruction) -> Consent:
    """The consent of a payer who agrees to what the instruction says."""
    return Consent(
        payee_account=instruction.payee_account,
        payee_name=instruction.payee_name,
        amount_minor=instruction.amount_minor,
        currency=instruction.currency,
        first_verdict=instruction.first_result.verdict,
        held=instruction.hold is not None,
    )


_NUMBERS: Final = itertools.count(1)
"""No two customers of two shops have terminals of one name: a broker would keep for one what was said to the other."""


class Shop:
    """A broker, a server and whoever is drawn in."""

    def __init__(self, broker: PrivateBroker, server: PrivateServer) -> None:
        self.broker, self.server = broker, server
        self.stranger = Person(STRANGER)
        self._devices: list[Device] = []

    def customer(
        self,
        *,
        funds_minor: int = 10_000,
        enrolled: Iterable[Modality] = BOTH,
        accepts: Iterable[Modality] = BOTH,
        listed: bool = True,
        online: bool = True,
    ) -> Customer:
        """A new customer with an account, a terminal (online, if not told otherwise) and enrolled references."""
        number = next(_NUMBERS)
        account, name, person = f"DE{number:06}", f"Customer {number}", Person(number)
        device = self.device(f"terminal-{number}")
        now_ms = _now_ms()
        with self.server.store.write() as connection:
            people.open_account(connection, account, name, OPENED_LONG_AGO_MS)
            people.add_device(connection, device.name, device.key.public_key(), [account], now_ms)
            if listed:
                people.list_in_directory(connection, account, name, tuple(accepts), now_ms)
            if funds_minor:
                journal.deposit(connection, account, CURRENCY, funds_minor, now_ms)
        customer = Customer(account, name, person, device)
        probes = [probe for modality in enrolled for probe in _references(person, modality)]
        if probes:
            self.enrol(customer, probes)
        if online:
            device.come_online(BOTH)
        return customer

    def enrol(self, customer: Customer, probes: Iterable[Probe]) -> None:
        """Makes these the customer's references."""
        payload = enrolment_file(customer.device, customer.account, probes)
        keys = self.server.keys
        with self.server.store.write() as connection:
            enrol(connection, ReferenceProtection(keys.template), keys.sealing, payload, _now_ms())

    def rename(self, customer: Customer, name: str) -> None:
        """Gives the customer another name."""
        customer.name = name
        with self.server.store.write() as connection:
            connection.execute(update(accounts).where(accounts.c.account == customer.account).values(name=name))
            people.list_in_directory(connection, customer.account, name, BOTH, _now_ms())

    def add_terminal(self, device: Device, owner: Customer) -> None:
        """Makes `device` another terminal of `owner`."""
        with self.server.store.write() as connection:
            people.add_device(connection, device.name, device.key.public_key(), [owner.account], 0)

    def device(self, name: str) -> Device:
        """A terminal with a certificate, not connected."""
        device = Device(self.broker, name, self.broker.device(name), self.server.public)
        self._devices.append(device)
        return device

    def goes(self, customer: Customer) -> None:
        """The customer's terminal is switched off for good, and forgotten: many may come and go."""
        customer.device.close()
        self._devices.remove(customer.device)

    def close(self) -> None:
        """Everybody goes home."""
        for device in self._devices:
            device.close()

    def balance(self, customer: Customer, currency: str = CURRENCY) -> int:
        """What the customer's account holds."""
        with self.server.read() as connection:
            return journal.balances_of(connection, customer.account).get(currency, 0)

    def escrow(self, payment_id: str, currency: str = CURRENCY) -> int:
        """What is frozen of this payment."""
        key = (escrow_account(payment_id), currency)
        with self.server.read() as connection:
            return journal.read_balances(connection, [key]).get(key, 0)

    def story(self, payment_id: str) -> dict[str, Any]:
        """`countersign-server payments show`."""
        story: dict[str, Any] = self.server.ask("payments", "show", payment_id)
        return story

    def moved(self, payment_id: str) -> list[tuple[str, str, int]]:
        """The postings of a payment: kind, ledger account, amount."""
        return [(row["kind"], row["ledger_account"], row["amount_minor"]) for row in self.story(payment_id)["postings"]]

    def traces(self) -> tuple[int, int]:
        """How many payments and journal entries there are: what a message that changes nothing leaves as it was."""
        with self.server.read() as connection:
            count = [
                connection.execute(select(func.count()).select_from(it)).scalar_one()
                for it in (payments, journal_entries)
            ]
        return count[0], count[1]


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def enrolment_file(device: Device, account: str, probes: Iterable[Probe]) -> bytes:
    """What a terminal writes when it enrols."""
    enrolment_id = new_id()
    context = enrolment_context(enrolment_id, account, device.name)
    sealed = tuple(seal(device.server.sealing, probe, context) for probe in probes)
    body = Enrolment(enrolment_id=enrolment_id, account=account, probes=sealed)
    return codec.encode(device.key, Direction.UP, device.name, enrolment_id, body)


def _references(person: Person, modality: Modality) -> list[Probe]:
    return [person.face()] if modality is Modality.FACE else [person.finger() for _ in range(4)]
