"""The bridge board: passes the reader's line on, tells of buttons and case, lights and sounds. Impure by its hardware.

One loop, one pass a `step`: nothing in it waits. MicroPython and CPython alike; `hardware` is the pins.
"""

import struct

from firmware_bridge.firmware import frames, front, seals, x25519
from firmware_bridge.firmware.link import Link
from firmware_bridge.firmware.memory import Memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from firmware_bridge.firmware.hardware import Hardware

FIRMWARE = (1, 0, 0)
PAIRING_MS = 60_000
"""For so long after a start with both buttons held a terminal may pair: whoever holds them stands before it."""

RING_EVERY_MS = 40
READER_BAUD_AT_START = 57_600
BUZZ_MS_MAX = 2000
BUZZ_HZ_MAX = 20_000
ROOM_FOR_EVENTS = 8
"""So much of the link the reader leaves free: an opened case is told however much the reader sends."""


class Board:
    """Everything between two starts."""

    def __init__(self, hardware: "Hardware") -> None:
        self._hardware = hardware
        self._memory = Memory()
        self._memory.starts += 1
        now_ms = hardware.now_ms()
        self._began_ms = now_ms
        self._pay = front.Contact(hardware.pay_pressed())
        self._stop = front.Contact(hardware.stop_pressed())
        self._case = front.Contact(not hardware.case_open())
        if hardware.case_open():
            self._opened()
        self._memory.save()
        pairing = hardware.pay_pressed() and hardware.stop_pressed()
        self._pairing_until_ms = now_ms + PAIRING_MS if pairing else now_ms
        self._deframer = frames.Deframer()
        self._link: Link | None = None
        self._reader_baud = READER_BAUD_AT_START
        self._overflowed = False
        self._ring = (frames.RING_OFF, (0, 0, 0))
        self._ring_ms = now_ms - RING_EVERY_MS
        self._quiet_at_ms = -1
        hardware.set_reader_baud(self._reader_baud)

    def step(self) -> None:
        """One pass: hear the terminal, look at reader and front, say what is due."""
        now_ms = self._hardware.now_ms()
        for frame in self._deframer.receive(self._hardware.hear()):
            self._take(frame, now_ms)
        self._look(now_ms)
        self._pass_on(now_ms)
        self._show(now_ms)
        if self._link is not None:
            out = self._link.to_send(now_ms)
            if out:
                self._hardware.say(out)
            if self._link.lost:
                self._link = None
                self._ring = (frames.RING_OFF, (0, 0, 0))

    def _take(self, frame: frames.Frame, now_ms: int) -> None:
        if frame.kind == frames.HELLO:
            self._welcome(frame.content, now_ms)
        elif frame.kind == frames.PAIR:
            self._pair(frame.content, now_ms)
        elif self._link is not None:
            said = self._link.receive(frame, now_ms)
            if said is not None:
                self._obey(said[0], said[1], now_ms)

    def _welcome(self, content: bytes, now_ms: int) -> None:
        """Answer a terminal that begins, and begin a session with it: only who has the pairing's key can use it."""
        if len(content) != 1 + seals.NONCE_BYTES:
            return
        key = self._memory.key
        terminal_nonce, board_nonce = content[1:], self._hardware.random(seals.NONCE_BYTES)
        paired = bytes([1 if key else 0])
        welcome = bytes([frames.VERSION]) + bytes(FIRMWARE) + paired + self._hardware.unique_id() + board_nonce
        proof = seals.proof(key, terminal_nonce, welcome) if key else bytes(seals.PROOF_BYTES)
        self._hardware.say(frames.to_line(frames.Frame(frames.WELCOME, 0, welcome + proof)))
        self._link = Link(seals.Seals(key, terminal_nonce, board_nonce, is_board=True), now_ms) if key else None
        while self._hardware.read_reader():
            pass  # what a reader said to an earlier session is nothing to this one; its line is slower than this
        self._overflowed = False

    def _pair(self, content: bytes, now_ms: int) -> None:
        if now_ms >= self._pairing_until_ms or len(content) != x25519.KEY_BYTES:
            self._hardware.say(frames.to_line(frames.Frame(frames.NOT_PAIRING, 0, b"")))
            return
        private = self._hardware.random(x25519.KEY_BYTES)
        public = x25519.public_key(private)
        try:
            secret = x25519.shared_secret(private, content)
        except ValueError:
            self._hardware.say(frames.to_line(frames.Frame(frames.NOT_PAIRING, 0, b"")))
            return
        self._memory.key = seals.pairing_key(secret, content, public)
        self._memory.save()
        self._pairing_until_ms = now_ms
        self._link = None
        self._hardware.say(frames.to_line(frames.Frame(frames.PAIRED, 0, public)))

    def _obey(self, kind: int, content: bytes, now_ms: int) -> None:
        """What the terminal says. For content of another size than its kind has nothing is done: it is not ours."""
        if kind == frames.READER:
            self._hardware.write_reader(content)
        elif kind == frames.READER_BAUD and len(content) == 4:
            (baud,) = struct.unpack(">I", content)
            if baud in frames.READER_BAUDS:
                self._reader_baud = baud
                self._hardware.set_reader_baud(baud)
        elif kind == frames.RING and len(content) == 4:
            self._ring = (content[0], (content[1], content[2], content[3]))
            self._ring_ms = now_ms - RING_EVERY_MS
        elif kind == frames.BUZZ and len(content) == 4:
            hz, ms = struct.unpack(">HH", content)
            self._hardware.buzz(min(hz, BUZZ_HZ_MAX))
            self._quiet_at_ms = now_ms + min(ms, BUZZ_MS_MAX)
        elif kind == frames.ASK_STATE:
            self._tell_state(now_ms)
        elif kind == frames.CLEAR_TAMPER and len(content) == 4:
            (openings,) = struct.unpack(">I", content)
            if openings == self._memory.openings and self._case.closed:
                self._memory.tampered = False
                self._memory.save()
            self._tell_state(now_ms)

    def _look(self, now_ms: int) -> None:
        """Buttons and case; what changed is told, and an opening is kept before it is told."""
        if self._case.look(not self._hardware.case_open(), now_ms):
            if not self._case.closed:
                self._opened()
                self._memory.save()
            self._tell(frames.CASE_CLOSED if self._case.closed else frames.CASE_OPENED, now_ms)
        if self._pay.look(self._hardware.pay_pressed(), now_ms):
            self._tell(frames.PAY_PRESSED if self._pay.closed else frames.PAY_RELEASED, now_ms)
        if self._stop.look(self._hardware.stop_pressed(), now_ms):
            self._tell(frames.STOP_PRESSED if self._stop.closed else frames.STOP_RELEASED, now_ms)

    def _opened(self) -> None:
        self._memory.tampered = True
        self._memory.openings += 1

    def _pass_on(self, now_ms: int) -> None:
        """The reader's bytes, as far as the link takes them; what it does not take waits in the pin's own buffer."""
        link = self._link
        if link is None:
            return
        if self._hardware.reader_overflowed():
            self._overflowed = True
        while link.room > ROOM_FOR_EVENTS:
            data = self._hardware.read_reader()
            if not data:
                break
            for at in range(0, len(data), frames.CONTENT_MAX):
                link.send(frames.READER, data[at : at + frames.CONTENT_MAX])
        if self._overflowed and link.room > ROOM_FOR_EVENTS:
            self._overflowed = False
            self._tell(frames.READER_OVERFLOW, now_ms)

    def _tell(self, event: int, now_ms: int) -> None:
        """An event, where there is somebody to hear it. The case's state is in `STATE` as well."""
        if self._link is not None and self._link.room:
            self._link.send(frames.EVENT, struct.pack(">BI", event, now_ms - self._began_ms & 0xFFFFFFFF))

    def _tell_state(self, now_ms: int) -> None:
        if self._link is None or not self._link.room:
            return
        held = (1 if self._pay.closed else 0) | (2 if self._stop.closed else 0)
        memory = self._memory
        content = struct.pack(
            frames.STATE_FORMAT,
            1 if memory.tampered else 0,
            0 if self._case.closed else 1,
            held,
            memory.openings,
            memory.starts,
            now_ms - self._began_ms & 0xFFFFFFFF,
            self._reader_baud,
        )
        self._link.send(frames.STATE, content)

    def _show(self, now_ms: int) -> None:
        if now_ms - self._ring_ms >= RING_EVERY_MS:
            self._ring_ms = now_ms
            self._hardware.show_ring(front.ring(self._ring[0], self._ring[1], now_ms))
        if 0 <= self._quiet_at_ms <= now_ms:
            self._quiet_at_ms = -1
            self._hardware.buzz(0)
