"""Whether a payment can be made here: what the terminal says of itself, to people and to the server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from server_mqtt.contract.messages import Modality, PaymentQuery, PaymentState, ReplyStatus, Role
from terminal.presenter.view import ButtonId, Keyed, Pressed, ScreenName
from terminal.session.commands import Announce
from terminal.session.events import (
    Event,
    LinkChanged,
    ModelsFailed,
    ModelsLoaded,
    Restored,
    SensorsFound,
    StatusReceived,
    StorageChanged,
    Touched,
)
from terminal.session.limits import OFFLINE_AFTER_MS
from terminal.session.state import Entry, Payee
from tests.terminal.session.counter import (
    BAKERY,
    BOTH,
    PAYEE_ACCOUNT,
    VERIFIED,
    Counter,
    first,
    ident,
    second,
    status,
)

P = PaymentState
S = ScreenName
FACE, FINGER = Modality.FACE, Modality.FINGERPRINT
OLD = Entry(payment_id=ident(1), payee_account=PAYEE_ACCOUNT, amount_minor=1250, currency="EUR")


def announced(counter: Counter) -> list[tuple[Modality, ...]]:
    return [one.modalities for one in counter.commands if isinstance(one, Announce)]


# --- the start ---


@pytest.mark.parametrize("missing", ["restored", "sensors", "models"])
def test_the_start_ends_when_everything_was_looked_at(missing: str) -> None:
    looked: dict[str, Event] = {
        "restored": Restored(payments=(), recents=()),
        "sensors": SensorsFound(working=BOTH),
        "models": ModelsLoaded(),
    }
    last = looked.pop(missing)
    counter = Counter(Role.PAYER).feed(LinkChanged(online=True), *looked.values())
    assert counter.screen() is S.STARTING
    assert counter.feed(last).screen() is S.IDLE


def test_a_terminal_that_just_started_is_given_time_to_connect() -> None:
    """The monotonic clock counts from the machine's start, not from ours."""
    counter = Counter(Role.PAYER).start(online=False)
    assert counter.screen() is S.IDLE
    assert counter.view.status_line.startswith("No connection")
    counter.wait(OFFLINE_AFTER_MS)
    assert counter.screen() is S.OUT_OF_SERVICE


def test_what_is_heard_during_the_start_is_not_forgotten_when_the_disk_was_read() -> None:
    counter = Counter(Role.PAYEE).feed(LinkChanged(online=True))
    counter.feed(StatusReceived(status=status(P.HELD, 3, Role.PAYEE)))
    counter.feed(Restored(payments=(OLD, replace(OLD, payment_id=ident(2))), recents=()))
    assert [entry.payment_id for entry in counter.state.book] == [ident(1), ident(2)]
    assert counter.entry.status is not None


def test_the_disk_is_read_once() -> None:
    counter = Counter(Role.PAYER).start(recents=(Payee(account=PAYEE_ACCOUNT, name=BAKERY),))
    state = counter.state
    assert counter.feed(Restored(payments=(OLD,), recents=())).state == state


# --- out of service ---


@pytest.mark.parametrize(
    ("broken", "mended", "words"),
    [
        (ModelsFailed(), ModelsLoaded(), "recognition software"),
        (SensorsFound(working=frozenset()), SensorsFound(working=BOTH), "Neither the camera"),
        (StorageChanged(works=False), StorageChanged(works=True), "cannot save"),
        (LinkChanged(online=False), LinkChanged(online=True), "cannot be reached"),
    ],
)
@pytest.mark.parametrize("role", list(Role))
def test_a_problem_takes_the_screen_until_it_is_gone(role: Role, broken: Event, mended: Event, words: str) -> None:
    counter = Counter(role).start().feed(broken).wait(OFFLINE_AFTER_MS)
    assert counter.screen() is S.OUT_OF_SERVICE
    assert words in counter.view.message
    assert [button.id for button in counter.view.buttons] == [ButtonId.LANGUAGE]
    assert counter.feed(mended).screen() is S.IDLE


@pytest.mark.fault(34)
@pytest.mark.parametrize("role", list(Role))
def test_a_terminal_whose_disk_does_not_work_from_the_start_makes_no_payment(role: Role) -> None:
    counter = Counter(role).feed(StorageChanged(works=False)).start()
    assert counter.screen() is S.OUT_OF_SERVICE
    counter.feed(Touched(touch=Pressed(button=ButtonId.NEW_PAYMENT), fresh_id=ident(1)))
    assert counter.screen() is S.OUT_OF_SERVICE
    assert counter.feed(StorageChanged(works=True)).screen() is S.IDLE


