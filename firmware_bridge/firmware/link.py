"""A session's link: what is said arrives once, whole and in order, or the link is lost. Sans-IO; both ends run it.

Sliding window with cumulative acknowledgements (go back N): from the first that is missing all is sent again, once an
acknowledgement comes twice (something after it arrived) or none comes in time. Bounded: so much waits and no more.
Times in ms come with the calls, of a clock that does not go back. MicroPython and CPython alike.
"""

from firmware_bridge.firmware.frames import ACK, BEAT, READER, Frame, sealed_part, to_line
from firmware_bridge.firmware.seals import Seals

WINDOW = 8
"""Frames on their way at once: 1.5 kB, what a reader sends in an eighth of a second."""

WAITING_MAX = 32
"""Frames not yet acknowledged; then `room` is 0, and whoever sends has to wait. A board has 264 kB of memory in all."""

RETRY_MS = 150
"""A frame and its acknowledgement take 5 ms; a busy terminal may take ten times that."""

AGAIN_MS = 20
"""Frames that were on their way when one was lost are acknowledged with the same number each: one answer is enough."""

BEAT_MS = 250
LOST_MS = 1000
"""So long without a true frame, four beats, and the other end is gone: within a second it is known."""

SEQUENCE_MAX = 0xFFFFFFFF


class Link:
    """One end of a session. `lost` once the other end was silent for too long, or a sequence was used up."""

    def __init__(self, seals: Seals, now_ms: int) -> None:
        self._seals = seals
        self._waiting: list[tuple[int, bytes]] = []
        self._sent = 0
        self._next = 1
        self._expected = 1
        self._sent_ms = now_ms
        self._again_ms = now_ms - AGAIN_MS
        self._beat_ms = now_ms - BEAT_MS
        self._heard_ms = now_ms
        self._beats = 0
        self._others_beats = 0
        self._ack_due = False
        self.refused = 0
        """Frames that were whole and not sealed by the other end in this session."""
        self.repeated = 0
        """Frames that were sent again."""
        self.lost = False

    @property
    def room(self) -> int:
        """How many frames `send` takes now."""
        return WAITING_MAX - len(self._waiting)

    @property
    def idle(self) -> bool:
        """Whether all that was said has arrived."""
        return not self._waiting

    def send(self, kind: int, content: bytes) -> None:
        """Say this after what was said before. Raises ValueError where there is no room, or too much content."""
        if not self.room:
            raise ValueError("the link is full")
        if self._next > SEQUENCE_MAX:
            self.lost = True
            return
        self._waiting.append((self._next, self._line(kind, self._next, content)))
        self._next += 1

    def to_send(self, now_ms: int) -> bytes:
        """All bytes that are due now."""
        if now_ms - self._heard_ms >= LOST_MS:
            self.lost = True
        if self.lost:
            return b""
        out = b""
        if self._ack_due:
            self._ack_due = False
            out += self._line(ACK, self._expected - 1, b"")
        if self._sent and now_ms - self._sent_ms >= RETRY_MS:
            self._send_again(now_ms)
        while self._sent < min(WINDOW, len(self._waiting)):
            out += self._waiting[self._sent][1]
            self._sent += 1
            self._sent_ms = now_ms
        if now_ms - self._beat_ms >= BEAT_MS:
            self._beat_ms = now_ms
            self._beats += 1
            out += self._line(BEAT, self._beats, b"")
        return out

    def due_ms(self, now_ms: int) -> int:
        """In how many ms `to_send` has something, at the latest."""
        if self._ack_due or self._sent < min(WINDOW, len(self._waiting)):
            return 0
        beat = self._beat_ms + BEAT_MS - now_ms
        again = self._sent_ms + RETRY_MS - now_ms if self._sent else beat
        return max(0, min(beat, again))

    def receive(self, frame: Frame, now_ms: int) -> tuple[int, bytes] | None:
        """Take a frame; what it says, kind and content, if it is the next that is due."""
        if not self._seals.is_others(sealed_part(frame.kind, frame.sequence, frame.content), frame.seal):
            self.refused += 1
            return None
        if frame.kind == ACK:
            self._acknowledged(frame.sequence, now_ms)
        elif frame.kind == BEAT:
            # One that was recorded and is played again does not keep a dead board alive.
            if frame.sequence > self._others_beats:
                self._others_beats = frame.sequence
                self._heard_ms = now_ms
        elif frame.kind >= READER:
            self._ack_due = True  # also of one that came before: its acknowledgement may be what was lost
            if frame.sequence == self._expected:
                self._heard_ms = now_ms
                self._expected += 1
                return frame.kind, frame.content
        return None

    def _acknowledged(self, last: int, now_ms: int) -> None:
        if self._sent and last == self._waiting[0][0] - 1 and now_ms - self._again_ms >= AGAIN_MS:
            self._send_again(now_ms)
        while self._waiting and self._waiting[0][0] <= last:
            self._waiting.pop(0)
            self._sent = max(0, self._sent - 1)
            self._sent_ms = now_ms

    def _send_again(self, now_ms: int) -> None:
        self.repeated += self._sent
        self._sent = 0
        self._again_ms = now_ms

    def _line(self, kind: int, sequence: int, content: bytes) -> bytes:
        seal = self._seals.seal(sealed_part(kind, sequence, content))
        return to_line(Frame(kind, sequence, content, seal))
