"""A session that is held to its promises at every event: what it may ask for, what it may note, what it may show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace

from server_mqtt.contract.messages import (
    CaptureOutcome,
    Consent,
    Message,
    PayeeCapture,
    PayeeRefusal,
    PayerCapture,
    PayerRequest,
    PayerStop,
    PaymentQuery,
    PaymentState,
    ReplyStatus,
    Role,
)
from terminal.presenter.outcome import OUTCOMES
from terminal.presenter.present import present
from terminal.presenter.view import ButtonId, Choice, Keypad, Pressed, ScreenName, View
from terminal.session.commands import Command, Ignored, Send, StartCapture, StopCapture
from terminal.session.events import Event, InstructionReceived, Replied, Restored, StatusReceived, Touched
from terminal.session.limits import BOOK_MAX, CONSENT_SETTLE_MS, RECENTS_MAX, WAITING_MAX
from terminal.session.reducer import reduce
from terminal.session.state import FINAL, Capturing, Consenting, Entry, Requesting, Review, SessionState
from terminal.session.wanted import is_release
from terminal.texts.catalogue import texts_in
from terminal.texts.languages import Language

MAY_SEND: dict[Role, tuple[type[Message], ...]] = {
    Role.PAYER: (PayerRequest, PayerCapture, PayerStop, PaymentQuery),
    Role.PAYEE: (PayeeCapture, PayeeRefusal, PaymentQuery),
}
TITLES = {
    PaymentState.SETTLED: {"Paid", "You are paid", "付款成功", "收款成功"},
    PaymentState.RELEASED: {"Paid out", "已解冻付款"},
    PaymentState.REFUNDED: {"Refunded", "已退款"},
    PaymentState.HELD: {"Held, not paid yet", "已冻结，尚未支付"},
    PaymentState.DECLINED: {"Not paid", "未付款"},
}
NOTHING_MOVED = {"No money has moved", "资金没有转移"}


def strings_of(value: object) -> Iterator[str]:
    """Everything of a view that a person reads but for the number they key in themselves."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from strings_of(one)
    elif isinstance(value, Choice):
        yield from (value.text, value.detail)
    elif is_dataclass(value):
        hidden = {"entered"} if isinstance(value, Keypad) else set()
        for part in fields(value):
            if part.name not in hidden:
                yield from strings_of(getattr(value, part.name))


