"""The pins of a bridge board: an RP2040 such as the Raspberry Pi Pico, wired as the constants say. Impure.

The terminal's line is the board's own USB serial port (MicroPython's standard streams, without its keyboard interrupt).
"""

import os
import select
import sys
import time

import machine
import micropython
import neopixel

from firmware_bridge.firmware.front import LEDS

READER_UART, READER_TX_PIN, READER_RX_PIN = 0, 0, 1
PAY_PIN, STOP_PIN = 12, 13
CASE_PIN = 14
"""A switch to ground that the closed case holds shut: a cut wire is an open case."""
BUZZER_PIN = 15
RING_PIN = 16

READER_BUFFER_BYTES = 16_384
"""What the reader sends in 1.4 s at 115,200 baud: longer than a link can be silent that is not lost."""
READ_BYTES = 192
HEAR_BYTES = 64
"""In one pass: a terminal says little, and the reader must not wait."""
PASS_MS = 2
BUZZER_DUTY = 32768
"""Half of 65,536: a square wave is loudest."""


class Hardware:
    """All pins; the switches have the chip's own pull-ups."""

    def __init__(self) -> None:
        micropython.kbd_intr(-1)  # type: ignore[attr-defined]  # a byte 3 is a byte
        self._ticks = _ticks_ms()
        self._now_ms = 0
        self._poll = select.poll()
        self._poll.register(sys.stdin, select.POLLIN)
        self._pay = machine.Pin(PAY_PIN, machine.Pin.IN, machine.Pin.PULL_UP)
        self._stop = machine.Pin(STOP_PIN, machine.Pin.IN, machine.Pin.PULL_UP)
        self._case = machine.Pin(CASE_PIN, machine.Pin.IN, machine.Pin.PULL_UP)
        self._buzzer = machine.PWM(machine.Pin(BUZZER_PIN))
        self._ring = neopixel.NeoPixel(machine.Pin(RING_PIN), LEDS)
        self._uart = machine.UART(
            READER_UART, tx=machine.Pin(READER_TX_PIN), rx=machine.Pin(READER_RX_PIN), rxbuf=READER_BUFFER_BYTES
        )

    def now_ms(self) -> int:
        """Since the start; unlike the chip's ticks it does not go round."""
        ticks = _ticks_ms()
        self._now_ms += time.ticks_diff(ticks, self._ticks)  # type: ignore[attr-defined]  # as above
        self._ticks = ticks
        return self._now_ms

    def random(self, count: int) -> bytes:
        """From the chip's ring oscillator."""
        return os.urandom(count)

    def unique_id(self) -> bytes:
        """Eight bytes, the flash chip's."""
        return bytes(machine.unique_id())

    def hear(self) -> bytes:
        """What the terminal said, waiting for it for PASS_MS: the loop's only pause."""
        heard = b""
        pause_ms = PASS_MS
        while len(heard) < HEAR_BYTES and self._poll.poll(pause_ms):
            piece = sys.stdin.buffer.read(1)
            if not piece:
                break
            heard += piece
            pause_ms = 0
        return heard

    def say(self, data: bytes) -> None:
        """To the terminal."""
        sys.stdout.buffer.write(data)

    def read_reader(self) -> bytes:
        """What the reader said, at most READ_BYTES."""
        return bytes(self._uart.read(READ_BYTES) or b"")

    def reader_overflowed(self) -> bool:
        """Whether the reader's buffer is full, so that more would be lost."""
        return bool(self._uart.any() >= READER_BUFFER_BYTES)

    def write_reader(self, data: bytes) -> None:
        """To the reader."""
        self._uart.write(data)

    def set_reader_baud(self, baud: int) -> None:
        """From now on."""
        self._uart.init(baudrate=baud, rxbuf=READER_BUFFER_BYTES)

    def pay_pressed(self) -> bool:
        """Whether the pay button is down."""
        return not bool(self._pay.value())

    def stop_pressed(self) -> bool:
        """Whether the stop button is down."""
        return not bool(self._stop.value())

    def case_open(self) -> bool:
        """Whether the case's switch is not held shut."""
        return bool(self._case.value())

    def show_ring(self, colours: list[tuple[int, int, int]]) -> None:
        """Red, green and blue of every LED."""
        for number, colour in enumerate(colours):
            self._ring[number] = colour
        self._ring.write()

    def buzz(self, hz: int) -> None:
        """Sound at this pitch until the next call; 0 is silence."""
        if hz:
            self._buzzer.freq(hz)
        self._buzzer.duty_u16(BUZZER_DUTY if hz else 0)


def _ticks_ms() -> int:
    """MicroPython's; they go round."""
    return int(time.ticks_ms())  # type: ignore[attr-defined]  # CPython's has none
