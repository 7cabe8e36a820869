"""The complete tables: every event in every step, every button in every step."""

from __future__ import annotations

from typing import Final

import pytest

from server_mqtt.contract.messages import Role
from terminal.presenter.present import SHOWN
from terminal.presenter.view import ButtonId, Chosen, Keyed, Pressed
from terminal.session.events import EVENTS, Touched
from terminal.session.reducer import TABLE
from terminal.session.state import STEPS
from terminal.session.touches import BUTTONS, CHOICES, KEYS
from tests.terminal.session.counter import ident
from tests.terminal.session.samples import STEP_SAMPLES, event_samples

GRID: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "Touched a key": (".", {"PayeeEntry": "~", "AmountEntry": "~"}),
    "Touched a recent payee": (".", {"PayeeEntry": "AmountEntry"}),
    "Touched stop": (
        ".",
        {
            "Requesting": "Checking PayerStop",
            "AwaitingPayee": "Checking PayerStop",
            "Consenting": "Checking PayerStop",
            "Capturing": "Checking PayerStop StopCapture",
        },
    ),
    "Ticked": (".", {}),
    "ModelsLoaded": (".", {"Starting": "~"}),
    "ModelsFailed": ("~ Announce", {"Starting": "~"}),
    "SensorsFound": (".", {"Starting": "~"}),
    "SensorsFound none": ("~ Announce", {"Starting": "~"}),
    "LinkChanged down": ("~", {"Starting": "."}),
    "LinkChanged up": (
        ". Announce PaymentQuery",
        {
            "Starting": "~",
            "Idle": ". Announce",
            "PayeeEntry": "~ Announce",
            "AmountEntry": "~ Announce",
            "Review": ". Announce",
            "Requesting": ". Announce",
            "Consenting": "~ Announce PaymentQuery",
            "Outcome": ". Announce",
        },
    ),
    "StorageChanged": ("~", {}),
    "StorageChanged unsent": ("~", {"Requesting": "Idle"}),
    "Restored": (".", {"Starting": "~"}),
    "InstructionReceived": (
        ". Ignored",
        {
            "Requesting": "Consenting",
            "AwaitingPayee": "Consenting",
            "Consenting": "~",
            "Capturing": "~ StartCapture StopCapture",
            "Verifying": "Capturing StartCapture",
            "Checking": ". Ignored PayerStop",
        },
    ),
    "InstructionReceived foreign": (". Ignored", {}),
    "StatusReceived awaiting_payee": (
        ". Ignored",
        {
            "Requesting": "AwaitingPayee",
            "AwaitingPayee": "~",
            "Consenting": "~",
            "Capturing": "~",
            "Verifying": "~",
            "AwaitingPayer": "~",
            "Checking": "~",
        },
    ),
    "StatusReceived awaiting_payer": (
        ". Ignored",
        {
            "Requesting": "AwaitingPayee",
            "AwaitingPayee": "~",
            "Consenting": "~",
            "Capturing": "~",
            "Verifying": "~",
            "AwaitingPayer": "~",
            "Checking": "~",
        },
    ),
    "StatusReceived held": (
        ". Ignored",
        {
            "Requesting": "Outcome",
            "AwaitingPayee": "Outcome",
            "Consenting": "Outcome",
            "Capturing": "Outcome StopCapture",
            "Verifying": "Outcome",
            "AwaitingPayer": "Outcome",
            "Checking": "Outcome",
        },
    ),
    "StatusReceived settled": (
        ". Ignored",
        {
            "Requesting": "Outcome",
            "AwaitingPayee": "Outcome",
            "Consenting": "Outcome",
            "Capturing": "Outcome StopCapture",
            "Verifying": "Outcome",
            "AwaitingPayer": "Outcome",
            "Checking": "Outcome",
        },
    ),
    "Replied accepted": (".", {"Requesting": "AwaitingPayee"}),
    "Replied busy": (".", {"Requesting": "~", "Verifying": "~"}),
    "Replied refused": (". Ignored", {"Requesting": "Outcome"}),
    "CaptureMoved": (".", {"Capturing": "~"}),
    "CaptureEnded": (". Ignored", {"Capturing": "Verifying PayerCapture StopCapture"}),
    "CaptureEnded late": (". Ignored", {"Capturing": "Verifying StopCapture"}),
}
"""What each event does: in most steps, and in the others. `.` nothing; `~` the step stays and something is noted; else
the step that follows; then what is asked of the rest of the terminal.
"""

