"""Bytes of packets, against examples in the manual."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.r503 import image
from firmware_bridge.r503.models import R503
from firmware_bridge.r503.packets import Identifier, Packet
from firmware_bridge.r503.product import ProductInfo
from firmware_bridge.r503.status import Confirmation, name, sentence
from tests.firmware_bridge.r503.lines import at_four_bits, finger


def test_the_manuals_example_of_a_command() -> None:
    command = Packet(Identifier.COMMAND, bytes([0x35, 0x01, 0x50, 0x06, 0x00]))
    assert command.to_bytes() == bytes.fromhex("EF01FFFFFFFF01000735015006000094")


def test_the_manuals_example_of_an_acknowledgement() -> None:
    assert Packet(Identifier.ACKNOWLEDGE, b"\0").to_bytes() == bytes.fromhex("EF01FFFFFFFF07000300000A")


def test_the_checksum_leaves_overflowing_bits_out() -> None:
    packet = Packet(Identifier.DATA, b"\xff" * 256).to_bytes()
    assert packet[-2:] == ((0x02 + 0x01 + 0x02 + 255 * 256) & 0xFFFF).to_bytes(2, "big")


def test_a_packet_holds_256_bytes_and_no_more() -> None:
    with pytest.raises(ValueError, match="257 bytes"):
        Packet(Identifier.DATA, bytes(257))


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_an_image_survives_to_its_four_bits(seed: int) -> None:
    pixels = finger(seed)
    assert np.array_equal(image.unpack(image.pack(pixels), 192, 192), at_four_bits(pixels))


def test_the_high_four_bits_are_the_left_pixel() -> None:
    packed = b"\xf0" + bytes(R503.packed_bytes - 1)
    pixels = image.unpack(packed, 192, 192)
    assert (pixels[0, 0], pixels[0, 1]) == (255, 0)
    assert image.pack(pixels) == packed


@pytest.mark.parametrize("length", [0, R503.packed_bytes - 1, R503.packed_bytes + 1])
def test_an_image_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match=f"not {length}"):
        image.unpack(bytes(length), 192, 192)


@pytest.mark.parametrize("shape", [(288, 255), (288,), (2, 288, 256)])
def test_an_image_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="288"):
        image.pack(np.zeros(shape, np.uint8))


def test_product_information_round_trip_with_and_without_reserved_bytes() -> None:
    info = ProductInfo("R503", "0042", "ABC12345", (1, 2), "GR192", 192, 192, 1536, 200)
    assert len(info.to_bytes()) == 46
    assert ProductInfo.from_bytes(info.to_bytes()) == info
    assert ProductInfo.from_bytes(info.to_bytes() + bytes(4)) == info


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=60))
def test_product_information_of_any_bytes_is_printable_or_refused(data: bytes) -> None:
    try:
        info = ProductInfo.from_bytes(data)
    except ValueError:
        assert len(data) < 46
    else:
        assert (info.model + info.serial_number).isprintable()


def test_every_confirmation_code_has_the_manuals_words() -> None:
    assert all(sentence(code) != "system reserved" for code in Confirmation)
    assert name(0x02) == "NO_FINGER (no finger on the sensor)"
    assert name(0x77) == "UNDEFINED (system reserved)"
