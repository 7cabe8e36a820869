"""The emulated reader's templates: what is stored is found, nothing else is, and refusals have the manual's codes."""

from __future__ import annotations

import struct

import adafruit_fingerprint
import numpy as np
import pytest
import serial
from adafruit_fingerprint import Adafruit_Fingerprint
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.finger_synthesis import Pattern, SyntheticFinger
from firmware_bridge.r503.commands import Instruction
from firmware_bridge.r503.emulator import R503Session
from firmware_bridge.r503.framing import Deframer
from firmware_bridge.r503.library import LIKENESS_BY_LEVEL
from firmware_bridge.r503.models import R307, R503, ReaderModel
from firmware_bridge.r503.packets import Identifier, Packet
from firmware_bridge.r503.pty_emulator import PtyEmulator
from firmware_bridge.r503.ridge_flow import FLOW_BYTES, flow_of, likeness
from firmware_bridge.r503.status import Confirmation
from tests.firmware_bridge.r503.lines import fast_session

ARCH = SyntheticFinger(1, pattern=Pattern.ARCH)
WHORL = SyntheticFinger(2, pattern=Pattern.WHORL)


def _ask(session: R503Session, code: int, form: str = "", *values: int | bytes) -> list[Packet]:
    content = bytes([code]) + struct.pack(f">{form}", *values)
    session.receive(Packet(Identifier.COMMAND, content, session.address).to_bytes())
    found = Deframer(session.address).receive(session.to_send())
    packets = [one for one in found if isinstance(one, Packet)]
    assert len(packets) == len(found)
    return packets


def _answer(session: R503Session, code: int, form: str = "", *values: int | bytes) -> bytes:
    (answer,) = _ask(session, code, form, *values)
    return answer.content


def _touch(session: R503Session, finger: SyntheticFinger, impression: int, buffer: int) -> int:
    model = session.model
    session.finger = finger.impression(impression, width=model.width, height=model.height, dpi=model.dpi)
    assert _answer(session, Instruction.GEN_IMG) == b"\0"
    return _answer(session, Instruction.GEN_CHAR, "B", buffer)[0]


def _enrol(session: R503Session, finger: SyntheticFinger, page: int) -> None:
    assert [_touch(session, finger, number, number) for number in (1, 2)] == [Confirmation.OK] * 2
    assert _answer(session, Instruction.REG_MODEL) == b"\0"
    assert _answer(session, Instruction.STORE, "BH", 1, page) == b"\0"


@pytest.mark.parametrize("model", [R503, R307], ids=lambda model: model.name)
def test_an_enrolled_finger_is_found_at_its_page_and_another_is_not(model: ReaderModel) -> None:
    session = R503Session(model=model)
    _enrol(session, ARCH, 7)
    everything = ("BHH", 1, 0, model.library_size)
    assert _answer(session, Instruction.TEMPLATE_NUM) == b"\0\0\1"
    _touch(session, ARCH, 5, 1)
    found = _answer(session, Instruction.SEARCH, *everything)
    code, page, score = struct.unpack(">BHH", found)
    assert (code, page) == (Confirmation.OK, 7)
    assert 0 < score <= 200
    assert _answer(session, Instruction.READ_SYS_PARA)[2] & 0b10
    assert _answer(session, Instruction.SEARCH, "BHH", 1, 8, 100) == b"\x09\0\0\0\0"
    assert not _answer(session, Instruction.READ_SYS_PARA)[2] & 0b10
    _touch(session, WHORL, 5, 1)
    assert _answer(session, Instruction.SEARCH, *everything) == b"\x09\0\0\0\0"
    assert _answer(session, Instruction.DELETE_CHAR, "HH", 7, 1) == b"\0"
    _touch(session, ARCH, 5, 1)
    assert _answer(session, Instruction.SEARCH, *everything) == b"\x09\0\0\0\0"


def test_match_compares_the_two_buffers() -> None:
    session = R503Session()
    assert _answer(session, Instruction.MATCH) == b"\x08\0\0"
    _touch(session, ARCH, 1, 1)
    _touch(session, ARCH, 2, 2)
    assert _answer(session, Instruction.MATCH)[0] == Confirmation.OK
    _touch(session, WHORL, 1, 2)
    assert _answer(session, Instruction.MATCH) == b"\x08\0\0"


