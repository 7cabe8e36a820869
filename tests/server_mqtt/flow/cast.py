"""Who plays in the tests of the flow: a payer, a payee, their terminals, a payment."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from server_mqtt.contract.messages import Modality, PayerRequest, SealedProbe
from server_mqtt.contract.reasons import Reason
from server_mqtt.flow.facts import Fresh, Party, Terminal
from server_mqtt.flow.orders import RefundOrdered, ReleaseOrdered, TwoPeople
from server_mqtt.risk.factors import PayeeHistory
from server_mqtt.verification.challenge import challenges
from server_mqtt.verification.finding import Finding
from server_mqtt.verification.policy import Policy

PAYMENT = "a" * 32
PAYER, PAYEE = "10002288", "20004471"
TILL, STALL, SECOND_STALL, STRANGER = "till-0002", "till-0001", "till-0011", "till-0099"
BOTH = (Modality.FACE, Modality.FINGERPRINT)
FUNDS_MINOR, AMOUNT_MINOR = 50_000, 1_250
START_MS = 1_000_000
SEALED = SealedProbe(key_id="k", ciphertext=b"sealed")
POLICY = Policy()
UNHURRIED = replace(
    POLICY,
    payee_preset_time_ms=30_000,
    payer_preset_time_ms=45_000,
    face_time_ms=0,
    hold_expiry_ms=24 * 3_600_000,
    hold_notice_ms=12 * 3_600_000,
)
"""Times for which the pauses are made: walks come to every end, not to time-outs only."""

VERIFIED = Finding(verified=True, modality=Modality.FACE, shown=(Modality.FACE,))
REJECTED = Finding(verified=False, reason=Reason.NOT_RECOGNISED)

SPOTLESS = PayeeHistory(
    account_age_ms=POLICY.new_account_ms, marked=False, results=0, failures=0, failed_lately=0, holds_expired_lately=0
)


def terminal(device: str, *, online: bool = True, modalities: tuple[Modality, ...] = BOTH) -> Terminal:
    return Terminal(device=device, online=online, modalities=modalities)


def party(account: str, name: str, *devices: str) -> Party:
    terminals = tuple(terminal(device) for device in devices)
    return Party(account=account, name=name, active=True, enrolled=BOTH, terminals=terminals)


def fresh(policy: Policy, number: int) -> Fresh:
    """What the shell draws by chance, here by number."""
    drawn = challenges(policy.challenge_actions)
    return Fresh(
        instruction_id=f"{number:032x}", nonce=number.to_bytes(16, "big"), challenge=drawn[number % len(drawn)]
    )


def request(**changes: Any) -> PayerRequest:
    values: dict[str, Any] = {
        "payment_id": PAYMENT,
        "payer_account": PAYER,
        "payee_account": PAYEE,
        "amount_minor": AMOUNT_MINOR,
        "currency": "EUR",
        "reference": "bread",
    }
    return PayerRequest(**values | changes)


def with_party(who: Party | None, **changes: Any) -> Party:
    """The party with changes."""
    assert who is not None
    return replace(who, **changes)


def at_terminals(who: Party, *devices: str) -> Party:
    """The party with these terminals and no others."""
    return replace(who, terminals=tuple(terminal(device) for device in devices))


def out_of_reach(who: Party, now_ms: int, *, gone: bool) -> Party:
    """The party with terminals that left, the first of which is taken; or (not `gone`) that are there and free."""
    taken = (now_ms + 10_000,) * POLICY.busy_from if gone else ()
    there = (replace(one, away=gone and bool(at), taken_until_ms=taken) for at, one in enumerate(who.terminals))
    return replace(who, terminals=tuple(there))


TWO_PEOPLE = TwoPeople(asked_by="olga", approved_by="omar", why="the goods came back")


def release_order(number: int, amount_minor: int, at_ms: int) -> ReleaseOrdered:
    """Two operators release so much of a hold."""
    return ReleaseOrdered(
        order_id=f"{number:032x}", by=TWO_PEOPLE, amount_minor=amount_minor, currency="EUR", given_at_ms=at_ms
    )


def refund_order(number: int, amount_minor: int, at_ms: int) -> RefundOrdered:
    """Two operators refund so much."""
    return RefundOrdered(
        order_id=f"{number:032x}", by=TWO_PEOPLE, amount_minor=amount_minor, currency="EUR", given_at_ms=at_ms
    )
