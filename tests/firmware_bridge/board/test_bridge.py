"""The very firmware behind a pseudo terminal, the terminal's side on it: pairing, reader, buttons, case, every cut."""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from firmware_bridge.board.bridge import USB_BAUD, BridgeBoard, pair_board
from firmware_bridge.board.front import BoardEvent
from firmware_bridge.board.reader_line import BoardReaderLine
from firmware_bridge.contract import Light
from firmware_bridge.errors import (
    BoardNotGenuine,
    BoardNotPaired,
    BoardOtherVersion,
    SensorError,
    SensorNotFound,
    SensorTimedOut,
    SensorUnplugged,
)
from firmware_bridge.finger_synthesis import SyntheticFinger
from firmware_bridge.firmware import frames
from firmware_bridge.port import SerialLine
from firmware_bridge.r503.reader import R503Reader
from tests.firmware_bridge.board.emulated import UNIQUE_ID, EmulatedBoard
from tests.firmware_bridge.board.noisy_line import NoisyLine

WAIT_S = 20.0


@pytest.fixture
def emulated(tmp_path: Path) -> Iterator[EmulatedBoard]:
    with EmulatedBoard(tmp_path / "flash") as board:
        yield board


def paired(emulated: EmulatedBoard) -> bytes:
    """Switches the board on with both buttons held, and pairs."""
    for button in ("pay", "stop"):
        emulated.do(f"press {button}")
    emulated.do("power")
    key = pair_board(emulated.path)
    for button in ("pay", "stop"):
        emulated.do(f"release {button}")
    wait_until_released(emulated, key)
    return key


def wait_until_released(emulated: EmulatedBoard, key: bytes) -> None:
    with BridgeBoard.open(emulated.path, key) as board:
        wait_for(lambda: not board.state().pay_held and not board.state().stop_held)


