"""A bridge board on its USB serial port. Impure: one thread keeps the link, any thread may speak.

The link is made once; where it is lost everything here raises SensorUnplugged, and the board's owner opens it anew.
"""

from __future__ import annotations

import secrets
import struct
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from firmware_bridge.board.front import RINGS, BoardEvent, BoardState, event_of, state_of
from firmware_bridge.board.greeting import Welcome, check_welcome, hello, pair, paired_key, read_welcome
from firmware_bridge.contract import Light
from firmware_bridge.errors import SensorCorrupt, SensorError, SensorNotFound, SensorTimedOut, SensorUnplugged
from firmware_bridge.firmware import frames, seals, x25519
from firmware_bridge.firmware.link import Link
from firmware_bridge.port import Line, SerialLine

USB_BAUD: Final = 115_200
"""A USB serial port has no bit rate; something must be said."""
ANSWER_TIMEOUT_S: Final = 0.5
HELLOS: Final = 4
"""Tries: a board that starts just now is silent for a second, and noise may eat one."""
WHO_HELLOS: Final = 2
"""A port where something else may be, or nothing."""
PAIR_TIMEOUT_S: Final = 10.0
"""X25519 in MicroPython on an RP2040 is two multiplications of big integers at a time, 255 times."""
ROOM_TIMEOUT_S: Final = 2.0
"""Longer than a link that works ever leaves no room, longer than one that is lost is not known to be."""
STATE_TIMEOUT_S: Final = 2.0
HELD_BYTES_MAX: Final = 65_536
"""Of the reader's bytes that nobody received: three images. More is a reader that never ends, and is cut off."""

OnEvent = Callable[[BoardEvent], None]


def pair_board(port: str) -> bytes:
    """Agree on a key with the board on `port`, whose two buttons are held: 32 secret bytes. Raises SensorError."""
    line = SerialLine(port, baud=USB_BAUD)
    try:
        private = secrets.token_bytes(x25519.KEY_BYTES)
        line.send(pair(x25519.public_key(private)))
        answer = _await(line, frames.Deframer(), (frames.PAIRED, frames.NOT_PAIRING), PAIR_TIMEOUT_S)
        if answer is None:
            raise SensorNotFound(f"{port}: no bridge board answers: is it plugged in, and are both its buttons held?")
        return paired_key(private, answer, port)
    finally:
        line.close()


def ask_who(line: Line) -> Welcome | None:
    """What the board at the end of `line` says of itself, unproven; None where no board is. Raises SensorError."""
    deframer = frames.Deframer()
    for _ in range(WHO_HELLOS):
        line.send(hello(secrets.token_bytes(seals.NONCE_BYTES)))
        answer = _await(line, deframer, (frames.WELCOME,), ANSWER_TIMEOUT_S)
        if answer is not None:
            return read_welcome(answer.content, line.name)
    return None


