"""The reader behind an emulated bridge board fails by the same scripts as one at a port of its own, and recovers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from firmware_bridge.board.bridge import BridgeBoard
from firmware_bridge.board.reader_line import BoardReaderLine
from firmware_bridge.contract import Light
from firmware_bridge.finger_synthesis import SyntheticFinger
from firmware_bridge.r503.reader import R503Reader
from tests.firmware_bridge.board.emulated import EmulatedBoard
from tests.firmware_bridge.board.test_bridge import paired
from tests.firmware_bridge.r503.lines import at_four_bits, once_awaited

WAIT_S = 60.0


@pytest.fixture
def emulated(tmp_path: Path) -> Iterator[EmulatedBoard]:
    with EmulatedBoard(tmp_path / "flash") as board:
        yield board


@pytest.mark.fault(39)
def test_what_passes_is_asked_for_again_and_what_hangs_is_reset(emulated: EmulatedBoard) -> None:
    with BridgeBoard.open(emulated.path, paired(emulated)) as board:
        reader = R503Reader(BoardReaderLine(board))
        emulated.do("fault brown_out gen_img 0.1")
        emulated.do("fault noise up_image")
        image = reader.capture(timeout_s=WAIT_S, cancelled=once_awaited(lambda: emulated.do("place 4")))
        assert np.array_equal(image.pixels, at_four_bits(SyntheticFinger(4).impression(1)))
        emulated.do("fault stuck_busy aura_led_config")
        reader.signal(Light.GOOD)
        assert emulated.shown()["aura"] == "on"


def test_a_fault_that_there_is_not_is_refused(emulated: EmulatedBoard) -> None:
    with pytest.raises(ValueError, match="no fault"):
        emulated.do("fault dance up_image")
