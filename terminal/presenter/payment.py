"""How a payment's facts are written on every screen: the other party, the account, the amount. Pure."""

from __future__ import annotations

from typing import Final, Protocol

from server_mqtt.contract.messages import Role
from terminal.presenter.scene import Scene
from terminal.presenter.view import Row
from terminal.texts import phrases
from terminal.texts.catalogue import Texts
from terminal.texts.safe import masked, shown

REFERENCE_DIGITS: Final = 8
"""Of a payment's id: enough for the service to find it, short enough to read out."""


class Facts(Protocol):
    """What an entry of the book, an instruction and a status all say of a payment."""

    @property
    def payment_id(self) -> str:
        """Which payment."""

    @property
    def payee_account(self) -> str:
        """Who is paid."""

    @property
    def payee_name(self) -> str:
        """The directory's name for them, if it said one."""

    @property
    def payer_name(self) -> str:
        """Who pays, if that is known."""

    @property
    def amount_minor(self) -> int:
        """How much."""

    @property
    def currency(self) -> str:
        """Of what."""


def named(account: str, name: str, texts: Texts) -> str:
    """A payee as a person reads it: the name, made safe; the end of the account number where there is none."""
    text = shown(name)
    return text if text and text != account else texts(phrases.UNNAMED, account=masked(account))


def payee(facts: Facts, texts: Texts) -> str:
    """Who is paid."""
    return named(facts.payee_account, facts.payee_name, texts)


def amount(facts: Facts, texts: Texts) -> str:
    """How much, exactly."""
    return texts.amount(facts.amount_minor, facts.currency)


def payee_rows(account: str, name: str, texts: Texts) -> tuple[Row, ...]:
    """To whom: the name large; beside a name the end of the account number."""
    to = Row(label=texts(phrases.TO), value=named(account, name, texts), strong=True)
    if to.value != named(account, "", texts):
        return to, Row(label=texts(phrases.ACCOUNT), value=masked(account))
    return (to,)


def party_row(facts: Facts, scene: Scene) -> Row:
    """The other end of the payment: the payer reads who is paid, the payee who pays."""
    if scene.role is Role.PAYER:
        return Row(label=scene.texts(phrases.TO), value=payee(facts, scene.texts), strong=True)
    payer = shown(facts.payer_name) or scene.texts(phrases.UNNAMED_PAYER)
    return Row(label=scene.texts(phrases.FROM), value=payer, strong=True)


def reference_row(payment_id: str, texts: Texts) -> Row:
    """The payment's number, for whoever has to ask about it."""
    half = REFERENCE_DIGITS // 2
    digits = payment_id[:REFERENCE_DIGITS].upper()
    return Row(label=texts(phrases.PAYMENT), value=f"{digits[:half]}-{digits[half:]}")