STEP_NAMES: Final = [step.__name__ for step in STEPS]
EVENT_NAMES: Final = list(event_samples(Role.PAYER))


def test_the_tables_are_complete() -> None:
    assert set(TABLE) == set(EVENTS)
    assert set(SHOWN) == set(STEPS)
    assert list(STEP_SAMPLES) == STEP_NAMES
    for role in Role:
        assert {type(event) for event in event_samples(role).values()} == set(EVENTS)
    assert list(GRID) == EVENT_NAMES
    assert all(set(others) <= set(STEP_NAMES) for _, others in GRID.values())


@pytest.mark.parametrize("step", STEP_NAMES)
def test_the_samples_are_in_their_step(step: str) -> None:
    assert type(STEP_SAMPLES[step]().step()).__name__ == step


@pytest.mark.parametrize("event", EVENT_NAMES)
@pytest.mark.parametrize("step", STEP_NAMES)
def test_every_event_in_every_step(step: str, event: str) -> None:
    counter = STEP_SAMPLES[step]()
    before = counter.state
    counter.feed(event_samples(counter.role)[event])
    after = type(counter.step()).__name__
    word = after if after != step else "." if counter.state == before else "~"
    asked = sorted({type(getattr(command, "body", command)).__name__ for command in counter.last})
    mostly, others = GRID[event]
    assert " ".join([word, *asked]) == others.get(step, mostly)


# --- touches ---

NOT_SHOWN: Final = {
    ("Checking", ButtonId.STOP),  # only after a restart
    ("Checking", ButtonId.DONE),  # only when it took long
    ("Verifying", ButtonId.DONE),  # only when it took long
    ("Capturing", ButtonId.REFUSE),  # the payee's
}
"""Buttons of the table that the samples do not show."""


@pytest.mark.parametrize("button", ButtonId)
@pytest.mark.parametrize("step", STEP_NAMES)
def test_a_button_does_something_exactly_where_it_is_shown(step: str, button: ButtonId) -> None:
    counter = STEP_SAMPLES[step]()
    shown = button in {one.id for one in counter.view.buttons if one.enabled}
    before = counter.state
    counter.feed(Touched(touch=Pressed(button=button), fresh_id=ident(77)))
    assert (counter.state != before or counter.last != ()) == shown
    in_table = button is ButtonId.LANGUAGE or (type(before.step), button) in BUTTONS
    assert shown == (in_table and (step, button) not in NOT_SHOWN)


@pytest.mark.parametrize("step", STEP_NAMES)
def test_a_keypad_works_exactly_where_it_is_shown(step: str) -> None:
    counter = STEP_SAMPLES[step]()
    keypad = counter.view.keypad
    assert (keypad is not None) == (type(counter.step()) in KEYS)
    for key in sorted({"1", "0", "<"} | {key for row in (keypad.keys if keypad else ()) for key in row}):
        touched = STEP_SAMPLES[step]()
        before = touched.state
        touched.feed(Touched(touch=Keyed(key=key), fresh_id=ident(77)))
        assert (touched.state != before) == (keypad is not None), key
        assert touched.last == ()


@pytest.mark.parametrize("step", STEP_NAMES)
def test_a_list_works_exactly_where_it_is_shown(step: str) -> None:
    counter = STEP_SAMPLES[step]()
    choices = counter.view.choices
    assert bool(choices) == (type(counter.step()) in CHOICES)
    before = counter.state
    for choice in ("", "nobody", *(one.id for one in choices)):
        counter.feed(Touched(touch=Chosen(choice=choice), fresh_id=ident(77)))
    assert (counter.state != before) == bool(choices)
