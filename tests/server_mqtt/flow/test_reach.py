"""A payee whose terminal is away or busy is found out before anybody is bothered, and asked as soon as it is there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.contract.messages import FirstInstruction, Modality, PaymentState, Purpose, SecondInstruction
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.flow.effects import Send
from server_mqtt.flow.events import TerminalAppeared, TimerKind
from server_mqtt.flow.facts import Terminal
from server_mqtt.flow.reach import reached_at_ms, wants_screens, within_reach
from server_mqtt.verification.policy import Policy
from tests.server_mqtt.flow.cast import BOTH, SECOND_STALL, STALL, START_MS, TILL, terminal, with_party
from tests.server_mqtt.flow.world import World, effects, steps, verdict

FINGER = (Modality.FINGERPRINT,)
QUEUE = Policy().busy_from
AWAY = replace(terminal(STALL, online=False), away=True)
UNKNOWN = terminal(SECOND_STALL, online=False)

TERMINALS = st.lists(
    st.builds(
        Terminal,
        device=st.uuids().map(str),
        online=st.booleans(),
        modalities=st.sampled_from(((), FINGER, (Modality.FACE,), BOTH)),
        away=st.booleans(),
        taken_until_ms=st.lists(st.integers(0, 40), max_size=6).map(tuple),
    ),
    max_size=4,
)
QUEUES, TIMES_MS = st.integers(1, 4), st.integers(0, 40)
MODALITIES = st.sampled_from((FINGER, (Modality.FACE,), BOTH))


def _taken(device: str, *until_ms: int, online: bool = True) -> Terminal:
    return replace(terminal(device, online=online), taken_until_ms=until_ms)


def _world(*terminals: Terminal, **changes: Any) -> World:
    return World(payee=with_party(World().payee, terminals=terminals), **changes)


# --- who is within reach ---


@pytest.mark.parametrize(
    ("terminals", "found"),
    [
        ((), Reason.PAYEE_OFFLINE),
        ((AWAY,), Reason.PAYEE_OFFLINE),
        ((AWAY, UNKNOWN), (SECOND_STALL,)),
        ((UNKNOWN,), (SECOND_STALL,)),
        ((AWAY, terminal(SECOND_STALL)), (SECOND_STALL,)),
        ((terminal(STALL, modalities=FINGER),), Reason.NOT_CAPTURED),
        ((terminal(STALL, modalities=()),), (STALL,)),
        ((terminal(SECOND_STALL, online=False, modalities=FINGER),), (SECOND_STALL,)),
        ((terminal(STALL, modalities=FINGER), UNKNOWN), (SECOND_STALL,)),
        ((_taken(STALL, 11, 12),), (STALL,)),
        ((_taken(STALL, 11, 12, 13),), Reason.PAYEE_BUSY),
        ((_taken(STALL, 10, 11, 12),), (STALL,)),
        ((_taken(STALL, 11, 12, 13), terminal(SECOND_STALL)), (SECOND_STALL,)),
        ((_taken(STALL, 11, 12, 13), UNKNOWN), (SECOND_STALL,)),
        ((_taken(STALL, 11, 12, 13), AWAY), Reason.PAYEE_BUSY),
    ],
)
def test_what_is_known_of_terminals_says_whom_to_ask(
    terminals: tuple[Terminal, ...], found: tuple[str, ...] | Reason
) -> None:
    assert within_reach(terminals, (Modality.FACE,), QUEUE, 10, every=False) == found


def test_where_both_are_needed_a_terminal_must_have_both() -> None:
    half = terminal(STALL, modalities=FINGER)
    assert within_reach((half,), BOTH, QUEUE, 0, every=True) is Reason.NOT_CAPTURED
    assert within_reach((half,), BOTH, QUEUE, 0, every=False) == (STALL,)


@given(
    terminals=TERMINALS, modalities=MODALITIES, queue=st.integers(1, 4), now_ms=st.integers(0, 40), every=st.booleans()
)
def test_nobody_is_asked_in_vain_and_nobody_who_can_answer_is_left_out(
    terminals: list[Terminal], modalities: tuple[Modality, ...], queue: int, now_ms: int, every: bool
) -> None:
    found = within_reach(terminals, modalities, queue, now_ms, every=every)
    known = {one.device: one for one in terminals}
    waiting = {name: sum(until > now_ms for until in one.taken_until_ms) for name, one in known.items()}
    if isinstance(found, Reason):
        for name, one in known.items():
            fits = set(modalities) <= set(one.modalities)
            assert one.away or waiting[name] >= queue or (one.online and one.modalities and not fits)
        return
    assert found
    for name in found:
        assert not known[name].away
        assert waiting[name] < queue


@given(terminals=TERMINALS, queue=QUEUES, now_ms=TIMES_MS)
def test_the_moment_at_which_one_is_free_is_the_first_such(terminals: list[Terminal], queue: int, now_ms: int) -> None:
    at_ms = reached_at_ms(terminals, queue, now_ms)
    here = [one for one in terminals if not one.away]

    def is_free(when_ms: int) -> bool:
        return any(sum(until > when_ms for until in one.taken_until_ms) < queue for one in here)

    if at_ms is None:
        assert not here
    else:
        assert is_free(at_ms)
        assert not any(is_free(sooner) for sooner in range(now_ms, at_ms))


# --- the payment ---


@pytest.mark.parametrize(
    ("terminals", "reason"),
    [
        ((AWAY,), Reason.PAYEE_OFFLINE),
        ((_taken(STALL, *(START_MS + 9_000,) * QUEUE),), Reason.PAYEE_BUSY),
    ],
)
def test_nobody_is_bothered_and_no_time_is_waited_out(terminals: tuple[Terminal, ...], reason: Reason) -> None:
    world = _world(*terminals)
    decision = world.request()
    assert steps(decision) == ["payer_request", "first_result", "second_instruction"]
    assert verdict(world) == (Verdict.COULD_NOT_BE_CHECKED, reason)
    assert {send.device for send in effects(decision, Send)} == {TILL}
    (body,) = world.heard(TILL, SecondInstruction)
    assert (body.first_result.verdict, body.first_result.reason) == (Verdict.COULD_NOT_BE_CHECKED, reason)
    assert body.hold is not None
    assert body.hold.reason is Reason.PAYEE_NOT_CHECKED
    assert world.open.issued_at_ms == world.now_ms == START_MS


def test_a_payee_who_was_away_is_asked_when_their_terminal_appears() -> None:
    world = _world(AWAY)
    world.request()
    world.show()
    pause_ms = world.policy.resend_first_ms
    assert world.timers[TimerKind.RESEND].due_at_ms == world.now_ms + pause_ms
    world.payee = with_party(world.payee, terminals=(terminal(STALL),))
    world.do(TerminalAppeared(device=STALL))
    assert world.heard(STALL, FirstInstruction)[-1].purpose is Purpose.RELEASE
    world.show()
    assert world.state is PaymentState.RELEASED


def test_a_payee_who_came_while_the_payer_agreed_is_asked_at_once() -> None:
    world = _world(AWAY)
    world.request()
    world.payee = with_party(world.payee, terminals=(terminal(STALL),))
    world.show()
    assert world.timers[TimerKind.RESEND].due_at_ms == world.now_ms
    world.let_due(TimerKind.RESEND)
    assert world.open.devices == (STALL,)


@pytest.mark.parametrize(("until_ms", "due_ms"), [(500, 2_000), (20_000, 20_000), (90_000, 32_000)])
def test_a_payee_who_was_busy_is_asked_as_soon_as_they_are_free(until_ms: int, due_ms: int) -> None:
    world = _world(_taken(STALL, *(START_MS + until_ms,) * QUEUE))
    world.request()
    world.now_ms += 2_000
    world.show()
    assert world.state is PaymentState.HELD
    assert world.timers[TimerKind.RESEND].due_at_ms == START_MS + due_ms


def test_who_was_asked_and_did_not_answer_is_left_in_peace_for_the_pause() -> None:
    world = World().until(PaymentState.HELD)
    assert world.timers[TimerKind.RESEND].due_at_ms == world.now_ms + world.policy.resend_first_ms


def test_screens_are_looked_up_only_where_a_decision_depends_on_them() -> None:
    assert wants_screens(None)
    busy = _world(_taken(STALL, *(START_MS + 9_000,) * QUEUE))
    busy.request()
    assert wants_screens(busy.it)
    for state in PaymentState:
        assert not wants_screens(World().until(state).it)
