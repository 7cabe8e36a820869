"""The bridge board's link on a line that loses, garbles and repeats: all arrives once and in order, or it is lost."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.firmware import frames, seals
from firmware_bridge.firmware.link import BEAT_MS, LOST_MS, WAITING_MAX, WINDOW, Link

KEY, ONE, TWO = bytes(range(32)), b"t" * 16, b"b" * 16


def seals_of(*, is_board: bool, key: bytes = KEY) -> seals.Seals:
    return seals.Seals(key, ONE, TWO, is_board=is_board)


@dataclass
class End:
    """A link, its deframer, and what it heard."""

    link: Link
    deframer: frames.Deframer = field(default_factory=frames.Deframer)
    heard: list[tuple[int, bytes]] = field(default_factory=list)

    def receive(self, data: bytes, now_ms: int) -> None:
        for frame in self.deframer.receive(data):
            said = self.link.receive(frame, now_ms)
            if said is not None:
                self.heard.append(said)


def ends() -> tuple[End, End]:
    return End(Link(seals_of(is_board=False), 0)), End(Link(seals_of(is_board=True), 0))


@dataclass
class Noise:
    """A line with a will of its own, for so long."""

    chance: random.Random
    until_ms: int
    badness: float

    def carry(self, data: bytes, now_ms: int) -> bytes:
        if not data or now_ms >= self.until_ms or self.chance.random() > self.badness:
            return data
        at = self.chance.randrange(len(data))
        match self.chance.randrange(5):
            case 0:
                return b""
            case 1:
                return data[:at]
            case 2:
                return data[:at] + bytes([data[at] ^ 1 << self.chance.randrange(8)]) + data[at + 1 :]
            case 3:
                return data + data
            case _:
                return data[:at] + self.chance.randbytes(9) + data[at:]


@pytest.mark.fault(39)
@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.binary(max_size=frames.CONTENT_MAX), max_size=30),
    st.lists(st.binary(max_size=frames.CONTENT_MAX), max_size=30),
    st.integers(0, 2**32),
    st.floats(0, 0.6),
)
def test_all_arrives_once_and_in_order(up: list[bytes], down: list[bytes], seed: int, badness: float) -> None:
    terminal, board = ends()
    noise = Noise(random.Random(seed), 5_000, badness)
    sending = [(terminal, board, [*up]), (board, terminal, [*down])]
    for now_ms in range(0, 60_000, 10):
        # A link that noise kept silent for a second is lost by design; here it is the noise that is under test.
        for near, far, waiting in sending:
            near.link._heard_ms = now_ms
            while waiting and near.link.room:
                near.link.send(frames.READER, waiting.pop(0))
            far.receive(noise.carry(near.link.to_send(now_ms), now_ms), now_ms)
        if not any(waiting for *_, waiting in sending) and terminal.link.idle and board.link.idle:
            break
    assert [content for _, content in board.heard] == up
    assert [content for _, content in terminal.heard] == down
    assert terminal.link.idle
    assert board.link.idle


def test_no_more_than_a_window_is_on_its_way_and_no_more_waits_than_there_is_room() -> None:
    terminal, _ = ends()
    while terminal.link.room:
        terminal.link.send(frames.READER, b"x")
    with pytest.raises(ValueError, match="full"):
        terminal.link.send(frames.READER, b"x")
    sent = frames.Deframer().receive(terminal.link.to_send(0))
    assert [frame.sequence for frame in sent if frame.kind == frames.READER] == list(range(1, WINDOW + 1))
    assert WAITING_MAX > WINDOW


def test_silence_is_known_within_a_second() -> None:
    terminal, board = ends()
    for now_ms in range(0, 5_000, BEAT_MS):
        terminal.receive(board.link.to_send(now_ms), now_ms)
        board.receive(terminal.link.to_send(now_ms), now_ms)
    lost = []
    for now_ms in (4_750, 4_750 + LOST_MS - 1, 4_750 + LOST_MS):
        terminal.link.to_send(now_ms)
        lost.append(terminal.link.lost)
    assert lost == [False, False, True]
    assert terminal.link.to_send(4_750 + LOST_MS) == b""
    assert LOST_MS <= 1_000


def test_recorded_beats_and_acknowledgements_do_not_keep_a_dead_board_alive() -> None:
    terminal, board = ends()
    terminal.link.send(frames.ASK_STATE, b"")
    recorded = b""
    for now_ms in range(0, 1_000, 10):
        said = board.link.to_send(now_ms)
        recorded += said
        terminal.receive(said, now_ms)
        board.receive(terminal.link.to_send(now_ms), now_ms)
    for now_ms in range(1_000, 3_000, 10):
        terminal.receive(recorded, now_ms)
        terminal.link.to_send(now_ms)
    assert terminal.link.lost


def test_what_another_key_or_nobody_sealed_is_not_heard() -> None:
    terminal, _ = ends()
    forger = Link(seals_of(is_board=True, key=bytes(32)), 0)
    forger.send(frames.EVENT, bytes([frames.CASE_CLOSED, 0, 0, 0, 0]))
    terminal.receive(forger.to_send(0), 0)
    terminal.receive(frames.to_line(frames.Frame(frames.EVENT, 1, b"12345")), 0)
    own = Link(seals_of(is_board=False), 0)
    own.send(frames.EVENT, b"12345")
    terminal.receive(own.to_send(0), 0)
    assert terminal.heard == []
    assert terminal.link.refused >= 3


def test_what_was_lost_on_its_way_is_sent_again_as_soon_as_that_is_known() -> None:
    terminal, board = ends()
    for number in range(4):
        board.link.send(frames.READER, bytes([number]))
    first, *others = [frames.to_line(frame) for frame in frames.Deframer().receive(board.link.to_send(0))]
    assert first
    terminal.receive(b"".join(others), 1)
    board.receive(terminal.link.to_send(1), 2)
    terminal.receive(board.link.to_send(2), 3)
    assert [content[0] for _, content in terminal.heard] == [0, 1, 2, 3]
    assert board.link.repeated == 4


def test_a_message_played_again_is_heard_once() -> None:
    terminal, board = ends()
    board.link.send(frames.EVENT, b"12345")
    said = board.link.to_send(0)
    for _ in range(3):
        terminal.receive(said, 0)
    assert terminal.heard == [(frames.EVENT, b"12345")]


@given(st.integers(0, 10_000), st.booleans(), st.booleans())
def test_due_is_never_later_than_what_is_to_be_sent(now_ms: int, waits: bool, acknowledges: bool) -> None:
    terminal, board = ends()
    if waits:
        terminal.link.send(frames.ASK_STATE, b"")
    if acknowledges:
        board.link.send(frames.STATE, b"")
        terminal.receive(board.link.to_send(0), 0)
    terminal.link._heard_ms = now_ms
    due_ms = terminal.link.due_ms(now_ms)
    terminal.link._heard_ms = now_ms + due_ms
    assert terminal.link.to_send(now_ms + due_ms) != b""
