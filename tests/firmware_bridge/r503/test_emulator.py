"""The emulated reader, byte for byte and by the library as it is, on a plain serial port."""

from __future__ import annotations

from collections.abc import Iterator

import adafruit_fingerprint
import numpy as np
import pytest
import serial
from adafruit_fingerprint import Adafruit_Fingerprint
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.r503 import image
from firmware_bridge.r503.commands import Instruction
from firmware_bridge.r503.emulator import MAX_PENDING_BYTES, R503Session
from firmware_bridge.r503.framing import Deframer
from firmware_bridge.r503.packets import Identifier, Packet
from firmware_bridge.r503.pty_emulator import PtyEmulator
from firmware_bridge.r503.status import Confirmation
from tests.firmware_bridge.r503.lines import at_four_bits, fast_session, finger


def _ask(session: R503Session, *content: int) -> list[Packet]:
    session.receive(Packet(Identifier.COMMAND, bytes(content)).to_bytes())
    answers = Deframer().receive(session.to_send())
    assert all(isinstance(answer, Packet) for answer in answers)
    return [answer for answer in answers if isinstance(answer, Packet)]


def _status(session: R503Session, *content: int) -> int:
    (answer,) = _ask(session, *content)
    return answer.content[0]


def test_read_sys_para_of_a_new_reader_byte_for_byte() -> None:
    session = R503Session()
    session.receive(bytes.fromhex("EF01FFFFFFFF0100030F0013"))
    assert session.to_send() == bytes.fromhex(
        "EF01FFFFFFFF070013 00 0004 0000 00C8 0003 FFFFFFFF 0002 0006 04ED".replace(" ", "")
    )


def test_a_bad_checksum_is_answered_and_a_foreign_address_is_not() -> None:
    session = R503Session()
    session.receive(bytes.fromhex("EF01FFFFFFFF0100030F0014"))
    assert session.to_send() == Packet(Identifier.ACKNOWLEDGE, bytes([Confirmation.PACKET_ERROR])).to_bytes()
    session.receive(Packet(Identifier.COMMAND, b"\x01", address=5).to_bytes())
    assert session.to_send() == b""


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ((0x99,), Confirmation.UNSUPPORTED_COMMAND),
        ((Instruction.GEN_IMG,), Confirmation.NO_FINGER),
        ((Instruction.GEN_IMG, 0), Confirmation.PACKET_ERROR),
        ((Instruction.GEN_CHAR, 1), Confirmation.NO_VALID_IMAGE),
        ((Instruction.UP_IMAGE,), Confirmation.UPLOAD_IMAGE_FAILED),
        ((Instruction.SET_SYS_PARA, 7, 1), Confirmation.BAD_REGISTER_NUMBER),
        ((Instruction.SET_SYS_PARA, 4, 3), Confirmation.BAD_REGISTER_CONFIGURATION),
        ((Instruction.SET_SYS_PARA, 5, 5), Confirmation.OK),
        ((Instruction.VFY_PWD, 0, 0, 0, 1), Confirmation.WRONG_PASSWORD),
        ((Instruction.AURA_LED_CONFIG, 9, 0, 1, 0), Confirmation.PACKET_ERROR),
        ((Instruction.HAND_SHAKE,), Confirmation.OK),
        ((Instruction.CHECK_SENSOR,), Confirmation.OK),
        ((Instruction.GET_ECHO,), 0x55),
    ],
)
def test_status_of_commands_on_an_empty_reader(content: tuple[int, ...], status: int) -> None:
    assert _status(R503Session(), *content) == status


def test_without_its_password_a_protected_reader_does_nothing() -> None:
    session = R503Session(password=0x01020304, finger=finger())
    assert _status(session, Instruction.GEN_IMG) == Confirmation.PASSWORD_REQUIRED
    assert _status(session, Instruction.VFY_PWD, 1, 2, 3, 4) == Confirmation.OK
    assert _status(session, Instruction.GEN_IMG) == Confirmation.OK
    session.power_on()
    session.to_send()
    assert _status(session, Instruction.GEN_IMG) == Confirmation.PASSWORD_REQUIRED