class BridgeBoard:
    """An open session with one board. `on_event` is called from the board's own thread and must return at once."""

    def __init__(self, line: Line, key: bytes, on_event: OnEvent | None = None) -> None:
        """Begin a session on `line` with the board that shares `key`. Raises SensorError. `open`: for a port."""
        self._line = line
        self._on_event = on_event
        self._deframer = frames.Deframer()
        self._link, self.welcome = self._greet(key)
        self._news = threading.Condition()
        self._reader = bytearray()
        self._reader_broken = False
        self._state: BoardState | None = None
        self._states = 0
        self._failure: SensorError | None = None
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=f"bridge board at {line.name}", daemon=True)
        self._thread.start()

    @classmethod
    def open(cls, port: str, key: bytes, on_event: OnEvent | None = None) -> Self:
        """Open the serial port at the path `port`, for this process alone, and begin. Raises SensorError."""
        line = SerialLine(port, baud=USB_BAUD)
        try:
            return cls(line, key, on_event)
        except BaseException:
            line.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def name(self) -> str:
        """The port's path."""
        return self._line.name

    @property
    def identity(self) -> str:
        """Which board this is, for logs and screens."""
        return f"bridge board {self.welcome.unique_id} (firmware {self.welcome.firmware}) at {self.name}"

    def signal(self, light: Light) -> None:
        """Show `light` on the ring until the next call. Raises SensorError."""
        self._say(frames.RING, RINGS[light])

    def buzz(self, hz: int, ms: int) -> None:
        """Sound at `hz` (20 to 20,000) for `ms` (to 2,000); the board shortens what is more. Raises SensorError."""
        self._say(frames.BUZZ, struct.pack(">HH", hz, ms))

    def state(self) -> BoardState:
        """What the board says of itself now. Raises SensorError."""
        return self._ask_state(frames.ASK_STATE, b"")

    def clear_tamper(self, openings: int) -> BoardState:
        """Forget that the case was opened, if it is closed and was not opened since `openings` was told.

        The state after it: still `tampered` where it was not forgotten. Raises SensorError.
        """
        return self._ask_state(frames.CLEAR_TAMPER, struct.pack(">I", openings))

    # --- the reader's line ---

    def send_to_reader(self, data: bytes) -> None:
        """To the reader, in as many frames as it takes. Raises SensorError."""
        for at in range(0, len(data), frames.CONTENT_MAX):
            self._say(frames.READER, data[at : at + frames.CONTENT_MAX])

    def receive_from_reader(self, timeout_s: float, most: int) -> bytes:
        """At most `most` bytes of the reader; waits for the first, then empty. Raises SensorError."""
        with self._news:
            self._news.wait_for(lambda: self._reader or self._reader_broken or self._failure, timeout_s)
            if self._failure is not None:
                raise self._failure
            if self._reader_broken:
                self._reader_broken = False
                self._reader.clear()
                raise SensorCorrupt(f"{self.name}: the reader sends faster than it is read: bytes were lost")
            data = bytes(self._reader[:most])
            del self._reader[:most]
            return data

    def forget_reader(self) -> None:
        """Drop what the reader said and nobody received."""
        with self._news:
            self._reader.clear()
            self._reader_broken = False

    def set_reader_baud(self, baud: int) -> None:
        """The board speaks to the reader at `baud` from now on. Raises ValueError for a rate it does not have."""
        if baud not in frames.READER_BAUDS:
            raise ValueError(f"a bridge board does not speak to its reader at {baud} baud")
        self._say(frames.READER_BAUD, struct.pack(">I", baud))

    def close(self) -> None:
        """End the session and release the port; calling it again does nothing."""
        with self._news:
            self._closing = True
            self._failure = self._failure or SensorUnplugged(f"{self.name} was closed")
            self._news.notify_all()
        if self._thread is not threading.current_thread():
            self._thread.join()
        self._line.close()

    # --- within ---

    def _greet(self, key: bytes) -> tuple[Link, Welcome]:
        for _ in range(HELLOS):
            nonce = secrets.token_bytes(seals.NONCE_BYTES)
            self._line.send(hello(nonce))
            answer = _await(self._line, self._deframer, (frames.WELCOME,), ANSWER_TIMEOUT_S)
            if answer is not None:
                welcome = check_welcome(answer.content, key, nonce, self._line.name)
                return Link(seals.Seals(key, nonce, welcome.nonce, is_board=False), _now_ms()), welcome
        raise SensorNotFound(f"{self._line.name}: no bridge board answers: is it plugged in, and is this its port?")

    def _say(self, kind: int, content: bytes) -> None:
        with self._news:
            self._news.wait_for(lambda: self._failure or self._link.room, ROOM_TIMEOUT_S)
            if self._failure is not None:
                raise self._failure
            if not self._link.room:
                raise SensorTimedOut(f"{self.name}: the bridge board takes nothing more")
            self._link.send(kind, content)
            try:
                self._line.send(self._link.to_send(_now_ms()))
            except SensorError as error:
                self._fail(error)
                raise

    def _ask_state(self, kind: int, content: bytes) -> BoardState:
        with self._news:
            before = self._states
        self._say(kind, content)
        with self._news:
            self._news.wait_for(lambda: self._failure or self._states > before, STATE_TIMEOUT_S)
            if self._failure is not None:
                raise self._failure
            if self._state is None or self._states == before:
                raise SensorTimedOut(f"{self.name}: the bridge board does not tell its state")
            return self._state

    def _run(self) -> None:
        while True:
            with self._news:
                if self._failure is not None or self._closing:
                    return
                wait_s = self._link.due_ms(_now_ms()) / 1000
            try:
                heard = self._line.receive(wait_s)
            except SensorError as error:
                self._fail(error)
                return
            for event in self._advance(heard):
                if self._on_event is not None:
                    self._on_event(event)

    def _advance(self, heard: bytes) -> list[BoardEvent]:
        """Take what was heard, say what is due; the events that were told."""
        now_ms = _now_ms()
        events: list[BoardEvent] = []
        with self._news:
            for frame in self._deframer.receive(heard):
                said = self._link.receive(frame, now_ms)
                if said is not None:
                    events += self._take(*said)
            out = self._link.to_send(now_ms)
            try:
                if out:
                    self._line.send(out)
            except SensorError as error:
                self._fail(error)
            if self._link.lost:
                self._fail(SensorUnplugged(f"{self.name}: the bridge board is silent: is it plugged in?"))
            self._news.notify_all()
        return events

    def _take(self, kind: int, content: bytes) -> list[BoardEvent]:
        if kind == frames.READER:
            if len(self._reader) + len(content) > HELD_BYTES_MAX:
                self._reader_broken = True
            else:
                self._reader += content
        elif kind == frames.STATE:
            state = state_of(content)
            if state is not None:
                self._state = state
                self._states += 1
        elif kind == frames.EVENT:
            event = event_of(content)
            if event is BoardEvent.READER_OVERFLOW:
                self._reader_broken = True
            return [] if event is None else [event]
        return []

    def _fail(self, error: SensorError) -> None:
        with self._news:
            self._failure = self._failure or error
            self._news.notify_all()


def _await(line: Line, deframer: frames.Deframer, kinds: tuple[int, ...], timeout_s: float) -> frames.Frame | None:
    """The next frame of one of these kinds, None if there is none in time; others are of a session that is over."""
    deadline_s = time.monotonic() + timeout_s
    while (left_s := deadline_s - time.monotonic()) > 0:
        for frame in deframer.receive(line.receive(left_s)):
            if frame.kind in kinds:
                return frame
    return None


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000