@dataclass
class Watcher:
    """`accounts` are the numbers that no screen may show whole."""

    state: SessionState
    accounts: tuple[str, ...]
    now_ms: int = 1_000_000
    capturing: str | None = None
    started: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    requested: set[str] = field(default_factory=set)
    agreed: dict[str, Consent] = field(default_factory=dict)
    captured: set[str] = field(default_factory=set)

    def happen(self, event: Event) -> tuple[Command, ...]:
        """Let it happen, and hold the session to everything. AssertionError names the promise that broke."""
        before = self.state
        self.state, commands = reduce(before, event, self.now_ms)
        if isinstance(event, Touched) and event.touch == Pressed(button=ButtonId.CONSENT):
            self._note_agreement(before)
        if not isinstance(event, Restored):
            self._check_book(before, event)
        for command in commands:
            self._check_command(before, event, command)
        self._check_step()
        self._check_views()
        return commands

    # --- the book: every word about a payment's end is the server's ---

    def _check_book(self, before: SessionState, event: Event) -> None:
        known = {entry.payment_id: entry for entry in before.book}
        for entry in self.state.book:
            old = known.get(entry.payment_id)
            self._check_server_words(old, entry, event)
            if old is not None:
                assert _terms(entry) == _terms(old), "the terms of a payment changed"
                assert entry.stopped or not old.stopped, "a no was taken back"
        assert len(self.state.book) <= BOOK_MAX
        assert len(self.state.recents) <= RECENTS_MAX
        assert len(self.state.waiting) <= WAITING_MAX

    def _check_server_words(self, old: Entry | None, new: Entry, event: Event) -> None:
        status_before = None if old is None else old.status
        refused_before = None if old is None else old.refused
        if new.status != status_before:
            assert isinstance(event, StatusReceived), "a status that the server did not say"
            assert new.status == event.status
            if status_before is not None:
                assert event.status.revision >= status_before.revision, "an older revision won"
                assert status_before.state not in FINAL or event.status.state is status_before.state
        if new.refused is not None and new.refused != refused_before:
            assert isinstance(event, Replied), "a refusal that the server did not say"
            assert event.status is ReplyStatus.REFUSED
            assert event.payment_id == new.payment_id
            assert new.payment_id not in self.captured, "refused while an answer is under way"

    # --- commands ---

    def _check_command(self, before: SessionState, event: Event, command: Command) -> None:
        match command:
            case StartCapture():
                self._check_start(command)
            case StopCapture():
                assert command.instruction_id == self.capturing, "a capture was stopped that does not run"
                self.capturing = None
            case Send():
                self._check_send(before, event, command)
            case Ignored():
                assert command.why
            case _:
                pass

    def _check_start(self, start: StartCapture) -> None:
        instruction = start.instruction
        assert self.capturing is None, "two captures at once"
        assert instruction.instruction_id not in self.answered, "captured again for what was answered"
        assert start.modalities
        assert set(start.modalities) <= set(instruction.modalities)
        assert start.modalities == tuple(one for one in self.state.settings.order if one in start.modalities)
        entry = next(one for one in self.state.book if one.payment_id == instruction.payment_id)
        assert not entry.over, "a capture for a payment that is over"
        assert is_release(instruction) or not entry.stopped, "a capture for a payment that was stopped here"
        self.capturing = instruction.instruction_id
        self.started.add(instruction.instruction_id)

    def _check_send(self, before: SessionState, event: Event, send: Send) -> None:
        body = send.body
        assert isinstance(body, MAY_SEND[self.state.settings.role]), "a message of the other role"
        button = event.touch.button if isinstance(event, Touched) and isinstance(event.touch, Pressed) else None
        match body:
            case PayerRequest():
                assert button is ButtonId.PAY
                self._check_request(before, body)
            case PayerStop():
                asked_again = isinstance(event, InstructionReceived)
                assert button is ButtonId.STOP or asked_again, "stopped without a person or a reason"
            case PayeeRefusal():
                assert button is ButtonId.REFUSE
            case PayeeCapture() | PayerCapture():
                self._check_answer(body)
            case _:
                pass

    def _check_request(self, before: SessionState, request: PayerRequest) -> None:
        step, settings = before.step, before.settings
        assert isinstance(step, Review), "asked for without a review"
        assert request.payment_id not in self.requested, "a payment id twice"
        assert not any(entry.payment_id == request.payment_id for entry in before.book)
        assert (request.payee_account, request.amount_minor) == (step.payee.account, step.amount_minor)
        assert (request.payer_account, request.currency) == (settings.account, settings.currency)
        assert isinstance(self.state.step, Requesting)
        self.requested.add(request.payment_id)

    def _check_answer(self, body: PayeeCapture | PayerCapture) -> None:
        assert body.instruction_id not in self.answered, "an instruction was answered twice"
        assert body.instruction_id in self.started or body.outcome is CaptureOutcome.SENSOR_FAILED
        assert bool(body.probes) == (body.outcome is CaptureOutcome.CAPTURED)
        self.answered.add(body.instruction_id)
        self.captured.add(body.payment_id)
        if isinstance(body, PayerCapture):
            assert body.consent == self.agreed[body.payment_id], "an answer without just this consent"

    def _note_agreement(self, before: SessionState) -> None:
        """What stood on the screen as the payer agreed, in both languages."""
        step = before.step
        if not isinstance(step, Consenting) or self.state.step == step:
            return
        instruction, result = step.instruction, step.instruction.first_result
        consent = Consent(
            payee_account=instruction.payee_account,
            payee_name=instruction.payee_name,
            amount_minor=instruction.amount_minor,
            currency=instruction.currency,
            first_verdict=result.verdict,
            held=instruction.hold is not None,
        )
        for language in Language:
            view = present(replace(before, language=language), self.now_ms)
            assert view.amount == texts_in(language).amount(consent.amount_minor, consent.currency)
        self.agreed[step.payment_id] = consent

    # --- the step and its screen ---

    def _check_step(self) -> None:
        step = self.state.step
        expected = step.instruction.instruction_id if isinstance(step, Capturing) else None
        assert self.capturing == expected, "a capture runs without its step, or the step without its capture"

    def _check_views(self) -> None:
        for language in Language:
            state = replace(self.state, language=language)
            view = present(state, self.now_ms)
            assert view == present(state, self.now_ms)
            assert view.language == language.value
            self._check_words(view)
        self._check_buttons(present(self.state, self.now_ms))

    def _check_words(self, view: View) -> None:
        words = "\n".join(strings_of(view))
        for account in self.accounts:
            assert account not in words, "a whole account number on the screen"
        assert view.title
        payment_id = getattr(self.state.step, "payment_id", "")
        entry = next((one for one in self.state.book if one.payment_id == payment_id), None)
        if view.screen is ScreenName.OUTCOME:
            assert entry is not None
            self._check_outcome(view, entry)
        elif view.screen is not ScreenName.PAYER_REQUEST and view.screen is not ScreenName.FIRST_INSTRUCTION:
            assert not any(claim in words for claim in NOTHING_MOVED), "claimed without knowing"
        else:
            assert payment_id not in self.captured, "that no money has moved, while an answer is under way"

    def _check_outcome(self, view: View, entry: Entry) -> None:
        state = PaymentState.DECLINED if entry.refused is not None else entry.status and entry.status.state
        assert state in OUTCOMES, "an outcome that the server did not say"
        assert view.title in TITLES[state]

    def _check_buttons(self, view: View) -> None:
        """Every button that is shown and enabled does something."""
        for button in view.buttons:
            if not button.enabled:
                continue
            if (
                isinstance(self.state.step, Consenting)
                and self.now_ms - self.state.step.shown_at_ms < CONSENT_SETTLE_MS
            ):
                continue
            touch = Touched(touch=Pressed(button=button.id), fresh_id="ff" * 16)
            after, commands = reduce(self.state, touch, self.now_ms)
            assert after != self.state or commands, f"{button.id} is shown and does nothing"


def _terms(entry: Entry) -> tuple[str, int, str]:
    return entry.payee_account, entry.amount_minor, entry.currency