def test_two_fingers_are_no_template_and_neither_is_one_impression() -> None:
    session = R503Session()
    _touch(session, ARCH, 1, 1)
    assert _answer(session, Instruction.REG_MODEL) == bytes([Confirmation.COMBINE_FAILED])
    _touch(session, ARCH, 1, 1)
    _touch(session, WHORL, 1, 2)
    assert _answer(session, Instruction.REG_MODEL) == bytes([Confirmation.COMBINE_FAILED])


@pytest.mark.parametrize("model", [R503, R307], ids=lambda model: model.name)
def test_a_template_goes_up_and_down_again(model: ReaderModel) -> None:
    session = R503Session(model=model)
    assert _answer(session, Instruction.UP_CHAR, "B", 1) == bytes([Confirmation.UPLOAD_TEMPLATE_FAILED])
    _enrol(session, ARCH, 3)
    _, *data = _ask(session, Instruction.UP_CHAR, "B", 1)
    template = b"".join(packet.content for packet in data)
    assert len(template) == model.template_bytes
    other = R503Session(model=model)
    assert _answer(other, Instruction.DOWN_CHAR, "B", 2) == b"\0"
    for packet in data:
        other.receive(packet.to_bytes())
    assert other.to_send() == b""
    assert other.library.content(2) == template
    assert _answer(other, Instruction.STORE, "BH", 2, 0) == b"\0"
    assert _answer(other, Instruction.LOAD_CHAR, "BH", 1, 0) == b"\0"
    assert _answer(other, Instruction.MATCH)[0] == Confirmation.OK


@pytest.mark.fault(40)
@settings(max_examples=50)
@given(st.lists(st.binary(min_size=1, max_size=256), max_size=12), st.booleans())
def test_a_download_of_another_size_leaves_the_buffer_as_it_was(pieces: list[bytes], ended: bool) -> None:
    session = R503Session()
    before = bytes(range(256)) * 6
    session.library.put(2, before)
    assert _answer(session, Instruction.DOWN_CHAR, "B", 2) == b"\0"
    for number, piece in enumerate(pieces, 1):
        last = ended and number == len(pieces)
        session.receive(Packet(Identifier.END_OF_DATA if last else Identifier.DATA, piece).to_bytes())
        assert session._download is None or len(session._download[1]) <= R503.template_bytes
    if sum(map(len, pieces)) != R503.template_bytes:
        assert session.library.content(2) == before
    assert _answer(session, Instruction.HAND_SHAKE) == b"\0"


REFUSED = [
    (R503, (Instruction.STORE, "BH", 1, 200), Confirmation.BAD_LOCATION),
    (R503, (Instruction.STORE, "BH", 1, 199), Confirmation.TEMPLATE_EMPTY),
    (R307, (Instruction.STORE, "BH", 1, 999), Confirmation.TEMPLATE_INVALID),
    (R503, (Instruction.STORE, "BH", 7, 0), Confirmation.PACKET_ERROR),
    (R307, (Instruction.STORE, "BH", 3, 0), Confirmation.PACKET_ERROR),
    (R503, (Instruction.LOAD_CHAR, "BH", 1, 200), Confirmation.BAD_LOCATION),
    (R503, (Instruction.LOAD_CHAR, "BH", 1, 0), Confirmation.TEMPLATE_INVALID),
    (R503, (Instruction.DELETE_CHAR, "HH", 199, 2), Confirmation.DELETE_FAILED),
    (R503, (Instruction.DELETE_CHAR, "HH", 0, 0), Confirmation.DELETE_FAILED),
    (R503, (Instruction.DOWN_CHAR, "B", 0), Confirmation.RECEIVE_DATA_FAILED),
    (R503, (Instruction.READ_INDEX_TABLE, "B", 4), Confirmation.PACKET_ERROR),
    (R307, (Instruction.READ_INDEX_TABLE, "B", 0), Confirmation.UNSUPPORTED_COMMAND),
    (R503, (Instruction.READ_NOTEPAD, "B", 16), Confirmation.BAD_NOTEPAD_PAGE),
]


@pytest.mark.parametrize(("model", "command", "status"), REFUSED)
def test_what_is_refused_and_how(model: ReaderModel, command: tuple[int, str, int], status: Confirmation) -> None:
    assert _answer(R503Session(model=model), *command) == bytes([status])


