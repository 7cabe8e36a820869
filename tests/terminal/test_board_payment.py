"""A terminal whose reader and buttons are behind an emulated bridge board: paid, and stopped, by what can be felt."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_bridge.board.bridge import pair_board
from server_mqtt.contract.messages import Modality, PayerCapture, PayerRequest, PayerStop
from terminal.devices.board import write_board_key
from terminal.presenter.view import ScreenName
from terminal.session.state import Capturing
from tests.firmware_bridge.board.emulated import EmulatedBoard
from tests.private_broker import PrivateBroker
from tests.terminal.counter import PAYER, Counter, write_config
from tests.terminal.messages import second_instruction
from tests.terminal.server_end import ServerEnd

pytestmark = [pytest.mark.broker, pytest.mark.models]

TOUCH_S = 0.7
"""Several looks of the reader at its glass."""

FINGER_ONLY = (Modality.FINGERPRINT,)


@pytest.fixture
def board(tmp_path: Path) -> Iterator[EmulatedBoard]:
    with EmulatedBoard(tmp_path / "flash") as emulated:
        yield emulated


@pytest.fixture
def payer(tmp_path: Path, broker: PrivateBroker, server: ServerEnd, board: EmulatedBoard) -> Iterator[Counter]:
    config = write_config(tmp_path / "payer", broker, server, PAYER)
    config.write_text(f'{config.read_text()}\n[bridge]\nport = "{board.path}"\n')
    for command in ("press pay", "press stop", "power"):
        board.do(command)
    write_board_key(config.with_name("bridge.key"), pair_board(board.path))
    for command in ("release pay", "release stop"):
        board.do(command)
    with Counter(config) as counter:
        counter.until_ready()
        yield counter


def consenting(payer: Counter, server: ServerEnd) -> str:
    """The payer reads whom and what; the payment's id."""
    payer.ask_to_pay("12.50")
    request = server.expect(PayerRequest)
    server.say(PAYER, second_instruction(request.payment_id, modalities=FINGER_ONLY))
    payer.until_screen(ScreenName.SECOND_INSTRUCTION)
    return request.payment_id


def test_a_payer_agrees_and_touches_the_reader_behind_the_board(
    payer: Counter, server: ServerEnd, board: EmulatedBoard
) -> None:
    payment_id = consenting(payer, server)
    payer.until(lambda: _held(board, payer, "pay"), "the capture that the pay button begins")
    payer.until(lambda: _touched(board, server), "the answer")
    answer = server.expect(PayerCapture)
    assert answer.payment_id == payment_id
    assert len(answer.probes) == 1


def test_a_payer_stops_by_the_stop_button(payer: Counter, server: ServerEnd, board: EmulatedBoard) -> None:
    payment_id = consenting(payer, server)
    board.do("press stop")
    assert server.expect(PayerStop).payment_id == payment_id
    payer.until_screen(ScreenName.CHECKING)


def _touched(board: EmulatedBoard, server: ServerEnd) -> bool:
    """A finger laid down and lifted, as often as it takes: one that lies there from before does not count."""
    for command in ("place 4", "lift"):
        board.do(command)
        time.sleep(TOUCH_S)
    return bool(server.all_of(PayerCapture))


def _held(board: EmulatedBoard, payer: Counter, button: str) -> bool:
    """Pressed until the screen takes it: a press that comes too soon after the screen is not meant."""
    board.do(f"press {button}")
    began = isinstance(payer.state.step, Capturing)
    board.do(f"release {button}")
    return began
