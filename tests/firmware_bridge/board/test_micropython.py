"""The very firmware on a real MicroPython, and the terminal's side of the link against it."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from firmware_bridge.board.front import BoardEvent, event_of, state_of
from firmware_bridge.board.greeting import check_welcome, hello, pair, paired_key
from firmware_bridge.firmware import frames, seals
from firmware_bridge.firmware.link import Link
from tests.firmware_bridge.board.micropython import fetch

HERE = Path(__file__).parent / "micropython"
FIRMWARE = Path(__file__).resolve().parents[3] / "firmware_bridge" / "firmware"
NONCE = bytes(range(16))
PRIVATE = bytes(range(32))


class MicroPython:
    """The interpreter's process: one line in, one line out."""

    def __init__(self) -> None:
        command = ["node", str(HERE / "run.mjs"), str(fetch.FOLDER / "micropython.mjs"), str(FIRMWARE)]
        self._process = subprocess.Popen(
            [*command, str(HERE / "bench.upy")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._line() == "ready"
        self.deframer = frames.Deframer()
        self.now_ms = 0

    def ask(self, expression: str) -> str:
        """What `expression` prints."""
        self._write(f"print({expression})")
        return self._line()

    def do(self, statement: str) -> None:
        self._write(statement)

    def step(self, data: bytes = b"", ms: int = 5) -> list[frames.Frame]:
        """One pass of the board's loop; what it said."""
        self.now_ms += ms
        self._write(f"step({ms}, '{data.hex()}')")
        return self.deframer.receive(bytes.fromhex(self._line()))

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()

    def _write(self, text: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{text}\n")
        self._process.stdin.flush()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@pytest.fixture
def board() -> Iterator[MicroPython]:
    if not fetch.is_there():
        pytest.skip("no MicroPython: ./run test fetches it")
    running = MicroPython()
    yield running
    running.close()


def greeted(board: MicroPython) -> Link:
    """A board that was paired and greeted, and the terminal's end of the link."""
    board.do("start(True, True)")
    (answer,) = board.step(pair(X25519PrivateKey.from_private_bytes(PRIVATE).public_key().public_bytes_raw()))
    key = paired_key(PRIVATE, answer, "here")
    welcomes = [frame for frame in board.step(hello(NONCE)) if frame.kind == frames.WELCOME]
    welcome = check_welcome(welcomes[0].content, key, NONCE, "here")
    assert bytes.fromhex(welcome.unique_id) == b"MICROPY1"
    return Link(seals.Seals(key, NONCE, welcome.nonce, is_board=False), board.now_ms)


def talk(board: MicroPython, link: Link, passes: int = 4) -> list[tuple[int, bytes]]:
    """Let both ends speak for some passes; what the board said."""
    heard = []
    for _ in range(passes):
        for frame in board.step(link.to_send(board.now_ms)):
            said = link.receive(frame, board.now_ms)
            if said is not None:
                heard.append(said)
    return heard


def test_it_is_micropython(board: MicroPython) -> None:
    assert board.ask("sys.implementation[0]") == "micropython"


def test_keys_seals_and_checksums_are_the_same_there(board: MicroPython) -> None:
    assert board.ask("hex(frames.crc16(b'123456789'))") == "0x29b1"
    theirs = X25519PrivateKey.from_private_bytes(PRIVATE[::-1])
    public = X25519PrivateKey.from_private_bytes(PRIVATE).public_key().public_bytes_raw()
    secret = theirs.exchange(X25519PublicKey.from_public_bytes(public))
    keys = f"bytes.fromhex('{PRIVATE[::-1].hex()}'), bytes.fromhex('{public.hex()}')"
    assert board.ask(f"x25519.shared_secret({keys}).hex()") == secret.hex()
    assert board.ask("seals.hmac_sha256(b'key', b'said').hex()") == seals.hmac_sha256(b"key", b"said").hex()


def test_a_terminal_pairs_greets_and_asks(board: MicroPython) -> None:
    link = greeted(board)
    link.send(frames.ASK_STATE, b"")
    ((kind, content),) = talk(board, link)
    state = state_of(content)
    assert kind == frames.STATE
    assert state is not None
    assert (state.starts, state.tampered, state.pay_held) == (1, False, True)
    assert link.idle


def test_the_case_and_the_buttons_are_told(board: MicroPython) -> None:
    link = greeted(board)
    board.do("pins.open = True; pins.pay = False")
    events = [event_of(content) for _, content in talk(board, link, 8)]
    assert events == [BoardEvent.CASE_OPENED, BoardEvent.PAY_RELEASED]
    assert '"tampered": true' in board.ask("open('board.json').read()")


def test_the_reader_is_passed_on_both_ways(board: MicroPython) -> None:
    link = greeted(board)
    link.send(frames.READER_BAUD, struct.pack(">I", 115_200))
    link.send(frames.READER, b"\xef\x01 command")
    board.do("pins.from_reader = bytes(range(256)) * 40")
    heard = talk(board, link, 40)
    assert b"".join(content for kind, content in heard if kind == frames.READER) == bytes(range(256)) * 40
    assert board.ask("pins.to_reader") == str(b"\xef\x01 command")
    assert board.ask("pins.baud") == "115200"


@pytest.mark.fault(42)
def test_what_the_reader_said_before_the_session_is_not_passed_on(board: MicroPython) -> None:
    board.do("pins.from_reader = bytes(1000)")
    link = greeted(board)
    board.do("pins.from_reader += b'now'")
    heard = talk(board, link, 12)
    assert b"".join(content for kind, content in heard if kind == frames.READER) == b"now"


@pytest.mark.fault(39)
def test_garbage_does_no_harm(board: MicroPython) -> None:
    link = greeted(board)
    board.step(b"\xaa" * 3_000)
    board.step(bytes(range(256)) * 8 + b"\0")
    link.send(frames.ASK_STATE, b"")
    assert [kind for kind, _ in talk(board, link)] == [frames.STATE]