def test_the_index_tells_which_pages_are_taken() -> None:
    session = R503Session()
    for page in (0, 9, 199):
        session.library.pages[page] = bytes(R503.template_bytes)
    table = _answer(session, Instruction.READ_INDEX_TABLE, "B", 0)[1:]
    assert [page for page in range(256) if table[page // 8] >> (page % 8) & 1] == [0, 9, 199]
    assert _answer(session, Instruction.READ_INDEX_TABLE, "B", 1) == bytes(33)
    assert _answer(session, Instruction.EMPTY) == b"\0"
    assert _answer(session, Instruction.TEMPLATE_NUM) == bytes(3)


def test_buffers_go_with_the_power_and_pages_do_not() -> None:
    session = R503Session()
    _enrol(session, ARCH, 1)
    session.power_on()
    session.to_send()
    assert _answer(session, Instruction.UP_CHAR, "B", 1) == bytes([Confirmation.UPLOAD_TEMPLATE_FAILED])
    assert _answer(session, Instruction.TEMPLATE_NUM) == b"\0\0\1"


def test_a_new_address_holds_from_the_answer_on_and_the_notepad_keeps() -> None:
    session = R503Session()
    session.receive(Packet(Identifier.COMMAND, bytes([Instruction.SET_ADDER, 1, 2, 3, 4])).to_bytes())
    assert session.to_send() == Packet(Identifier.ACKNOWLEDGE, b"\0", 0x01020304).to_bytes()
    session.receive(Packet(Identifier.COMMAND, bytes([Instruction.HAND_SHAKE])).to_bytes())
    assert session.to_send() == b"", "nobody is at the old address"
    assert _answer(session, Instruction.WRITE_NOTEPAD, "B32s", 15, b"till 4".ljust(32, b"\0")) == b"\0"
    assert _answer(session, Instruction.READ_NOTEPAD, "B", 15)[1:7] == b"till 4"


def test_random_numbers_are_those_of_the_seed() -> None:
    drawn = [_answer(R503Session(seed=seed), Instruction.GET_RANDOM_CODE) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(drawn[0]) == 5


def test_the_library_of_the_product_enrols_and_finds_a_finger() -> None:
    with PtyEmulator(fast_session()) as emulator, serial.Serial(emulator.path, 115_200, timeout=5.0) as port:
        driver = Adafruit_Fingerprint(port)
        for slot in (1, 2):
            emulator.place(ARCH.impression(slot))
            assert driver.get_image() == driver.image_2_tz(slot) == adafruit_fingerprint.OK
        assert driver.create_model() == driver.store_model(42) == adafruit_fingerprint.OK
        assert (driver.read_templates(), driver.templates) == (adafruit_fingerprint.OK, [42])
        emulator.place(ARCH.impression(9))
        assert driver.get_image() == driver.image_2_tz(1) == driver.finger_fast_search() == adafruit_fingerprint.OK
        assert driver.finger_id == 42
        template = driver.get_fpdata("char", 1)
        assert len(template) == R503.template_bytes
        assert driver.send_fpdata(template, "char", 2)
        assert driver.compare_templates() == adafruit_fingerprint.OK
        assert driver.delete_model(42) == driver.count_templates() == adafruit_fingerprint.OK
        assert driver.template_count == 0


@settings(max_examples=30)
@given(st.binary(min_size=FLOW_BYTES, max_size=FLOW_BYTES), st.binary(min_size=FLOW_BYTES, max_size=FLOW_BYTES))
def test_any_two_flows_compare_and_each_is_most_like_itself(one: bytes, other: bytes) -> None:
    assert likeness(one, other) <= 1.0 + 1e-9
    assert likeness(bytes(FLOW_BYTES), other) == 0.0
    if any(one):
        assert likeness(one, one) == pytest.approx(1.0)


def test_a_shifted_image_flows_alike() -> None:
    whole = ARCH.impression(1, width=240, height=240)
    near, far = flow_of(whole[:192, :192]), flow_of(whole[24:216, 24:216])
    assert likeness(near, far) > 0.9
    assert likeness(near, flow_of(np.ascontiguousarray(whole[:192, :192].T))) < LIKENESS_BY_LEVEL[0]