def test_nothing_can_be_keyed_in_while_out_of_service() -> None:
    counter = Counter(Role.PAYER).start().press(ButtonId.NEW_PAYMENT).key("12").feed(StorageChanged(works=False))
    assert counter.screen() is S.OUT_OF_SERVICE
    state = counter.state
    counter.now_ms += 500
    for touched in ("3", ButtonId.NEXT, ButtonId.BACK):
        touch = Pressed(button=touched) if isinstance(touched, ButtonId) else Keyed(key=touched)
        assert counter.feed(Touched(touch=touch, fresh_id=ident(9))).state == state
    counter.press(ButtonId.LANGUAGE)
    assert counter.view.title == "暂停服务"
    assert counter.feed(StorageChanged(works=True)).screen() is S.PAYEE_ENTRY


def test_a_payment_on_its_way_keeps_its_screen() -> None:
    counter = Counter(Role.PAYER).start().ask().feed(ModelsFailed(), StorageChanged(works=False))
    assert counter.screen() is S.PAYER_REQUEST


@pytest.mark.parametrize("screen", [S.IDLE, S.REVIEW])
def test_without_a_connection_nothing_new_is_begun(screen: ScreenName) -> None:
    counter = Counter(Role.PAYER).start()
    if screen is S.REVIEW:
        counter.press(ButtonId.NEW_PAYMENT).key(PAYEE_ACCOUNT).press(ButtonId.NEXT).key("5").press(ButtonId.NEXT)
    counter.feed(LinkChanged(online=False))
    assert counter.screen() is screen
    assert [button.id for button in counter.view.buttons if not button.enabled] in (
        [ButtonId.NEW_PAYMENT],
        [ButtonId.PAY],
    )
    assert "no connection" in counter.view.detail


# --- what the server is told ---


def test_the_server_is_told_what_can_be_captured_whenever_that_changes() -> None:
    counter = Counter(Role.PAYEE).start()
    assert announced(counter) == [(FACE, FINGER)]
    counter.feed(SensorsFound(working=BOTH))
    assert announced(counter) == [(FACE, FINGER)]
    counter.feed(SensorsFound(working=frozenset({FINGER})), LinkChanged(online=False), LinkChanged(online=True))
    assert announced(counter) == [(FACE, FINGER), (FINGER,), (FINGER,)]


def test_without_models_nothing_can_be_captured() -> None:
    counter = Counter(Role.PAYEE).start().feed(ModelsFailed())
    assert announced(counter) == [(FACE, FINGER), ()]
    counter.feed(ModelsLoaded())
    assert announced(counter)[-1] == (FACE, FINGER)


def test_nothing_is_announced_while_nobody_hears_it() -> None:
    counter = Counter(Role.PAYEE).start(online=False).feed(SensorsFound(working=frozenset({FACE})))
    assert announced(counter) == []
    assert announced(counter.feed(LinkChanged(online=True))) == [(FACE,)]


# --- after an interruption ---


@pytest.mark.parametrize(
    "make",
    [
        lambda: Counter(Role.PAYER).start().ask().reply("payer_request", ReplyStatus.ACCEPTED),
        lambda: Counter(Role.PAYER).start().ask().instruct(second(1)),
        lambda: Counter(Role.PAYER).start().ask().instruct(second(1)).press(ButtonId.CONSENT),
        lambda: Counter(Role.PAYER).start().ask().instruct(second(1)).press(ButtonId.CONSENT).captured(1),
        lambda: Counter(Role.PAYEE).start().instruct(first(1)).captured(1).hear(P.AWAITING_PAYER, 2),
        lambda: Counter(Role.PAYER).start(OLD),
    ],
    ids=["awaiting_payee", "consenting", "capturing", "verifying", "awaiting_payer", "checking"],
)
def test_after_an_interruption_the_terminal_asks_how_its_payment_stands(make: Callable[[], Counter]) -> None:
    counter = make()
    before = len(counter.sent(PaymentQuery))
    counter.feed(LinkChanged(online=False), LinkChanged(online=True))
    assert len(counter.sent(PaymentQuery)) == before + 1


def test_a_request_that_was_not_answered_is_not_asked_about() -> None:
    """Its own re-sending brings the answer; a query that overtakes it would find no payment."""
    counter = Counter(Role.PAYER).start().ask().feed(LinkChanged(online=False), LinkChanged(online=True))
    assert counter.sent(PaymentQuery) == []


def test_who_waits_asks_now_and_then_but_not_into_the_void() -> None:
    counter = Counter(Role.PAYEE).start().instruct(first(1)).captured(1)
    for _ in range(30):
        counter.wait(1_000)
    assert len(counter.sent(PaymentQuery)) == 3
    counter.feed(LinkChanged(online=False))
    for _ in range(30):
        counter.wait(1_000)
    assert len(counter.sent(PaymentQuery)) == 3
    assert counter.hear(P.AWAITING_PAYER, 2, first_result=VERIFIED).screen() is S.FIRST_RESULT