def wait_for(met: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + WAIT_S
    while not met():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


def test_a_paired_board_says_who_it_is(emulated: EmulatedBoard) -> None:
    key = paired(emulated)
    with BridgeBoard.open(emulated.path, key) as board:
        assert UNIQUE_ID in board.identity
        state = board.state()
        assert (state.tampered, state.case_open, state.openings, state.starts) == (False, False, 0, 1)


def test_a_board_pairs_only_while_its_buttons_are_held_at_the_start(emulated: EmulatedBoard) -> None:
    emulated.do("power")
    with pytest.raises(BoardNotPaired, match="hold both its buttons"):
        pair_board(emulated.path)
    with pytest.raises(BoardNotPaired, match="pair it"):
        BridgeBoard.open(emulated.path, bytes(32))


def test_one_pairing_a_start(emulated: EmulatedBoard) -> None:
    paired(emulated)
    with pytest.raises(BoardNotPaired):
        pair_board(emulated.path)


@pytest.mark.fault(43)
def test_another_board_in_its_place_is_not_believed(emulated: EmulatedBoard, tmp_path: Path) -> None:
    key = paired(emulated)
    with EmulatedBoard(tmp_path / "other", unique_id="0123456789abcdef") as other:
        paired(other)
        with pytest.raises(BoardNotGenuine, match="0123456789abcdef"):
            BridgeBoard.open(other.path, key)


def test_a_firmware_of_another_version_is_named(emulated: EmulatedBoard, monkeypatch: pytest.MonkeyPatch) -> None:
    key = paired(emulated)
    monkeypatch.setattr(frames, "VERSION", 9)
    with pytest.raises(BoardOtherVersion, match="version 1 of the frames, this terminal 9"):
        BridgeBoard.open(emulated.path, key)


def test_a_port_where_nobody_answers_is_no_board(emulated: EmulatedBoard) -> None:
    with pytest.raises(SensorNotFound, match="no bridge board answers"):
        BridgeBoard.open(emulated.path, bytes(32))


def test_buttons_are_told_in_their_order(emulated: EmulatedBoard) -> None:
    key = paired(emulated)
    heard: queue.Queue[BoardEvent] = queue.Queue()
    with BridgeBoard.open(emulated.path, key, heard.put):
        for command in ("press pay", "release pay", "press stop", "release stop"):
            emulated.do(command)
            event = heard.get(timeout=WAIT_S)
            assert event.name.lower().split("_")[0] == command.split()[1]
            assert event.name.endswith("PRESSED" if command.startswith("press") else "RELEASED")


def test_an_opened_case_is_told_and_no_start_and_no_closing_clears_it(emulated: EmulatedBoard) -> None:
    key = paired(emulated)
    heard: queue.Queue[BoardEvent] = queue.Queue()
    with BridgeBoard.open(emulated.path, key, heard.put) as board:
        emulated.do("open")
        assert heard.get(timeout=WAIT_S) is BoardEvent.CASE_OPENED
        assert board.clear_tamper(1).tampered  # not while it is open
        emulated.do("shut")
        assert heard.get(timeout=WAIT_S) is BoardEvent.CASE_CLOSED
    emulated.do("cut")
    emulated.do("power")
    with BridgeBoard.open(emulated.path, key) as board:
        state = board.state()
        assert (state.tampered, state.case_open, state.openings, state.starts) == (True, False, 1, 2)
        assert board.clear_tamper(0).tampered  # somebody who does not know of the last opening
        assert not board.clear_tamper(1).tampered
    emulated.do("cut")
    emulated.do("power")
    with BridgeBoard.open(emulated.path, key) as board:
        assert not board.state().tampered


def test_a_case_opened_without_power_is_noticed_if_it_is_still_open(emulated: EmulatedBoard) -> None:
    key = paired(emulated)
    emulated.do("cut")
    emulated.do("open")
    emulated.do("power")
    with BridgeBoard.open(emulated.path, key) as board:
        assert board.state().tampered


def test_a_memory_that_cannot_be_read_is_a_board_that_was_meddled_with(emulated: EmulatedBoard, tmp_path: Path) -> None:
    (tmp_path / "flash" / "board.json").write_text('{"key": 7')
    key = paired(emulated)
    with BridgeBoard.open(emulated.path, key) as board:
        assert board.state().tampered


def test_a_rate_that_the_board_does_not_have_is_refused(emulated: EmulatedBoard) -> None:
    key = paired(emulated)
    with BridgeBoard.open(emulated.path, key) as board, pytest.raises(ValueError, match="300 baud"):
        board.set_reader_baud(300)


def test_lights_and_sound_are_shown(emulated: EmulatedBoard) -> None:
    key = paired(emulated)
    with BridgeBoard.open(emulated.path, key) as board:
        board.signal(Light.GOOD)
        wait_for(lambda: set(map(tuple, emulated.shown()["ring"])) == {(0, 160, 0)})
        board.signal(Light.STOP)
        wait_for(lambda: emulated.shown()["ring"].count([160, 0, 0]) == 4)
        board.buzz(2_000, 2_000)
        wait_for(lambda: emulated.shown()["buzzing_hz"] == 2_000)
        wait_for(lambda: emulated.shown()["buzzing_hz"] == 0)
        assert not emulated.shown()["starved"]


def test_a_finger_is_read_through_the_board(emulated: EmulatedBoard) -> None:
    key = paired(emulated)
    with BridgeBoard.open(emulated.path, key) as board:
        reader = R503Reader(BoardReaderLine(board))
        assert emulated.shown()["reader_baud"] == 115_200
        placed = threading.Timer(0.3, emulated.do, ["place 4"])
        placed.start()
        image = reader.capture(timeout_s=WAIT_S)
        placed.join()
        expected = SyntheticFinger(4).impression(1)
        assert np.abs(image.pixels.astype(int) - expected).max() <= 16  # four bits of eight travel
        reader.close()
        assert board.state().starts == 1  # the board stays open


@pytest.mark.fault(38)
def test_a_cable_pulled_while_an_image_travels_is_known_within_two_seconds(emulated: EmulatedBoard) -> None:
    key = paired(emulated)
    with BridgeBoard.open(emulated.path, key) as board:
        reader = R503Reader(BoardReaderLine(board))
        emulated.do("place 4")
        emulated.do("lift")
        begun = threading.Event()

        def progress(share: float) -> None:
            if share > 0.2 and not begun.is_set():
                begun.set()
                emulated.unplug()

        placing = threading.Timer(0.3, emulated.do, ["place 4"])
        placing.start()
        # On a machine with other things to do the reader's own deadline may pass before the board's silence is known.
        with pytest.raises((SensorUnplugged, SensorTimedOut)):
            reader.capture(timeout_s=WAIT_S, progress=progress)
        assert begun.is_set()
        placing.join()
        with pytest.raises(SensorUnplugged):
            board.state()


@pytest.mark.fault(38)
def test_power_lost_at_any_moment_leaves_a_board_that_starts_again(emulated: EmulatedBoard) -> None:
    key = paired(emulated)
    chance = random.Random(7)
    for start in range(2, 5):
        with BridgeBoard.open(emulated.path, key) as board:
            reader = R503Reader(BoardReaderLine(board))
            assert reader.identity
            cut = threading.Timer(chance.random() * 0.2, emulated.do, ["cut"])
            cut.start()
            with pytest.raises(SensorError):
                work(board, reader)
            cut.join()
        emulated.do("power")
        with BridgeBoard.open(emulated.path, key) as board:
            assert board.state().starts == start


def work(board: BridgeBoard, reader: R503Reader) -> None:
    """Until something gives."""
    while True:
        board.state()
        reader.signal(Light.READING)


@pytest.mark.fault(39)
def test_an_image_comes_whole_over_a_noisy_cable(emulated: EmulatedBoard) -> None:
    key = paired(emulated)
    line = NoisyLine(emulated.path, 11)
    with BridgeBoard(line, key) as board:
        reader = R503Reader(BoardReaderLine(board))
        line.quiet = False
        placing = threading.Timer(0.3, emulated.do, ["place 4"])
        placing.start()
        image = reader.capture(timeout_s=WAIT_S)
        placing.join()
        line.quiet = True
        assert line.spoiled > 10
        assert np.abs(image.pixels.astype(int) - SyntheticFinger(4).impression(1)).max() <= 16


@pytest.mark.fault(39)
def test_a_board_hears_through_any_garbage(emulated: EmulatedBoard) -> None:
    key = paired(emulated)
    raw = SerialLine(emulated.path, baud=USB_BAUD)
    raw.send(random.Random(3).randbytes(20_000))
    raw.send(b"\xaa" * 5_000)
    raw.close()
    with BridgeBoard.open(emulated.path, key) as board:
        assert board.state().starts == 1
    assert not emulated.shown()["starved"]
