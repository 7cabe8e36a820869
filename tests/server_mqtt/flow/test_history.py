"""What the history of a payment says of every step, and what stays of a payment that is over."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from server_mqtt.contract.messages import Modality, PaymentState
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.flow.effects import Record
from server_mqtt.flow.events import Extended, Refused, ResendDue, Stopped, TerminalAppeared, TimerKind
from server_mqtt.flow.states import FINAL, Result
from server_mqtt.risk.factors import RiskFactor
from tests.server_mqtt.flow.cast import (
    AMOUNT_MINOR,
    PAYEE,
    PAYER,
    POLICY,
    REJECTED,
    SECOND_STALL,
    STALL,
    START_MS,
    TILL,
    at_terminals,
    refund_order,
    release_order,
    with_party,
)
from tests.server_mqtt.flow.world import World, held

NEW_TILL = "till-0022"
ASKED = ["payer_request: None > awaiting_payee", "first_instruction: awaiting_payee, attempt=1 attempts=3"]
RISK = {f"risk_{factor}" for factor in RiskFactor}
FROZEN = [
    *ASKED,
    "first_result: awaiting_payee > awaiting_payer for timed_out, verdict=could_not_be_checked",
    "second_instruction: awaiting_payer, attempt=1 attempts=3",
    "payer_capture: awaiting_payer, attempt=1 outcome=captured",
    "second_verification: awaiting_payer, verified=True modality=face",
    "transfer_or_escrow: awaiting_payer > held for payee_not_checked",
]


def _line(record: Record) -> str:
    """A record as one reads it, but for the factors of a risk."""
    moved = f" > {record.after.value}" if record.after is not record.before else ""
    reason = f" for {record.reason.value}" if record.reason else ""
    detail = " ".join(f"{name}={value}" for name, value in record.detail.items() if not name.startswith("risk_"))
    before = None if record.before is None else record.before.value
    return f"{record.step.value}: {before}{moved}{reason}" + (f", {detail}" if detail else "")


def _history(world: World) -> list[str]:
    return [_line(said) for said in world.said if isinstance(said, Record)]


def test_of_a_payment_that_settles() -> None:
    world = World()
    world.request()
    world.show(REJECTED)
    world.show()
    world.show()
    assert _history(world) == [
        *ASKED,
        "payee_capture: awaiting_payee, attempt=1 outcome=captured",
        "first_verification: awaiting_payee for not_recognised, verified=False modality=None",
        "first_instruction: awaiting_payee, attempt=2 attempts=3",
        "payee_capture: awaiting_payee, attempt=2 outcome=captured",
        "first_verification: awaiting_payee, verified=True modality=face",
        "first_result: awaiting_payee > awaiting_payer, verdict=verified",
        "second_instruction: awaiting_payer, attempt=1 attempts=3",
        "payer_capture: awaiting_payer, attempt=1 outcome=captured",
        "second_verification: awaiting_payer, verified=True modality=face",
        "transfer_or_escrow: awaiting_payer > settled",
    ]


def test_of_a_payer_who_has_spent_the_money_meanwhile() -> None:
    world = World().until(PaymentState.AWAITING_PAYER)
    world.balances["customer/" + PAYER, "EUR"] = 0
    world.show()
    assert _history(world)[-1] == "transfer_or_escrow: awaiting_payer > declined for insufficient_funds"


def test_of_a_payee_or_payer_who_is_blocked_meanwhile() -> None:
    world = World().until(PaymentState.AWAITING_PAYEE)
    world.payee = with_party(world.payee, active=False)
    world.now_ms += 1_000
    world.show()
    assert _history(world)[-1] == "first_result: awaiting_payee > declined for account_blocked"
    assert world.it.first_result == Result(
        verdict=Verdict.REFUSED, reason=Reason.ACCOUNT_BLOCKED, at_ms=START_MS + 1_000
    )
    world = World().until(PaymentState.AWAITING_PAYEE)
    world.payer = with_party(world.payer, active=False)
    world.show()
    assert _history(world)[-1] == "second_instruction: awaiting_payer > declined for account_blocked"
    world = World().until(PaymentState.AWAITING_PAYEE)
    world.payer = with_party(world.payer, enrolled=())
    world.show()
    assert _history(world)[-1] == "second_instruction: awaiting_payer > declined for payer_not_enrolled"
    assert world.it.reason is Reason.PAYER_NOT_ENROLLED


def test_of_requests_that_are_declined() -> None:
    world = World(listing=None)
    world.request()
    assert _history(world) == ["payee_lookup: None > declined for unknown_payee"]
    world = World(payer=with_party(World().payer, enrolled=()))
    world.request()
    assert _history(world) == ["payer_request: None > declined for payer_not_enrolled"]
    world = World()
    world.request(amount_minor=0)
    assert _history(world) == ["payer_request: None > declined for amount_zero"]


def test_of_money_that_is_held_refused_and_released() -> None:
    world = held()
    world.let_due(TimerKind.RESEND)
    world.do(Refused(device=STALL))
    world.let_due(TimerKind.RESEND)
    world.show()
    assert _history(world) == [
        *FROZEN,
        "release_instruction: held, attempt=1 attempts=3",
        "payee_refusal: held for payee_refused",
        "release_instruction: held, attempt=1 attempts=3",
        "payee_capture: held, attempt=1 outcome=captured",
        "first_verification: held, verified=True modality=face",
        "release: held > released",
    ]


def test_of_a_hold_that_is_extended_and_expires() -> None:
    world = held()
    frozen_until_ms = world.now_ms + POLICY.hold_expiry_ms
    world.let_due(TimerKind.HOLD_NOTICE)
    world.do(Extended(device=TILL))
    world.let_due(TimerKind.HOLD_EXPIRY)
    assert _history(world) == [
        *FROZEN,
        "hold_notice: held for payee_not_checked",
        f"hold_extension: held, extended=1 expires_at_ms={frozen_until_ms + POLICY.hold_extension_ms}",
        "refund: held > refunded for hold_expired",
    ]


def test_of_money_that_two_operators_move() -> None:
    world = held()
    release, rest = release_order(1, 400, world.now_ms), refund_order(2, AMOUNT_MINOR - 400, world.now_ms)
    world.do(release)
    world.do(rest)
    who = "asked_by=olga approved_by=omar why=the goods came back"
    rest_minor = AMOUNT_MINOR - 400
    assert _history(world)[-2:] == [
        f"ordered_release: held for operator_released, order={release.order_id} amount_minor=400 {who}",
        f"ordered_refund: held > released for operator_refunded, order={rest.order_id} amount_minor={rest_minor} {who}",
    ]
    assert [order.currency for order in world.it.orders] == ["EUR", "EUR"]
    back = refund_order(3, 100, world.now_ms)
    world.do(back)
    assert _history(world)[-1] == (
        f"return: released for operator_refunded, order={back.order_id} amount_minor=100 {who}"
    )


def test_of_terminals_that_are_replaced_and_a_payer_who_stops() -> None:
    world = World()
    world.request()
    world.payee = at_terminals(with_party(world.payee), SECOND_STALL)
    world.do(TerminalAppeared(device=SECOND_STALL))
    world.let_due(TimerKind.PRESET_TIME)
    world.payer = at_terminals(with_party(world.payer), NEW_TILL)
    world.do(TerminalAppeared(device=NEW_TILL))
    world.do(Stopped(device=NEW_TILL))
    assert _history(world) == [
        *ASKED,
        "terminal_replaced: awaiting_payee",
        ASKED[1],
        *FROZEN[2:4],
        "terminal_replaced: awaiting_payer",
        FROZEN[3],
        "payer_stop: awaiting_payer > declined for payer_stopped",
    ]


def test_the_first_result_says_every_factor_of_the_risk() -> None:
    world = World().until(PaymentState.AWAITING_PAYER)
    (first_result,) = (said for said in world.said if isinstance(said, Record) and said.step.value == "first_result")
    assert set(first_result.detail) == {"verdict", "risk_value", "risk_threshold", *RISK}
    assert first_result.detail["risk_threshold"] == POLICY.risk_threshold
    assert first_result.detail["risk_value"] == 0.0


# --- what stays ---


@pytest.mark.parametrize("state", sorted(FINAL))
def test_a_payment_that_is_over_waits_for_nobody(state: PaymentState) -> None:
    world = World().until(state)
    assert (world.it.open, world.timers) == (None, {})
    reasons = {PaymentState.REFUNDED: Reason.HOLD_EXPIRED, PaymentState.DECLINED: Reason.TIMED_OUT}
    assert world.it.reason is reasons.get(state)


@pytest.mark.parametrize(
    ("after", "state", "end"),
    [
        (lambda world: world.let_due(TimerKind.HOLD_EXPIRY), PaymentState.REFUNDED, "refunded"),
        (lambda world: world.let_due(TimerKind.HOLD_NOTICE), PaymentState.HELD, "noticed"),
        (lambda world: world.do(Extended(device=TILL)), PaymentState.HELD, "extended"),
        (lambda world: world.show(), PaymentState.RELEASED, "released"),
        (lambda world: world.do(release_order(1, 1, world.now_ms)), PaymentState.HELD, "released in part by order"),
        (lambda world: world.do(release_order(1, AMOUNT_MINOR, world.now_ms)), PaymentState.RELEASED, "by order"),
        (lambda world: world.do(refund_order(1, 1, world.now_ms)), PaymentState.HELD, "refunded in part by order"),
        (lambda world: world.do(refund_order(1, AMOUNT_MINOR, world.now_ms)), PaymentState.REFUNDED, "back by order"),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_a_terminal_that_the_payee_has_only_since_hears_of_it_too(
    after: Callable[[World], object], state: PaymentState, end: str
) -> None:
    world = held()
    world.do(TerminalAppeared(device=STALL))
    world.payee = at_terminals(with_party(world.payee), STALL, SECOND_STALL)
    after(world)
    assert (world.state, world.it.payee_devices) == (state, (STALL, SECOND_STALL)), end
    assert (world.it.open is None) is (state in FINAL)
    assert world.told(SECOND_STALL).state is state


def test_money_whose_payee_is_closed_meanwhile_goes_back_with_its_reason() -> None:
    world = held()
    world.payee = None
    world.now_ms += POLICY.resend_first_ms
    world.do(ResendDue())
    assert _history(world)[-1] == "refund: held > refunded for payee_closed"
    assert world.told(STALL).state is PaymentState.REFUNDED


def test_results_say_when_they_came() -> None:
    world = World()
    world.request()
    for end in ("first_result", "second_result"):
        world.now_ms += 1_000
        world.show()
        verified = Result(verdict=Verdict.VERIFIED, modality=Modality.FACE, at_ms=world.now_ms)
        assert getattr(world.it, end) == verified
    assert world.it.requested_at_ms == START_MS
    assert (world.it.payer_account, world.it.payee_account, world.it.amount_minor) == (PAYER, PAYEE, AMOUNT_MINOR)


@pytest.mark.parametrize("failures", [0, 3], ids=["silent", "rejected"])
def test_results_without_a_verification_say_when_they_came(failures: int) -> None:
    world = World()
    world.request()
    for end in ("first_result", "second_result"):
        world.now_ms += 1_000
        if failures:
            world.fail(failures)
        else:
            world.let_due(TimerKind.PRESET_TIME)
        verdict, why = Verdict.COULD_NOT_BE_CHECKED, Reason.TIMED_OUT
        if failures:
            verdict, why = Verdict.NOT_VERIFIED, Reason.ATTEMPTS_USED_UP
        assert getattr(world.it, end) == Result(verdict=verdict, reason=why, at_ms=world.now_ms)
    assert world.state is PaymentState.DECLINED
    reason = "payer_not_verified" if failures else "timed_out"
    assert _history(world)[-1] == f"second_verification: awaiting_payer > declined for {reason}"


def test_whoever_cannot_be_asked_has_a_first_result_of_that_moment() -> None:
    world = World(payee=with_party(World().payee, enrolled=()))
    world.now_ms += 1_000
    world.request()
    assert world.it.first_result == Result(
        verdict=Verdict.COULD_NOT_BE_CHECKED, reason=Reason.NOT_ENROLLED, at_ms=world.now_ms
    )


def test_a_refusal_is_the_first_result_of_its_moment() -> None:
    world = World()
    world.request()
    world.now_ms += 1_000
    world.do(Refused(device=STALL))
    assert world.it.first_result is not None
    assert (world.it.first_result.verdict, world.it.first_result.at_ms) == (Verdict.REFUSED, world.now_ms)
    assert _history(world)[-1] == "payee_refusal: awaiting_payee > declined for payee_refused"