@pytest.mark.parametrize(("code", "size"), [(0, 32), (1, 64), (2, 128), (3, 256)])
def test_images_travel_in_packets_of_the_configured_size(code: int, size: int) -> None:
    session = R503Session(finger=finger())
    _ask(session, Instruction.SET_SYS_PARA, 6, code)
    _ask(session, Instruction.GEN_IMG)
    acknowledgement, *data = _ask(session, Instruction.UP_IMAGE)
    assert acknowledgement.content == b"\x00"
    assert {len(packet.content) for packet in data} == {size}
    assert [packet.identifier for packet in data[:-1]] == [Identifier.DATA] * (len(data) - 1)
    assert data[-1].identifier is Identifier.END_OF_DATA
    assert b"".join(packet.content for packet in data) == image.pack(finger())


def test_a_blank_finger_has_no_features() -> None:
    session = R503Session(finger=np.full((192, 192), 200, np.uint8))
    _ask(session, Instruction.GEN_IMG)
    assert _status(session, Instruction.GEN_CHAR, 1) == Confirmation.FEW_FEATURES


def test_a_host_that_never_reads_is_not_heard_for_ever() -> None:
    session = R503Session(finger=finger())
    session.receive(Packet(Identifier.COMMAND, bytes([Instruction.GEN_IMG])).to_bytes())
    session.receive(Packet(Identifier.COMMAND, bytes([Instruction.UP_IMAGE])).to_bytes() * 100)
    assert len(session.to_send()) < 2 * MAX_PENDING_BYTES


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(1, 40), max_size=40), st.binary(max_size=64))
def test_the_answers_do_not_depend_on_how_the_bytes_come(sizes: list[int], noise: bytes) -> None:
    asked = [(Instruction.READ_SYS_PARA,), (Instruction.SET_SYS_PARA, 6, 0), (Instruction.READ_PROD_INFO,)]
    stream = noise.replace(b"\xef", b"") + b"".join(Packet(Identifier.COMMAND, bytes(a)).to_bytes() for a in asked)
    whole, pieces = R503Session(), R503Session()
    whole.receive(stream)
    at = 0
    for size in [*sizes, len(stream)]:
        pieces.receive(stream[at : at + size])
        at += size
    assert pieces.to_send() == whole.to_send() != b""


@pytest.fixture
def plain() -> Iterator[tuple[PtyEmulator, Adafruit_Fingerprint]]:
    with PtyEmulator(fast_session()) as emulator:
        port = serial.Serial(emulator.path, 115_200, timeout=5.0)
        yield emulator, Adafruit_Fingerprint(port)
        port.close()


def test_the_library_alone_works_with_it(plain: tuple[PtyEmulator, Adafruit_Fingerprint]) -> None:
    emulator, driver = plain
    assert driver.check_module()
    assert (driver.library_size, driver.data_packet_size, driver.baudrate) == (200, 3, 12)
    assert driver.count_templates() == adafruit_fingerprint.OK
    assert driver.template_count == 0
    assert driver.read_templates() == adafruit_fingerprint.OK
    assert driver.templates == []
    assert driver.get_image() == adafruit_fingerprint.NOFINGER
    emulator.place(finger())
    assert driver.get_image() == adafruit_fingerprint.OK
    assert driver.image_2_tz(1) == adafruit_fingerprint.OK
    uploaded = image.unpack(bytes(driver.get_fpdata(sensorbuffer="image")), 192, 192)
    assert np.array_equal(uploaded, at_four_bits(finger()))
    assert driver.set_led(color=2, mode=1) == adafruit_fingerprint.OK
    driver.soft_reset()
    assert driver.verify_password() == adafruit_fingerprint.OK


def test_another_baud_rate_is_noise() -> None:
    with PtyEmulator(fast_session(), seed=3) as emulator:
        port = serial.Serial(emulator.path, 57_600, timeout=0.2)
        with pytest.raises(RuntimeError):
            Adafruit_Fingerprint(port)
        port.close()


def test_placing_what_is_no_image_of_the_reader_is_refused() -> None:
    with PtyEmulator() as emulator, pytest.raises(ValueError, match="not an image of this reader"):
        emulator.place(np.zeros((10, 10), np.uint8))
